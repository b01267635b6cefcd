# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and prefixes: canonical text, and which declared prefix an address belongs to."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=65536)
def network(text: str) -> Network:
    """Canonical text -> network; an address becomes a prefix of full length. ValueError for anything else."""
    return ipaddress.ip_network(text)


@lru_cache(maxsize=65536)
def sort_key(text: str) -> tuple[int, int, int]:
    """Orders prefixes: IPv4 first, then by address, the wider one first."""
    net = network(text)
    return (net.version, int(net.network_address), net.prefixlen)


def ordered(prefixes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(prefixes), key=sort_key))


def is_whole(prefix: str) -> bool:
    """Whether a canonical prefix is one address: /32 is one of IPv4, and of IPv6 what a provider has."""
    return prefix.endswith("/128" if ":" in prefix else "/32")


def canonical_address(value: object) -> str:
    """One host address as a prefix of full length, "192.0.2.1/32"; ValueError says what is wrong with it."""
    text = str(value).strip()
    if "/" in text and not text.endswith(("/32", "/128")):
        raise ValueError("is a network; one address was expected")
    try:
        # the usual way first: an interface takes three times as long to read, which ten thousand hosts feel
        address = ipaddress.ip_interface(text).ip if "/" in text else ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("is no IP address") from None
    if "/" in text and not text.endswith(f"/{address.max_prefixlen}"):
        raise ValueError("is a network; one address was expected")
    if "%" in text or (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped):
        raise ValueError("has a scope or maps IPv4; write the plain address")
    for wrong, word in (
        (address.is_loopback, "a loopback"),
        (address.is_link_local, "a link-local"),
        (address.is_multicast, "a multicast"),
        (address.is_unspecified, "the unspecified"),
    ):
        if wrong:
            raise ValueError(f"is {word} address, which no other host can reach")
    return f"{address}/{address.max_prefixlen}"


def canonical_prefix(value: object) -> str:
    """A network in CIDR form, "192.0.2.0/24"; ValueError says what is wrong with it."""
    text = str(value).strip()
    if "%" in text:
        raise ValueError("has a scope; write the plain network")
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        suggestion = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("is no network in CIDR form such as 192.0.2.0/24 or 2001:db8::/64") from None
    raise ValueError(f"has bits set behind the prefix; write {suggestion}")


class PrefixTree:
    """Declared prefixes and their owners; the longest prefix decides whose an address is."""

    def __init__(self, owners: Mapping[str, Collection[str]]) -> None:
        """``owners`` maps each canonical prefix to all who declare it."""
        self.owners = {prefix: frozenset(names) for prefix, names in owners.items()}
        self.children: dict[str, list[str]] = {}
        stack: list[tuple[Network, str]] = []
        for text in sorted(self.owners, key=sort_key):
            net = network(text)
            while stack and not _inside(net, stack[-1][0]):
                stack.pop()
            parent = stack[-1][1] if stack else f"/{net.version}"
            self.children.setdefault(parent, []).append(text)
            stack.append((net, text))

    def excluded(self, members: Iterable[str], owners: set[str]) -> tuple[str, ...]:
        """The parts of ``members`` that belong to somebody outside ``owners``."""
        holes: list[str] = []
        for member in members:
            net = network(member)
            roots = self.children.get(member, ())
            if net.prefixlen == 0 and member not in self.owners:
                roots = self.children.get(f"/{net.version}", ())
            holes += self._foreign(roots, owners)
        return ordered(holes)

    def _foreign(self, prefixes: Iterable[str], owners: set[str]) -> list[str]:
        """What others hold of these prefixes, however deep holders and others are nested in each other."""
        found: list[str] = []
        for prefix in prefixes:
            mine = [prefix] if self.owners[prefix] & owners else self._owned_inside(prefix, owners)
            found += [] if mine == [prefix] else self._hole(prefix, owners)
            for own in mine:
                found += self._foreign(self.children.get(own, ()), owners)
        return found

    def _hole(self, prefix: str, owners: set[str]) -> list[str]:
        """``prefix`` without what the owners hold again deeper inside it."""
        remains = [network(prefix)]
        for inner in self._owned_inside(prefix, owners):
            cut = network(inner)
            remains = [
                part for whole in remains for part in (whole.address_exclude(cut) if _inside(cut, whole) else [whole])
            ]
        return [str(part) for part in remains]

    def _owned_inside(self, prefix: str, owners: set[str]) -> list[str]:
        found = []
        for child in self.children.get(prefix, ()):
            if self.owners[child] & owners:
                found.append(child)
            else:
                found += self._owned_inside(child, owners)
        return found


def _inside(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and int(inner.network_address) >> (inner.max_prefixlen - outer.prefixlen)
        == int(outer.network_address) >> (outer.max_prefixlen - outer.prefixlen)
    )


def inside(inner: str, outer: str) -> bool:
    """Whether the prefix ``inner`` lies in ``outer`` (or is equal to it)."""
    return _inside(network(inner), network(outer))


class PrefixIndex:
    """Says for any number of addresses which of some prefixes is the longest that holds them."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        """``prefixes`` maps canonical prefixes to the values that are asked for."""
        self._values: dict[int, dict[int, dict[int, str]]] = {4: {}, 6: {}}  # version -> length -> first bits -> value
        for prefix in sorted(prefixes, key=lambda text: -network(text).prefixlen):
            net = network(prefix)
            bits = int(net.network_address) >> (net.max_prefixlen - net.prefixlen)
            self._values[net.version].setdefault(net.prefixlen, {})[bits] = prefixes[prefix]

    def longest(self, address: str) -> str:
        """The value of the longest prefix that holds ``address``; "" where none does."""
        net = network(address)
        number, size = int(net.network_address), net.max_prefixlen
        for length, values in self._values[net.version].items():  # the longest first
            if length <= net.prefixlen and (number >> (size - length)) in values:
                return values[number >> (size - length)]
        return ""
