# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory's variables: names, shapes and how each is read. One row a variable."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from ..catalog.load import port_ranges
from ..words import word_list
from .addresses import canonical_address, canonical_prefix, ordered
from .endpoints import endpoint_file


class BadValue(ValueError):
    """Part of a value is wrong; ``rest`` is what can be read of it, so that no other problem comes of this one."""

    def __init__(self, text: str, rest: Any) -> None:
        super().__init__(text)
        self.rest = rest


def words(value: Any) -> tuple[str, ...]:
    """A list of words, or one word; lower case, as the catalog writes them."""
    return tuple(dict.fromkeys(word.lower() for word in texts(value)))


def texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise ValueError("a list of words was expected")
    return tuple(text(item) for item in value)


def text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise ValueError("one word was expected")
    if not str(value).strip().isprintable():
        raise ValueError(f"{str(value)!r} holds characters that cannot be printed; one line of text was expected")
    return str(value).strip()


def version(value: Any) -> str:
    """``5.5`` without quotes is a number to YAML, and means what it says."""
    return text(repr(value) if isinstance(value, float) else value).lower()


def addresses(value: Any) -> tuple[str, ...]:
    """Host addresses; every bad one is named. Names are resolved before this is called."""
    return ordered(_each(value, canonical_address, "a list of IP addresses was expected"))


def prefixes(value: Any) -> tuple[str, ...]:
    return ordered(_each(value, canonical_prefix, "a list of networks in CIDR form was expected"))


def _each(value: Any, convert: Callable[[Any], str], expected: str) -> list[str]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise BadValue(expected, ())
    good, bad = [], []
    for item in value:
        try:
            good.append(convert(item))
        except ValueError as error:
            bad.append(f"{item!r} {error}")
    if bad:
        raise BadValue("; ".join(bad), tuple(good))
    return good


def mapping(value: Any, convert: Callable[[Any], Any], expected: str) -> dict[str, Any]:
    """A mapping whose every value is converted; every bad one is named."""
    if not isinstance(value, dict):
        raise ValueError(expected)
    good, bad = {}, []
    for key, item in value.items():
        try:
            good[str(key)] = convert(item)
        except ValueError as error:
            bad.append(f"under {str(key)!r}: {error}")
            good.update({str(key): error.rest} if isinstance(error, BadValue) else {})
    if bad:
        raise BadValue("; ".join(bad), good)
    return good


def flag(value: Any) -> bool:
    """true or false; inventories in INI form have them as words."""
    known = {"true": True, "yes": True, "false": False, "no": False}
    word = str(value).strip().lower()
    if word not in known:
        raise ValueError(f"true or false was expected, not {value!r}")
    return known[word]


def enforcement(value: Any) -> str:
    """Whether a host's own firewall gets rules: yes, no, or as files alone."""
    if str(value).strip().lower() == "artifacts":
        return "artifacts"
    try:
        return "yes" if flag(value) else "no"
    except ValueError:
        raise ValueError(f"true, false or artifacts was expected, not {value!r}") from None


def published(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Own address -> the addresses that stand for it beyond address translation."""
    expected = "a mapping of an address of the host to the address that it is published as was expected"
    good, bad = {}, []
    try:
        found = mapping(value, addresses, expected)
    except BadValue as error:
        found, bad = error.rest, [str(error)]
    for key, item in found.items():
        try:
            good[canonical_address(key)] = item
        except ValueError as error:
            bad.append(f"{key!r} {error}")
    rest = tuple(sorted((real, item) for real, item in good.items() if item))
    if bad:
        raise BadValue("; ".join(bad), rest)
    return rest


def networks(value: Any) -> dict[str, tuple[str, ...]]:
    return mapping(value, prefixes, "a mapping of party to a list of networks was expected")


def zones(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    try:
        found = mapping(value, prefixes, "a mapping of interface or zone to a list of networks was expected")
    except BadValue as error:
        raise BadValue(str(error), tuple(sorted(error.rest.items()))) from None
    return tuple(sorted(found.items()))


def group_words(value: Any) -> dict[str, tuple[str, ...]]:
    return mapping(value, words, "a mapping of inventory group to a list of words was expected")


def ports(value: Any) -> tuple[tuple[int, int], ...]:
    try:
        return port_ranges(value)
    except ValueError as error:
        raise ValueError(f"{error}; write ports as 59531 or '6005-65534'") from None


def static_ports(value: Any) -> dict[str, tuple[tuple[int, int], ...]]:
    return mapping(value, ports, "a mapping of second connection (such as rpc) to ports was expected")


def entries(value: Any) -> tuple[dict[str, Any], ...]:
    """A list of mappings; what they hold is read where the catalog is known."""
    if not isinstance(value, (list, tuple)):
        raise ValueError("a list of flows was expected")
    good = tuple(item for item in value if isinstance(item, dict))
    bad = [f"entry {number}" for number, item in enumerate(value, 1) if not isinstance(item, dict)]
    if bad:
        raise BadValue(f"{word_list(bad)}: a mapping with the fields of a flow was expected", good)
    return good


def settings(value: Any) -> dict[str, Any]:
    """One mapping; what it holds is read where the catalog is known."""
    if not isinstance(value, dict):
        raise ValueError("a mapping with enabled or ports, and a reason, was expected")
    return value


#: host variables: what one host says of itself
HOST_VARIABLES: dict[str, Callable[[Any], Any]] = {
    "exchange_organization": text,
    "exchange_version": version,
    "exchange_roles": words,
    "exchange_features": words,
    "exchange_party": version,
    "exchange_addresses": addresses,
    "exchange_replication_addresses": addresses,
    "exchange_virtual_addresses": addresses,
    "exchange_published_addresses": published,
    "exchange_routing_group": text,
    "exchange_site": text,
    "exchange_dag": text,
    "exchange_servers": texts,
    "exchange_keeps_client_address": flag,
    "exchange_windows_version": version,
    "exchange_dynamic_ports": ports,
    "exchange_static_ports": static_ports,
    "exchange_enforcement": enforcement,
    "exchange_platform": version,
    "exchange_zones": zones,
}

#: fleet variables: the same for every host of an organization
FLEET_VARIABLES: dict[str, Callable[[Any], Any]] = {
    "exchange_networks": networks,
    "exchange_online_endpoints": endpoint_file,
    "exchange_management_networks": prefixes,
    "exchange_role_groups": group_words,
    "exchange_feature_groups": group_words,
    "exchange_party_groups": lambda value: mapping(
        value, version, "a mapping of inventory group to a party was expected"
    ),
    "exchange_extra_flows": entries,
    "exchange_flow_overrides": lambda value: mapping(value, settings, "a mapping of flow id to settings was expected"),
    "exchange_expected_servers": texts,
}

#: variables of the connection that the topology looks at
CONNECTION_VARIABLES = (
    "ansible_host",
    "ansible_port",
    "ansible_ssh_port",
    "ansible_connection",
    "ansible_network_os",
    "ansible_winrm_scheme",
    "ansible_psrp_protocol",
)

#: all that is read, and so templated, of the inventory
READ_VARIABLES = (*HOST_VARIABLES, *FLEET_VARIABLES, *CONNECTION_VARIABLES)

#: prefixes of the roles' own options, which are no inventory variables
OPTION_PREFIXES = ("exchange_plan_", "exchange_appliance_", "exchange_windows_")

_SEEN = frozenset((*HOST_VARIABLES, *FLEET_VARIABLES))
_PREFIX = "exchange_"


@lru_cache(maxsize=4096)
def meant(name: str) -> str:
    """ " (did you mean 'exchange_roles'?)" for a variable that looks like a slip of the pen, else nothing.

    Other variables that begin with ``exchange_`` are somebody else's business, so only near misses count.
    """
    if not name.startswith(_PREFIX) or name in _SEEN:
        return ""
    # beside a role's options only what begins alike can be meant: exchange_windows_version is a variable
    prefix = next((option for option in OPTION_PREFIXES if name.startswith(option)), _PREFIX)
    short = [known.removeprefix(prefix) for known in sorted(_SEEN) if known.startswith(prefix)]
    near = get_close_matches(name.removeprefix(prefix), short, n=1, cutoff=0.8)
    return f" (did you mean {prefix + near[0]!r}?)" if near else ""
