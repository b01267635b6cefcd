# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports and the catalog's records, read from the small catalog."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog import plain
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import (
    CATALOG,
    load,
    port_range,
    port_ranges,
    port_text,
)
from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.models import RPC_DYNAMIC, End
from fleet import SMALL_CATALOG

PORTS = [
    (25, (25, 25)),
    ("25", (25, 25)),
    (" 1024-65535 ", (1024, 65535)),
    (1, (1, 1)),
    (65535, (65535, 65535)),
]
NO_PORTS = [0, 65536, -1, "25-24", "6005-", "-25", "x", "", "1-2-3", "٢٥", "25,80", None, True, 2.5, "0x19"]


@pytest.mark.parametrize(("value", "expected"), PORTS)
def test_a_port_or_a_range_is_a_pair(value, expected):
    assert port_range(value) == expected


@pytest.mark.parametrize("value", NO_PORTS)
def test_what_is_no_port_is_named(value):
    with pytest.raises(ValueError, match="no port or port range"):
        port_range(value)


def test_ranges_are_sorted_and_said_once():
    assert port_ranges([443, "25", 25, "80-90"]) == ((25, 25), (80, 90), (443, 443))
    assert port_ranges("6005-65534") == ((6005, 65534),)


def test_ports_as_text():
    assert [port_text(pair) for pair in ((25, 25), (80, 90))] == ["25", "80-90"]


def test_flows_are_sorted_whatever_file_they_stand_in(small):
    assert list(small.flows) == sorted(small.flows)


def test_a_folder_is_read_once():
    assert load(SMALL_CATALOG) is load(SMALL_CATALOG)


def test_follow_ups_keep_the_word_for_dynamic_ports(small):
    (rpc,) = small.flows["rpc-old"].follows
    assert (rpc.ports, rpc.helper, rpc.sources) == (RPC_DYNAMIC, "dcerpc", ("book",))
    assert small.flows["im-80"].follows[0].ports == ((1024, 65535),)


OPEN_BY_DEFAULT = [
    ("client-443", True, True),
    ("client-pop3", True, False),  # wants a feature
    ("probe-1080", True, False),  # unconfirmed, of a feature
    ("guess-1090", True, False),  # unconfirmed, of none
    ("inside-135", True, False),  # counts only where the boundary is narrowed
    ("whole-servers", True, True),
    ("chat-tls", False, False),  # refused
]


@pytest.mark.parametrize(("flow", "openable", "by_default"), OPEN_BY_DEFAULT)
def test_what_can_be_opened_and_what_is_by_default(small, flow, openable, by_default):
    assert (small.flows[flow].openable, small.flows[flow].by_default) == (openable, by_default)


def test_versions_bind_an_end_and_no_version_binds_nothing():
    end = End(("mailbox",), ("2019",))
    assert end.holds("mailbox", "2019") and end.holds("mailbox")
    assert not end.holds("mailbox", "2003") and not end.holds("witness")
    assert End(("witness",)).holds("witness", "2003")


def test_a_feature_belongs_to_versions_and_roles(small):
    assert small.features["dag"].exists_in("2019", "mailbox")
    assert not small.features["dag"].exists_in("2003", "mailbox")
    assert not small.features["dag"].exists_in("2019", "edge_transport")


TEXTS = {
    "a: 25": {"a": "25"},
    "a: [1, 'x y', yes]": {"a": ["1", "x y", "yes"]},
    "a: {b: [], c: ''}": {"a": {"b": [], "c": ""}},
    "---\n# a remark\na: >-\n  two\n  lines\n": {"a": "two lines"},
    "a: &one {x: 1, y: 2}\nb: {<<: *one, y: 3}\nc: *one": {
        "a": {"x": "1", "y": "2"},
        "b": {"x": "1", "y": "3"},
        "c": {"x": "1", "y": "2"},
    },
    "a: &one {x: 1}\nb: &two {x: 2, y: 2}\nc: {<<: [*one, *two], z: 3}": {
        "a": {"x": "1"},
        "b": {"x": "2", "y": "2"},
        "c": {"x": "1", "y": "2", "z": "3"},
    },
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("loader", [plain._Loader, yaml.BaseLoader], ids=["the fast one", "Python alone"])
def test_a_file_is_read_as_plain_text(tmp_path, monkeypatch, text, loader):
    monkeypatch.setattr(plain, "_Loader", loader)
    (tmp_path / "x.yml").write_text(text, encoding="utf-8")
    assert plain.read(tmp_path / "x.yml") == TEXTS[text]


def test_the_catalog_is_read_as_a_general_loader_reads_it():
    for path in CATALOG.rglob("*.yml"):
        assert plain.read(path) == as_text(yaml.safe_load(path.read_text(encoding="utf-8"))), path


def as_text(value):
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items()}
    return [as_text(inner) for inner in value] if isinstance(value, list) else str(value)


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a list\n", "a: [1\n", "a: *nobody\n"])
def test_a_file_that_holds_no_mapping_is_an_error(tmp_path, text):
    (tmp_path / "x.yml").write_text(text, encoding="utf-8")
    with pytest.raises((ValueError, yaml.YAMLError)):
        plain.read(tmp_path / "x.yml")
