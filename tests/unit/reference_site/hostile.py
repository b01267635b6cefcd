# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A catalog whose texts are full of markup, and pages without their escapes: what is left must be the site's own."""

from __future__ import annotations

import re
from dataclasses import replace

EVIL = "_EVIL` <script>alert(1)</script> |EVIL| *EVIL* **EVIL** EVIL_ :ref:`EVIL` .. raw:: html & \"'\\ <EVIL>]]>"


def catalog_of(small):
    """Every text that a person writes freely is hostile; words and ids are the schema's business."""

    def evil(text):
        return f"{EVIL} {text} {EVIL}"

    def flow(entry):
        follows = tuple(replace(f, title=evil(f.title), remarks=EVIL) for f in entry.follows)
        texts = {name: evil(getattr(entry, name)) for name in ("title", "need", "protocol", "remarks")}
        refused = entry.refused and replace(entry.refused, reason=EVIL, alternative=EVIL)
        return replace(entry, follows=follows, refused=refused, **texts)

    def product(entry):
        return replace(entry, title=evil(entry.title), dynamic_rpc=replace(entry.dynamic_rpc, remarks=EVIL))

    def titled(entry, **more):
        return replace(entry, title=evil(entry.title), **more)

    return replace(
        small,
        flows={key: flow(entry) for key, entry in small.flows.items()},
        products={key: product(entry) for key, entry in small.products.items()},
        windows={key: product(entry) for key, entry in small.windows.items()},
        parties={key: titled(entry, remarks=EVIL) for key, entry in small.parties.items()},
        features={key: titled(entry, remarks=EVIL) for key, entry in small.features.items()},
        sources={key: titled(entry, note=EVIL) for key, entry in small.sources.items()},
    )


def without_drawing(page):
    return re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


def unescaped(page):
    """The page without its escaped characters; any markup left in it is markup for docutils."""
    return re.sub(r"\\.", "", without_drawing(page))
