# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of ``tables/`` as records, and what a flow must have to answer one. README.md here explains the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from catalog_data.entries import ENDS, FLOWS, PRODUCTS, SERVER_ROLES, ends_of, flow_features, pair, read

HERE = Path(__file__).parent
TABLES = sorted((HERE / "tables").glob("*.yml"))
BY_ID = {flow["id"]: flow for flow in FLOWS}
MEMBERS = {(flow["id"], end): ends_of(flow[end]) for flow in FLOWS for end in ENDS}
End = tuple[str, str]  # (party, version), the version "" where it is no Exchange server


@dataclass(frozen=True)
class Row:
    """One row of a published table. ``versions`` and ``to_versions`` are of the initiator and of the listener."""

    document: str
    table: str
    text: str
    versions: tuple[str, ...]
    to_versions: tuple[str, ...]
    initiators: tuple[str, ...]
    listeners: tuple[str, ...]
    transport: str
    ports: Any
    needs: tuple[str, ...]
    flows: tuple[str, ...]
    none: str

    def __str__(self) -> str:
        return f"{self.document}, {self.table}, {self.text}"

    def ends(self) -> Iterator[tuple[End, End]]:
        """Who calls whom, of all that existed; servers of one version where the row names one list of versions."""
        sides = product(_ends(self.initiators, self.versions), _ends(self.listeners, self.to_versions))
        mixed = self.versions != self.to_versions
        return ((a, b) for a, b in sides if mixed or not (a[1] and b[1]) or a[1] == b[1])


def _ends(parties: tuple[str, ...], versions: tuple[str, ...]) -> list[End]:
    peers = [(party, "") for party in parties if party not in SERVER_ROLES]
    roles = [(p, v) for p in parties if p in SERVER_ROLES for v in versions if p in PRODUCTS[v]["server_roles"]]
    return peers + roles


def rows() -> list[Row]:
    return [row for path in TABLES for row in _rows(path)]


def _rows(path: Path) -> Iterator[Row]:
    document = read(path)
    assert set(document) <= {"document", "versions", "unread", "tables"}, path.name
    for table in document["tables"]:
        for said in table["rows"]:
            yield _row(path, document, table["table"], dict(said))


def _row(path: Path, document: dict[str, Any], table: str, said: dict[str, Any]) -> Row:
    versions = tuple(said.pop("versions", document["versions"]))
    row = Row(
        document=document["document"],
        table=table,
        text=said.pop("row"),
        versions=versions,
        to_versions=tuple(said.pop("to_versions", versions)),
        initiators=tuple(said.pop("from", ())),
        listeners=tuple(said.pop("to", ())),
        transport=said.pop("transport", ""),
        ports=said.pop("ports", []),
        needs=tuple(said.pop("needs", ())),
        flows=tuple(said.pop("flows", ())),
        none=said.pop("none", ""),
    )
    assert not said, f"{path.name}: {row}: {', '.join(said)} is no word of a row"
    return row


def answers(flow: dict[str, Any], row: Row, ends: tuple[End, End]) -> bool:
    """Whether the flow opens something of what the row asks for, between these two."""
    callers, called = (MEMBERS[flow["id"], end] for end in ENDS)
    if ends[0] in callers and ends[1] in called:
        if flow["transport"] == row.transport and _shares(flow.get("ports", []), row.ports):
            return True
        if any(_follow_answers(follow, row, "to_listener") for follow in flow.get("follows", ())):
            return True
    if ends[1] in callers and ends[0] in called:
        return any(_follow_answers(follow, row, "to_initiator") for follow in flow.get("follows", ()))
    return False


def _follow_answers(follow: dict[str, Any], row: Row, direction: str) -> bool:
    right_way = follow["direction"] in (direction, "both")
    return right_way and follow["transport"] == row.transport and _shares(follow["ports"], row.ports)


def _shares(have: Any, asked: Any) -> bool:
    if "rpc_dynamic" in (have, asked) or not asked or not have:
        return have == asked
    return any(pair(a)[0] <= pair(b)[1] and pair(b)[0] <= pair(a)[1] for a in have for b in asked)


def missing_ports(row: Row) -> list[Any]:
    """Ports of a row that none of its flows has."""
    if row.ports == "rpc_dynamic":
        return []
    have = []
    for flow in (BY_ID[name] for name in row.flows if name in BY_ID):
        lists = [flow.get("ports", []), *(follow["ports"] for follow in flow.get("follows", ()))]
        have += [pair(port) for ports in lists if ports != "rpc_dynamic" for port in ports]
    return [port for port in row.ports if not any(a <= pair(port)[0] and pair(port)[1] <= b for a, b in have)]


def selected_by(flow: dict[str, Any]) -> set[str]:
    """Features that the flow, or something that follows it, needs."""
    return flow_features(flow)
