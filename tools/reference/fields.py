# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole entries of the catalog as fields, and the lines of the index of ports and of the article's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import (
    RPC_DYNAMIC,
    Feature,
    Flow,
    FollowUp,
    Party,
    PortRange,
    Source,
)

from . import article, facts, relations, words
from .cells import Cells, bare
from .rst import code, ref, text

Pairs = list[tuple[str, str]]


class Fields(Cells):
    """Cells, and what takes a paragraph or more."""

    def flow_fields(self, flow: Flow) -> Pairs:
        between = [words.SCOPE.get(flow.scope, ""), words.NETWORK.get(flow.network, "")]
        follows = "\n\n".join(f"   * {self.follow_line(flow, follow)}" for follow in flow.follows)
        confidence = f"{flow.confidence}: {words.CONFIDENCE[flow.confidence]}"
        return [
            ("Id", code(flow.id)),
            ("From", self.end(flow.initiator)),
            ("To", self.end(flow.listener)),
            ("Port", self.port(flow)),
            ("Between", text(", ".join(filter(None, between)))),
            ("Open", self.opened(flow)),
            ("Never, because", text(flow.refused.reason) if flow.refused else ""),
            ("Instead", text(flow.refused.alternative) if flow.refused else ""),
            ("Encryption", text(words.ENCRYPTION[flow.encryption])),
            ("Support", text(words.SUPPORT[flow.support])),
            ("What follows", f"\n\n{follows}\n" if follows else ""),
            ("In the article", self.article_link(flow.article) if flow.article else ""),
            ("Confidence", text(confidence)),
            ("Remarks", text(flow.remarks)),
            ("Documents", self.titled_documents(flow.sources)),
        ]

    def article_link(self, name: str) -> str:
        """Its page, where the catalog has a flow for it."""
        known = article.flows(self.catalog, name)
        return ref(name, f"protocol-{relations.slug(name)}") if known else text(name)

    def feature_fields(self, feature: Feature) -> Pairs:
        flows = relations.flows_of_feature(self.catalog, feature.id)
        places = [
            self.server(version, role)
            for version, product in self.catalog.products.items()
            for role in product.server_roles
            if feature.exists_in(version, role)
        ]
        refused = feature.refused
        return [
            ("Refused, because", text(refused.reason) if refused else ""),
            ("Instead", text(refused.alternative) if refused else ""),
            ("Available for", ", ".join(places)),
            ("Flows", self.flows(flows)),
            ("Documents", self.titled_documents(feature.sources)),
        ]

    def server(self, version: str, role: str) -> str:
        title = f"{bare(self.catalog.parties[role].title)} {version.upper()}"
        return f":doc:`{text(title)} </versions/{version}/{role}>`"

    def party_fields(self, party: Party) -> Pairs:
        flows = self.catalog.flows.values()
        pages = [self.server(v, party.id) for v, p in self.catalog.products.items() if party.id in p.server_roles]
        kinds = {"server_role": "server role of Exchange", "peer": "somebody else", "internet": "the Internet"}
        part = " (also reached as a part of the Internet)" if party.part_of else ""
        return [
            ("Id", code(party.id)),
            ("Kind", text(kinds[party.kind] + part)),
            ("Pages", ", ".join(pages)),
            ("Calls", self.flows(flow for flow in flows if party.id in flow.initiator.parties)),
            ("Is called by", self.flows(flow for flow in flows if party.id in flow.listener.parties)),
        ]

    def source_fields(self, source: Source, cited: list[tuple[str, str]], host_facts: dict[str, facts.Kinds]) -> Pairs:
        beside = [(label, title) for label, title, keys in facts.citations(host_facts) if source.id in keys]
        named = {"flow": self.flow, "feature": self.feature, "range": text}
        by_kind = {kind: ", ".join(show(i) for k, i in cited if k == kind) for kind, show in named.items()}
        return [
            ("Key", code(source.id)),
            ("Read", f"{text(source.read)}: {text(words.READ[source.read])}"),
            ("Note", text(source.note)),
            ("Flows", by_kind["flow"]),
            ("Features", by_kind["feature"]),
            ("Dynamic RPC of", by_kind["range"]),
            ("Facts", ", ".join(f":ref:`{title} <{label}>`" for label, title in beside)),
        ]

    def port_use(self, flow: Flow, follow: FollowUp | None = None) -> str:
        """A line of the index of ports."""
        transport = (follow or flow).transport.upper()
        way = f"{self.end(flow.initiator)} → {self.end(flow.listener)}"
        if follow:
            what = f"{text(follow.title)}, after {self.flow(flow)}, {text(words.DIRECTION[follow.direction])}"
            return f"{transport}: {what}; {way}; {self.follow_opened(flow, follow)}"
        return f"{transport}: {ref(flow.title, flow.id)}; {way}; {self.opened(flow)}"

    def wider(self, pair: PortRange, uses: Mapping, ranges: Mapping) -> str:
        """The ranges that a port lies in, those of dynamic RPC among them."""
        around = sorted({*uses, *ranges} - {pair})
        return ", ".join(self.port_link(wide) for wide in around if wide[0] <= pair[0] and pair[1] <= wide[1])

    def article_rows(self, said: Mapping[str, str]) -> list[tuple[str, ...]]:
        return [self._article_row(name, port) for name, port in said.items()]

    def _article_row(self, name: str, port: str) -> tuple[str, ...]:
        flows = article.flows(self.catalog, name)
        opened = dict.fromkeys(words.STATES[relations.state(flow)].lower() for flow in flows)
        follows = dict.fromkeys(
            f"{text(follow.title)} ({self.port(follow)})" for flow in flows for follow in flow.follows
        )
        cells = (self.flows(flows), text(", ".join(opened)), ", ".join(follows) or "nothing")
        return (self.article_link(name), text(port), *cells)

    def corrections(self, name: str) -> Iterator[str]:
        """What is refused, what follows and what documents add, of a protocol of the article; equal lines once."""
        lines: dict[str, None] = {}
        for flow in article.flows(self.catalog, name):
            if flow.refused:
                said = f"{text(flow.refused.reason)} Instead: {text(flow.refused.alternative)}"
                lines[f"{self.flow(flow)} is never opened. {said}"] = None
            if flow.remarks:
                lines[f"{self.flow(flow)}: {text(flow.remarks)} ({self.documents(flow.sources)})"] = None
            lines |= dict.fromkeys(f"Second connection: {self.follow_line(flow, follow)}" for follow in flow.follows)
        yield from lines

    def static_rows(self) -> list[tuple[str, ...]]:
        """The second connections whose ports can be fixed by name, each with the flows that have it."""
        held: dict[tuple[str, str], list[Flow]] = {}
        for flow in self.catalog.flows.values():
            for follow in flow.follows:
                held.setdefault((follow.id, follow.title), []).append(flow)
        rows = []
        for (name, title), flows in sorted(held.items()):
            versions = {version for flow in flows for version in relations.flow_versions(self.catalog, flow)}
            rows.append((code(name), text(title), text(self.versions(versions)), self.flows(flows)))
        return rows

    def follow_rows(self, flows: list[Flow]) -> list[tuple[str, ...]]:
        """The second connections of flows; what many flows share is one row that names them all."""
        shared: dict[tuple[str, ...], list[Flow]] = {}
        for flow in flows:
            for follow in flow.follows:
                shared.setdefault(self.follow_cells(flow, follow), []).append(flow)
        return [(self.flows(of_row), *cells) for cells, of_row in shared.items()]

    def follow_remarks(self, flows: list[Flow]) -> Iterator[str]:
        """Remarks on second connections, equal ones once."""
        follows = (follow for flow in flows for follow in flow.follows if follow.remarks)
        named = (f"{text(f.title)}: {text(f.remarks)} ({self.documents(f.sources)})" for f in follows)
        yield from dict.fromkeys(named)

    def cited(self, flows: list[Flow]) -> list[str]:
        return list(dict.fromkeys(key for flow in flows for key in relations.documents(flow)))

    def needs_rpc(self, flow: Flow) -> bool:
        return flow.openable and any(follow.ports == RPC_DYNAMIC for follow in flow.follows)

    def port_135(self) -> str:
        """The endpoint mapper's port, linked where the catalog has a flow on it."""
        pair = (135, 135)
        return f"TCP {self.port_link(pair) if pair in relations.port_uses(self.catalog) else '135'}"
