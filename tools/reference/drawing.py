# SPDX-License-Identifier: GPL-3.0-or-later
"""A drawing of who talks to whom around one kind of server, as SVG.

One column, so that a telephone shows it at full size: the server above, a line down from it, and at that line a row
for each party with an arrow for each direction and state. All colors are the page's own, so it is readable in light
and in dark; heights follow from the text, so nothing overlaps however many parties there are.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import port_text
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import (
    RPC_DYNAMIC,
    Catalog,
    Flow,
    FollowUp,
)

from . import relations
from .cells import bare, short

WIDTH = 380
HEADER = 15  # sizes of text
LABEL = 12
#: a generous width of a letter, as a part of its size: a browser's own letters are narrower
LETTER = 0.6
LINE = 1.3
_SPINE = 14
_BOX_LEFT = 222
_PADDING = 7
_GAP = 16
_ARROW = 9
_BACK = {"in": "out", "out": "in"}
_ALL = "everything"


@dataclass(frozen=True)
class Words:
    """A line of text; ``x`` and ``y`` are its left end and its base line."""

    x: float
    y: float
    size: int
    text: str
    strong: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom, estimated generously."""
        return (self.x, self.y - self.size, self.x + len(self.text) * self.size * LETTER, self.y + self.size * 0.25)


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    server: bool = False


@dataclass(frozen=True)
class Spine:
    """The line down from the server, at which the arrows begin and end."""

    top: float
    bottom: float


@dataclass(frozen=True)
class Arrow:
    """From the line to a party's box (out), or back (in); dashed where a feature has to be selected."""

    y: float
    direction: str
    dashed: bool


Shape = Words | Box | Spine | Arrow


@dataclass(frozen=True)
class Relation:
    """What one party and the server have with each other in one direction and state."""

    party: str
    direction: str
    dashed: bool
    label: str


@dataclass(frozen=True)
class Drawing:
    title: str
    description: str
    height: float
    shapes: tuple[Shape, ...]


def relations_of(catalog: Catalog, version: str, role: str) -> list[Relation]:
    """What is drawn: flows that are on by default or with a feature, merged by party, direction and state."""
    first, second = defaultdict(set), defaultdict(set)
    for direction, flows in relations.of_server(catalog, version, role).items():
        for flow in flows:
            kind = relations.state(flow)
            if kind not in ("default", "feature"):
                continue
            other = flow.initiator if direction == "in" else flow.listener
            for party in other.parties:
                first[party, direction, kind == "feature"] |= _ports(flow)
                for follow in flow.follows:
                    same = {direction} if follow.direction != "to_initiator" else set()
                    back = {_BACK[direction]} if follow.direction != "to_listener" else set()
                    for way in same | back:
                        second[party, way, kind == "feature" or bool(follow.feature)] |= _ports(follow)
    order = {party: place for place, party in enumerate(_by_place(catalog))}
    keys = sorted({*first, *second}, key=lambda key: (order[key[0]], key[1], key[2]))
    return [Relation(*key, _label(first[key], second[key])) for key in keys]


def _by_place(catalog: Catalog) -> list[str]:
    """The Internet and peers above, the organization's own servers below."""
    places = {"internet": 0, "peer": 1, "server_role": 2}
    return sorted(catalog.parties, key=lambda party: (places[catalog.parties[party].kind], party))


def _ports(flow: Flow | FollowUp) -> set[tuple[str, tuple[int, int] | str]]:
    if flow.transport == "any":
        return {("", _ALL)}
    if flow.ports == RPC_DYNAMIC:
        return {(flow.transport, "dynamic RPC")}
    return {(flow.transport, pair) for pair in flow.ports} or {(flow.transport, "")}


def _label(first: set, second: set) -> str:
    if ("", _ALL) in first:
        return _ALL
    parts = [_list(first)] if first else []
    rest = second - first
    return ", ".join([*parts, f"then {_list(rest)}"] if rest else parts)


def _list(ports: set) -> str:
    by_transport = defaultdict(list)
    for transport, pair in sorted(ports, key=lambda entry: (entry[0], isinstance(entry[1], str), entry[1])):
        by_transport[transport].append(pair if isinstance(pair, str) else port_text(pair))
    return ", ".join(f"{name.upper()} {', '.join(values)}".strip() for name, values in by_transport.items())


def draw(catalog: Catalog, version: str, role: str) -> Drawing:
    product, party = catalog.products[version], catalog.parties[role]
    found = relations_of(catalog, version, role)
    rows = defaultdict(list)
    for relation in found:
        rows[relation.party].append(relation)
    shapes, y = _header(f"{bare(party.title)} of {product.title}")
    top = y
    y += _GAP
    for name, of_party in rows.items():
        row, y = _row(_name(catalog, version, name), of_party, y)
        shapes += row
        y += _GAP
    last = max((shape.y for shape in shapes if isinstance(shape, Arrow)), default=top)
    shapes.append(Spine(top, last))
    title = f"Who talks to {bare(party.title)} of {product.title}"
    return Drawing(title, _description(catalog, version, found), y, tuple(shapes))


def _name(catalog: Catalog, version: str, party: str) -> str:
    """A party's title; a server role that this version lacks is a neighbor, and says of which versions."""
    title, products = bare(catalog.parties[party].title), catalog.products.values()
    if party not in catalog.server_roles or party in catalog.products[version].server_roles:
        return title
    held = [short(product.id) for product in products if party in product.server_roles]
    return f"{title} ({', '.join(held)})" if held else title


def _description(catalog: Catalog, version: str, found: list[Relation]) -> str:
    verbs = {"in": "calls it on", "out": "is called by it on"}
    sentences = [
        f"{_name(catalog, version, relation.party)} {verbs[relation.direction]} {relation.label}"
        f"{' with a feature' if relation.dashed else ''}."
        for relation in found
    ]
    return " ".join(sentences) or "Nobody."


def _wrapped(text: str, width: float, size: int) -> list[str]:
    return textwrap.wrap(text, max(4, int(width / (size * LETTER)))) or [""]


def _lines(text: str, x: float, y: float, width: float, size: int, strong: bool = False) -> list[Words]:
    """Wrapped text whose first line has its top at ``y``."""
    return [
        Words(x, y + size + place * size * LINE, size, line, strong)
        for place, line in enumerate(_wrapped(text, width, size))
    ]


def _header(title: str) -> tuple[list[Shape], float]:
    words = _lines(title, _PADDING, _PADDING, WIDTH - 2 * _PADDING, HEADER, strong=True)
    height = 2 * _PADDING + len(words) * HEADER * LINE
    return [Box(0, 0, WIDTH, height, server=True), *words], height


def _row(title: str, of_party: list[Relation], y: float) -> tuple[list[Shape], float]:
    """A party's box with its arrows at the left; returns where the next row may begin."""
    inner = WIDTH - _BOX_LEFT - 2 * _PADDING
    words = _lines(title, _BOX_LEFT + _PADDING, y + _PADDING, inner, LABEL)
    shapes: list[Shape] = [*words]
    at = y
    left = _SPINE + _PADDING
    for relation in of_party:
        label = _lines(relation.label, left, at, _BOX_LEFT - left - _PADDING, LABEL)
        at += len(label) * LABEL * LINE + _PADDING
        shapes += [*label, Arrow(at, relation.direction, relation.dashed)]
        at += _PADDING
    height = max(at - y + 1, 2 * _PADDING + len(words) * LABEL * LINE)
    return [Box(_BOX_LEFT, y, WIDTH - _BOX_LEFT, height), *shapes], y + height


def svg(drawing: Drawing) -> str:
    """The drawing as an element for the page itself, with words for those who cannot see it."""
    body = "\n".join(_element(shape) for shape in drawing.shapes)
    return (
        f'<svg class="who-talks" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="drawn drawn-words" '
        f'viewBox="-1 -1 {WIDTH + 2} {drawing.height + 2:.0f}">\n'
        f'<title id="drawn">{escape(drawing.title)}</title>\n'
        f'<desc id="drawn-words">{escape(drawing.description)}</desc>\n{body}\n</svg>'
    )


def _element(shape: Shape) -> str:
    if isinstance(shape, Words):
        strong = ' font-weight="bold"' if shape.strong else ""
        place = f'x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size}"'
        return f'<text {place}{strong} fill="currentColor">{escape(shape.text)}</text>'
    if isinstance(shape, Box):
        kind = "server" if shape.server else "party"
        place = f'x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}"'
        return f'<rect class="{kind}" {place} rx="4" fill="none" stroke="currentColor"/>'
    if isinstance(shape, Spine):
        return f'<path d="M{_SPINE} {shape.top:.1f}V{shape.bottom:.1f}" fill="none" stroke="currentColor"/>'
    dash = ' stroke-dasharray="5 4"' if shape.dashed else ""
    tip, back = (_SPINE, _ARROW) if shape.direction == "in" else (_BOX_LEFT, -_ARROW)
    line = f'<path d="M{_SPINE} {shape.y:.1f}H{_BOX_LEFT}" fill="none" stroke="currentColor"{dash}/>'
    head = f"M{tip} {shape.y:.1f}l{back} -4.5v9z"
    return f'{line}<path d="{head}" fill="currentColor" stroke="none"/>'
