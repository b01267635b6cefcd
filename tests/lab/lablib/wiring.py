# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks with several gateways: namespaces, and the cables between them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from .namespaces import Namespace, forget_dead_runs, run
from .net import FORWARDING, PLAIN

#: (node, interface, address/length) at both ends of a cable
End = tuple[str, str, str]


class Wiring:
    """``nodes``: name -> whether it forwards; ``cables``: pairs of ends; ``routes``: node -> (network, next hop)."""

    def __init__(
        self,
        nodes: Mapping[str, bool],
        cables: Sequence[tuple[End, End]],
        routes: Mapping[str, Sequence[tuple[str, str]]],
    ) -> None:
        self.nodes: dict[str, Namespace] = {}
        forget_dead_runs()
        try:
            for name, forwards in nodes.items():
                self.nodes[name] = Namespace(name)
                self.nodes[name].sysctl({**PLAIN, **(FORWARDING if forwards else {})})
            for number, (near, far) in enumerate(cables, 1):
                self._connect(number, near, far)
            for name, ways in routes.items():
                self.nodes[name].ip([f"route replace {network} via {hop}" for network, hop in ways])
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name: str) -> Namespace:
        return self.nodes[name]

    def _connect(self, number: int, near: End, far: End) -> None:
        """A cable whose both ends know each other's hardware address, so that no packet waits for it."""
        hardware = [f"02:00:00:01:{number:02x}:0{side}" for side in (1, 2)]
        run(
            *("ip", "-n", self.nodes[near[0]].name, "link", "add", "name", near[1], "address", hardware[0]),
            *("type", "veth", "peer", "name", far[1], "address", hardware[1], "netns", self.nodes[far[0]].name),
        )
        for mine, other, theirs in ((near, far, hardware[1]), (far, near, hardware[0])):
            beyond = ipaddress.ip_interface(other[2]).ip
            self.nodes[mine[0]].ip(
                [
                    f"link set dev {mine[1]} up",
                    f"address add {mine[2]} dev {mine[1]}",
                    f"neighbour replace {beyond} lladdr {theirs} dev {mine[1]} nud permanent",
                ]
            )

    def address(self, node: str, address: str) -> None:
        """One more address of a node, e.g. that of a server behind it."""
        self.nodes[node].ip([f"address add {address}/32 dev lo"])

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()
        self.nodes.clear()

    def __enter__(self) -> Wiring:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
