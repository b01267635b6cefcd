# SPDX-License-Identifier: GPL-3.0-or-later
"""Small plans for the tests of the platforms: some written by hand, the rest made up by hypothesis."""

from __future__ import annotations

import ipaddress

from ansible_collections.msexchange.firewall.plugins.plugin_utils.plan.models import (
    Follow,
    Group,
    OwnAddresses,
    Rule,
    Slice,
)
from hypothesis import strategies as st

MAILBOX = Group("mailbox", ("192.0.2.10/32", "192.0.2.11/32", "2001:db8::10/128"), (), (("192.0.2.10/32", "mbx1"),))
EDGE = Group("edge", ("198.51.100.5/32", "2001:db8:1::5/128"), (), (("198.51.100.5/32", "edge1"),))
INTERNET = Group("internet", ("0.0.0.0/0", "::/0"), ("192.0.2.0/24", "2001:db8::/64"))
NOBODY = Group("management", ())
H323 = Follow("h245", "both", "tcp", ((1024, 65535),), helper="h323")


def group(name: str, *members: str) -> Group:
    return Group(name, tuple(sorted(members)))


def rule(name: str = "r1", **changed: object) -> Rule:
    values: dict = {
        "id": name,
        "flow": "smtp-in",
        "title": "Internet mail",
        "need": "Mail comes in.",
        "source": INTERNET,
        "destination": EDGE,
        "transport": "tcp",
        "ports": ((25, 25),),
    }
    return Rule(**{**values, **changed})


def piece(*rules: Rule, protected: Group | None = None) -> Slice:
    both = Group("protected", tuple(sorted({*MAILBOX.members, *EDGE.members})))
    return Slice("gateway", "nftables", rules, both if protected is None else protected, NOBODY)


# Few and near each other, so that prefixes nest and rule sets overlap.
PREFIXES = [
    "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/32", "10.0.0.1/32", "10.0.0.2/32", "10.0.0.2/31",
    "10.0.1.0/24", "10.255.255.255/32", "11.0.0.0/8", "192.0.2.1/32", "255.255.255.255/32",
    "::/0", "::1.2.3.4/128", "::ffff:1.2.3.4/128", "2001:db8::/32", "2001:db8::/64", "2001:db8::1/128",
    "2001:db8::2/128", "2001:db8:0:1::/64", "fe80::/10", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
]  # fmt: skip
PREFIXES = [str(ipaddress.ip_network(prefix)) for prefix in PREFIXES]
WORDS = ["a", "b-c", "fwd", "1x", 'x"y', "x; drop", "$(id)", "{", "line\nfeed", "a" * 300, "größe", "", "a_v4"]
TRANSPORTS = ["tcp", "udp", "icmp", "esp", "ah", "any"]
PORTS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))
    | st.sampled_from([(0, 65535), (1, 65535), (1024, 65535), (25, 25), (65535, 65535)]),
    max_size=4,
).map(lambda found: tuple(sorted(set(found))))


def groups(prefix: str) -> st.SearchStrategy[Group]:
    """Groups whose name is theirs alone within a plan."""
    prefixes = st.lists(st.sampled_from(PREFIXES), min_size=1, max_size=6, unique=True)
    return st.builds(
        lambda word, members, excluded, label: Group(
            f"{prefix}{word}", tuple(sorted(members)), tuple(sorted(set(excluded))), tuple((x, label) for x in members)
        ),
        st.sampled_from(WORDS), prefixes, st.lists(st.sampled_from(PREFIXES), max_size=2), st.sampled_from(WORDS),
    )  # fmt: skip


FOLLOWS = st.lists(
    st.sampled_from([
        H323,
        Follow("media", "to_initiator", "udp", ((1024, 65535),), helper="h323"),
        Follow("rvp", "to_initiator", "tcp", ((1024, 65535),)),
        Follow("store", "to_listener", "tcp", ((5000, 5000),), static=True),
        Follow("rpc", "to_listener", "tcp", ((6005, 65534),), helper="dcerpc"),
    ]),
    max_size=2, unique=True,
)  # fmt: skip


# of a host that applies rules to itself; a gateway has none
OWN = st.builds(
    lambda mail, replication: OwnAddresses(tuple(sorted(mail)), tuple(sorted(set(replication) - set(mail)))),
    st.lists(
        st.sampled_from(["10.0.0.1/32", "10.0.0.2/32", "192.0.2.1/32", "2001:db8::1/128"]), min_size=1, unique=True
    ),
    st.lists(st.sampled_from(["10.0.1.7/32", "2001:db8:0:1::9/128"]), unique=True),
)


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    """A valid slice with hostile words in it."""
    rules = []
    for number in range(draw(st.integers(0, 4))):
        transport = draw(st.sampled_from(TRANSPORTS))
        rules.append(
            Rule(
                id=f"{draw(st.sampled_from(WORDS))}-{number}",
                flow=draw(st.sampled_from(WORDS)),
                title="made up",
                need="made up",
                source=draw(groups(f"s{number}-")),
                destination=draw(groups(f"d{number}-")),
                transport=transport,
                ports=draw(PORTS) if transport in ("tcp", "udp") else (),
                icmp_types=draw(st.sampled_from([(), ("echo-request",), ("packet-too-big",)]))
                if transport == "icmp"
                else (),
                follows=tuple(draw(FOLLOWS)) if transport == "tcp" else (),
                boundary=draw(st.booleans()),
            )
        )
    protected = draw(groups("protected-") | st.just(Group("protected", ())))
    return Slice("gateway", "nftables", tuple(rules), protected, NOBODY, own=draw(OWN))


MODES = st.sampled_from(["add", "enforce"])
