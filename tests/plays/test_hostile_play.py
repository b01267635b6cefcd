# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole run on an inventory of hostile strings that is accepted: templated once, rendered safely, nothing run."""

from __future__ import annotations

import json

import pytest
from ansible_collections.msexchange.firewall.tests.unit.platforms import tokens

#: what a second templating, a shell or nft would make something of
WORD = "{{ 7 * 7 }}$(touch pwned)`touch pwned`'; touch pwned; \"} accept {#"
RAW = f"{{% raw %}}{WORD}{{% endraw %}}"
SERVER = {"exchange_version": "se", "exchange_roles": ["mailbox"], "exchange_features": ["dag"]}
INVENTORY = {
    "all": {
        "vars": {
            "exchange_networks": {"internal_clients": ["10.9.0.0/16"]},
            "exchange_organization": RAW,
            "exchange_platform": "nftables",
            "exchange_appliance_state": "rendered",
            "inner": RAW,
        },
        "hosts": {
            "mbx1": {**SERVER, "exchange_site": RAW, "exchange_dag": RAW, "exchange_addresses": ["10.1.0.1"]},
            # a template that gives another variable's text, which is templated as far as that is a template
            "mbx2": {**SERVER, "exchange_site": "{{ inner }}", "exchange_dag": RAW, "exchange_addresses": ["10.2.0.1"]},
            "$(touch pwned); mbx3 #": {**SERVER, "exchange_dag": RAW, "exchange_addresses": ["10.2.0.2"]},
            "edge1": {
                "exchange_version": "se",
                "exchange_roles": ["edge_transport"],
                "exchange_site": RAW,
                "exchange_addresses": ["10.3.0.1"],
            },
            'gw`touch pwned`"1': {
                "exchange_zones": {f"{RAW}a": ["10.1.0.0/16"], 'b"; drop': ["10.2.0.0/16"], "c": ["0.0.0.0/0"]},
            },
        },
    }
}


@pytest.fixture(scope="module")
def run(tmp_path_factory, player_in):
    player = player_in(tmp_path_factory.mktemp("hostile"))
    options = {
        "exchange_plan_directory": str(player.folder / "plan"),
        "exchange_appliance_review_directory": str(player.folder / "rendered"),
    }
    plays = [
        {
            "hosts": "all",
            "gather_facts": False,
            "roles": ["msexchange.firewall.exchange_plan", "msexchange.firewall.exchange_appliance"],
        }
    ]
    return player(INVENTORY, "-e", json.dumps(options), playbook=plays)


def test_it_is_accepted_and_nothing_of_it_is_run(run):
    assert run.rc == 0, run.text
    assert not list(run.folder.rglob("pwned*"))


def test_the_words_are_those_of_the_inventory(run):
    """The site's group shows the text as it was written: 49 would mean that it was templated twice."""
    groups = {name: group for name, group in run.plan()["groups"].items() if WORD in name}
    assert groups, list(run.plan()["groups"])
    # both Mailbox servers have the same text as site, so one group holds them, and not the third
    assert {"mbx1", "mbx2"} in [{label for _prefix, label in group["labels"]} for group in groups.values()]


def test_the_gateway_gets_words_of_ours_alone(run):
    (path,) = (run.folder / "rendered").iterdir()
    text = path.read_text(encoding="utf-8")
    assert "touch" in text  # as a part of names and comments that were made safe
    tokens.read(text.partition("\n")[2] if text.startswith("#") else text)
