# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the tables and fields of the pages: parts of a flow as reStructuredText, with links."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import port_text
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import (
    RPC_DYNAMIC,
    Catalog,
    End,
    Flow,
    FollowUp,
    PortRange,
    Product,
)

from . import relations, words
from .rst import code, link, ref, text

#: headers of the tables, by the tables' CSS class; on narrow screens they stand before each cell
HEADERS = {
    "server-flows": ("Other end", "Protocol", "Port", "Open", "Encryption", "Why", "Documents"),
    "protocol-flows": ("Flow", "From", "To", "Port", "Open", "Documents"),
    "follow-ups": ("After", "What", "Direction", "Port", "Helper", "Open"),
    "ranges": ("Version", "Ports", "Confidence", "Documents", "Remarks"),
    "article": ("In the article", "Port there", "Flows", "Open", "What follows"),
    "static": ("Name", "What it is", "Versions", "Flows"),
}


def bare(title: str) -> str:
    """A title without the brackets at its end, which say of a server role in which versions it was."""
    return re.sub(r"\s*\([^()]*\)$", "", title) or title


def short(version: str) -> str:
    """A version as tables name it: 2019, SE."""
    return version.upper()


class Cells:
    """Parts of the catalog's entries as one line of reStructuredText each."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def versions(self, held: Iterable[str]) -> str:
        """Versions in the catalog's order, neighbors drawn together: "2007 to 2013, SE"."""
        order, wanted = list(self.catalog.products), set(held)
        runs: list[list[str]] = []
        for place, version in enumerate(order):
            if version in wanted:
                if runs and order[place - 1] == runs[-1][-1]:
                    runs[-1].append(version)
                else:
                    runs.append([version])
        return ", ".join(short(run[0]) + (f" to {short(run[-1])}" if len(run) > 1 else "") for run in runs)

    def party(self, party: str) -> str:
        return ref(bare(self.catalog.parties[party].title), f"party-{party}")

    def end(self, end: End) -> str:
        held = self.versions(relations.end_versions(self.catalog, end))
        names = ", ".join(self.party(party) for party in end.parties)
        return f"{names} ({text(held)})" if held else names

    def flow(self, flow: Flow | str) -> str:
        return ref(flow if isinstance(flow, str) else flow.id, flow if isinstance(flow, str) else flow.id)

    def flows(self, flows: Iterable[Flow]) -> str:
        return ", ".join(self.flow(flow) for flow in flows)

    def protocol(self, flow: Flow) -> str:
        return ref(flow.protocol, f"protocol-{relations.slug(flow.protocol)}")

    def port(self, flow: Flow | FollowUp) -> str:
        """Its ports, each of them a link into the index of ports."""
        if flow.ports == RPC_DYNAMIC:
            return f"{text(flow.transport.upper())} {ref('dynamic RPC range', 'dynamic-rpc')}"
        if not flow.ports:
            return text(relations.ports_text(flow))
        return f"{text(flow.transport.upper())} {', '.join(map(self.port_link, flow.ports))}"

    def port_link(self, pair: PortRange) -> str:
        return ref(port_text(pair), f"port-{port_text(pair)}")

    def range(self, ports: Iterable[PortRange]) -> str:
        return text(", ".join(map(port_text, ports)))

    def feature(self, feature: str) -> str:
        return ref(feature, f"feature-{feature}")

    def opened(self, flow: Flow) -> str:
        kind = relations.state(flow)
        if kind == "feature":
            return f"with {' or '.join(map(self.feature, flow.features))}"
        if kind == "boundary":
            return ref("only where the support boundary is narrowed", "support-boundary")
        return text(words.STATES[kind].lower())

    def follow_opened(self, flow: Flow, follow: FollowUp) -> str:
        return f"with {self.feature(follow.feature)}" if follow.feature else "with the first connection"

    def documents(self, keys: Iterable[str]) -> str:
        return ", ".join(ref(key, f"source-{key}") for key in keys)

    def titled_documents(self, keys: Iterable[str]) -> str:
        sources = self.catalog.sources
        return ", ".join(ref(sources[key].title, f"source-{key}") for key in keys)

    def proof(self, flow: Flow) -> str:
        return f"{text(flow.confidence)}: {self.documents(flow.sources)}"

    def server_row(self, flow: Flow, direction: str) -> tuple[str, ...]:
        other = flow.initiator if direction == "in" else flow.listener
        why = f"{ref(flow.title, flow.id)}. {text(flow.need)}"
        encryption = text(words.ENCRYPTION[flow.encryption])
        protocol, port = self.protocol(flow), self.port(flow)
        return (self.end(other), protocol, port, self.opened(flow), encryption, why, self.proof(flow))

    def protocol_row(self, flow: Flow) -> tuple[str, ...]:
        ends = (self.end(flow.initiator), self.end(flow.listener))
        named = f"{ref(flow.title, flow.id)} {code(flow.id)}"
        return (named, *ends, self.port(flow), self.opened(flow), self.proof(flow))

    def follow_cells(self, flow: Flow, follow: FollowUp) -> tuple[str, ...]:
        direction, helper = words.DIRECTION[follow.direction], words.HELPER[follow.helper]
        opened, port = self.follow_opened(flow, follow), self.port(follow)
        return (text(follow.title), text(direction), port, text(helper), opened)

    def follow_line(self, flow: Flow, follow: FollowUp) -> str:
        """A second connection in one line, with its documents and remarks."""
        opened = self.follow_opened(flow, follow)
        what = (
            f"{text(follow.title)} ({code(follow.id)}): {self.port(follow)}, {text(words.DIRECTION[follow.direction])}"
        )
        helper = f" Helper: {text(words.HELPER[follow.helper])}." if follow.helper else ""
        remarks = f" {text(follow.remarks)}" if follow.remarks else ""
        return f"{what}, {opened}.{helper}{remarks} {self.documents(follow.sources)}".strip()

    def range_row(self, product: Product) -> tuple[str, ...]:
        dynamic = product.dynamic_rpc
        proof = (text(dynamic.confidence), self.documents(dynamic.sources))
        return (text(product.title), self.range(dynamic.ports), *proof, text(dynamic.remarks))

    def history(self, flows: Iterable[Flow]) -> list[tuple[str, ...]]:
        """A row for each flow: in which versions it is, as marks."""
        rows = []
        for flow in flows:
            held = relations.flow_versions(self.catalog, flow)
            mark = "•" if flow.openable else "never"
            rows.append((self.flow(flow), *(mark if version in held else "" for version in self.catalog.products)))
        return rows

    def source_link(self, key: str) -> str:
        source = self.catalog.sources[key]
        return link(source.title, source.url)
