# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions on the command line, to the playbook explain, as somebody types them; the answer is read on the screen."""

from __future__ import annotations

import pytest

NOBODY = "localhost,"


@pytest.fixture
def explain(player):
    """What the playbook prints for these variables, with single blanks."""

    def explain(*words, inventory=NOBODY, rc=0):
        options = [part for word in words for part in ("-e", word)]
        run = player(inventory, *options, playbook="msexchange.firewall.explain")
        assert run.rc == rc, run.text
        return " ".join(run.text.split())

    return explain


# what is typed, what the answer says
ANSWERS = {
    "in and out of a server": (
        ["version=2019", "roles=mailbox"],
        ["In: others call these servers", "Out: these servers call others", "edgesync-50636"],
    ),
    "the same without Ansible's warning of a reserved name": (
        ["version=2019", "role=mailbox,edge_transport", "direction=in"],
        ["server roles mailbox, edge_transport; direction in", "edge-internet-in-25"],
    ),
    "who may call 475": (["ports=475"], ["mailbox -> mailbox", "inside the support boundary", "transport-475"]),
    "why is 994 not open": (["ports=994"], ["never opened", "Why it is not open:", "Instead:"]),
    "what is 135 and 50000": (["ports=135,50000"], ["msrpc-135-dc", "50000 also lies in dynamic RPC ranges"]),
    "what does POP3 open": (
        ["version=2019", "role=mailbox", "compare_feature=pop3"],
        ["Opens, since only the second needs it:", "tcp 110, 995 internal_clients -> mailbox"],
    ),
    "from 2016 to SE": (
        ["version=2016", "compare_to=se"],
        ["From Exchange 2016", "Open while both are there, between servers of 2016 and SE:"],
    ),
    "from 2010 to 2016, some roles": (
        ["version=2010", "roles=hub_transport,mailbox", "compare_to=2016", "compare_role=mailbox", "explain=true"],
        ["From Exchange 2010, hub_transport and mailbox to Exchange 2016, mailbox", "Why:", "Documents (read:"],
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_question_in_one_line(explain, name):
    asked, expected = ANSWERS[name]
    text = explain(*asked)
    assert [part for part in expected if part not in text] == []
    assert ("reserved name" in text) == any(word.startswith(("roles=", "port=")) for word in asked)


def test_a_host_is_told_by_its_plan(explain, examples):
    text = explain("host=edge1", inventory=examples / "current")
    table = text.split("Why, and what else to know")[0]
    assert "internet -> edge_transport (2013-SE) edge-internet-in-25" in table and "edgesync-50636" in table
    assert "client-https-443" not in table
    assert "These flows are in the plan of edge1." in text and "msexchange.firewall.plan" in text


def test_wrong_words_are_told_with_the_way_out(explain):
    text = explain("version=2109", "ports=70000", rc=2)
    assert "did you mean '2019'?" in text and "[bad-port]" in text and "Traceback" not in text
    assert "[bad-comparison]" in explain("compare_to=se", rc=2)
    assert "did you mean 'mailbox'?" in explain("version=2016", "compare_to=se", "compare_role=mailbx", rc=2)


def test_comparison_and_ranges_are_data_too(player):
    module = {"version": "2010", "compare_to": "2016"}
    asked = "version='2010', compare_to={'version': '2016'}"
    tasks = [
        {"msexchange.firewall.exchange_ports_info": module, "register": "module"},
        {"msexchange.firewall.exchange_ports_info": {"port": 50000, "as_text": True}, "register": "ranges"},
        {
            "ansible.builtin.assert": {
                "that": [
                    f"lookup('msexchange.firewall.exchange_ports', {asked}) == module.comparison",
                    "module.comparison.open_before | length > 0 and 'flows' not in module and 'count' not in module",
                    "'2010' in ranges.dynamic_ranges | map(attribute='version')",
                    "lookup('msexchange.firewall.exchange_ports', port=50000, as_text=true) == ranges.lines",
                ]
            }
        },
    ]
    run = player(NOBODY, playbook=[{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert run.rc == 0, run.text
