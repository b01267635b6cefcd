# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An auditor's questions, answered from what lookup, module, plan.json and plan.csv say, and from nothing else."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass

import pytest
import yaml


@dataclass(frozen=True)
class Papers:
    """What an auditor is handed for one organization."""

    plan: dict
    rows: list

    def of(self, **columns):
        """Rows of the CSV whose columns hold these words."""
        return [row for row in self.rows if all(word in row[name].split() for name, word in columns.items())]

    def names(self, group):
        """Who an address group stands for."""
        return {label for _prefix, label in self.plan["groups"][group]["labels"]}


def papers(player, inventory):
    run = player.save(inventory)
    assert run.rc == 0, run.text
    with (player.folder / "plan" / "plan.csv").open(encoding="utf-8", newline="") as stream:
        return Papers(run.plan(), list(csv.DictReader(stream)))


@pytest.fixture(scope="module")
def current(tmp_path_factory, player_in, examples):
    return papers(player_in(tmp_path_factory.mktemp("current")), examples / "current")


@pytest.fixture(scope="module")
def article(tmp_path_factory, player_in, examples):
    return papers(player_in(tmp_path_factory.mktemp("article")), examples / "article")


@pytest.fixture
def ask(player):
    """The module's answer to a question."""

    def ask(**options):
        task = {"msexchange.firewall.exchange_ports_info": options}
        run = player({"all": {}}, "-v", playbook=[{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])
        assert run.rc == 0, run.text
        ((_host, result),) = run.results("ok")
        return result

    return ask


@pytest.fixture
def look_up(player):
    """The lookup's answers to several expressions, in one run."""

    def look_up(*expressions):
        tasks = [{"ansible.builtin.set_fact": {"answer": f"{{{{ {expression} }}}}"}} for expression in expressions]
        run = player({"all": {}}, "-v", playbook=[{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
        assert run.rc == 0, run.text
        return [result["ansible_facts"]["answer"] for _host, result in run.results("ok")]

    return look_up


def test_why_is_443_open_on_this_gateway(current):
    rows = current.of(device="gw1", ports="443", source_names="internal_clients", protocol="tcp")
    assert [row["flow"] for row in rows] == ["client-https-443"]
    assert rows[0]["why"].startswith("Everything that clients do goes over HTTPS")
    assert "https://learn.microsoft.com" in rows[0]["source"]


def test_who_asked_for_the_way_to_the_witness(current):
    rows = current.of(device="gw1", destination_names="witness1", ports="445")
    assert [row["feature"] for row in rows] == ["dag"]
    assert rows[0]["source_names"].split() == ["mbx1", "mbx2", "mbx3"]


def test_what_closes_if_the_dag_goes(current, player, examples):
    expected = {rule["id"] for rule in current.plan["rules"] if "dag" in rule["features"]}
    assert {"witness-445", "dag-64327-replication.replication"} <= expected
    for name in ("inventory.yml", "group_vars/all.yml", "group_vars/mailbox_servers.yml"):
        text = (examples / "current" / name).read_text(encoding="utf-8")
        (player.folder / "group_vars").mkdir(exist_ok=True)
        player.write(name, re.sub(r"\bdag, ", "", text))
    without = papers(player, player.folder / "inventory.yml")
    before, after = ({rule["id"] for rule in paper.plan["rules"]} for paper in (current, without))
    assert before - after == expected and after <= before
    assert without.plan["digest"] != current.plan["digest"]


@pytest.mark.parametrize(("port", "name"), [(691, "SMTP/LSA"), (994, "IRC/SSL"), (522, "ULS")])
def test_what_does_the_article_say_of_691_994_and_522(ask, article, port, name):
    found = ask(port=port, version=2000, explain=True)["flows"]
    (flow,) = [flow for flow in found if flow["article"] == name]
    assert any(source["id"] == "article" and source["url"] for source in flow["sources"])
    opened = [row for row in article.rows if row["flow"] == flow["id"]]
    assert bool(opened) == (port == 691)
    if port != 691:
        assert not flow["openable"] and flow["refused"]["reason"] and flow["refused"]["alternative"]
        assert flow["enabled_by"].startswith("Nothing")
        assert not article.of(ports=str(port))


def test_which_documents_carry_edgesync(look_up, current):
    (found,) = look_up(
        "lookup('msexchange.firewall.exchange_ports', 'edgesync-50636', explain=true, query='[].sources[].url')"
    )
    assert len(found) == 5 and all(url.startswith("https://") for url in found)
    (row, host) = current.of(flow="edgesync-50636")
    assert (row["device"], host["device"]) == ("gw1", "edge1 edge2") and row["source"] == host["source"]
    assert re.findall(r"<([^>]+)>", row["source"]) == found


def test_who_may_call_50636(current):
    rows = current.of(ports="50636")
    assert {(row["source_names"], row["destination_names"]) for row in rows} == {("mbx1 mbx2", "edge1 edge2")}
    assert [row["device"] for row in rows] == [
        "gw1",
        "edge1 edge2",
    ]  # what crosses the gateway, and what the hosts admit
    wide = [rule for rule in current.plan["rules"] if rule["transport"] == "any"]
    assert not any({"edge1", "edge2"} & current.names(rule["destination"]) for rule in wide)


def test_what_follows_135(ask, article, current):
    flows = ask(port=135, version=2003, explain=True)["flows"]
    assert flows and all("rpc" in {follow["id"] for follow in flow["follows"]} for flow in flows)
    assert all("rpc_dynamic" in [follow["ports"] for follow in flow["follows"]] for flow in flows)
    assert {row["follows"] for row in article.of(flow="msrpc-135-dc-2000-2003")} == {
        "rpc to_listener tcp 1025-5000 (dcerpc)"
    }
    assert {row["follows"] for row in current.of(flow="witness-135")} == {"rpc to_listener tcp 49152-65535 (dcerpc)"}


def test_what_is_different_when_pop3_is_on(look_up):
    question = "lookup('msexchange.firewall.exchange_ports', version='2019', roles='mailbox', direction='in'{})"
    without, with_it = look_up(question.format(""), question.format(", features='pop3'"))
    before, after = ({flow["id"]: flow["ports"] for flow in flows} for flows in (without, with_it))
    assert before.items() <= after.items()
    added = {flow: after[flow] for flow in set(after) - set(before)}
    assert added["client-pop3"] == ["110", "995"] and added["balancer-pop3"] == ["110", "995"]
    assert {port for ports in added.values() for port in ports} == {"110", "995", "587"}


def test_what_is_open_to_the_internet(current, article):
    inward = {row["flow"]: row["destination_names"] for row in current.of(source_names="internet")}
    assert inward == {"edge-internet-in-25": "edge1 edge2"}
    assert {(row["ports"], row["destination_names"]) for row in article.of(source_names="internet")} == {
        ("25", "fe1"),
        ("443", "fe1"),
    }


def test_what_is_inferred_and_not_confirmed(current, ask):
    doubtful = {row["flow"] for row in current.rows if row["confidence"] != "confirmed"}
    assert {"witness-135", "edge-rdp-3389"} <= doubtful
    assert {row["confidence"] for row in current.rows} == {"confirmed", "inferred", "local"}
    answer = ask(version=2019, features="all", query="[?confidence=='unconfirmed' && by_default].id")
    assert answer["result"] == []


def test_what_is_never_opened_and_what_serves_instead(ask):
    answer = ask(features="all", explain=True, query="[?!openable].[id, refused.alternative]")
    assert {"client-smtps-465-55-2003", "irc-ssl-994", "uls-522"} <= {flow for flow, _instead in answer["result"]}
    assert all(instead for _flow, instead in answer["result"])


def test_is_anything_filtered_that_microsoft_does_not_support(current):
    assert current.plan["support_boundary"] == "kept"
    whole = [rule for rule in current.plan["rules"] if rule["transport"] == "any"]
    assert {rule["flow"] for rule in whole} == {
        "boundary-from-domain-controllers",
        "boundary-servers",
        "boundary-to-domain-controllers",
    }
    assert all(current.names(rule["source"]) <= {"mbx1", "mbx2", "mbx3", "dc1", "dc2"} for rule in whole)


def test_what_must_stay_open_for_the_administrators(current):
    rules = {rule["id"]: rule for rule in current.plan["management_rules"]}
    assert set(rules) == {"management.22", "management.5986"}
    assert current.names(rules["management.5986"]["destination"]) == {"mbx1", "mbx2", "mbx3"}
    assert current.plan["groups"]["management"]["members"] == ["10.99.0.0/24", "2001:db8:99::/64"]


def test_every_line_names_device_rule_flow_why_and_source(current, article):
    for paper in (current, article):
        for row in paper.rows:
            assert all(row[name] for name in ("device", "rule", "flow", "why", "source", "protocol", "confidence"))
            assert row["rule"].startswith(row["flow"])


def test_what_did_we_open_ourselves_who_answers_for_it_and_until_when(current):
    row, *others = [row for row in current.rows if row["confidence"] == "local"]
    assert all({**row, "device": ""} == {**other, "device": ""} for other in others)
    assert (row["flow"], row["owner"], row["expiry"]) == ("invoices-relay-2525", "Billing team", "2099-12-31")
    assert (row["source"], row["source_names"]) == ("the organization itself", "line_of_business")


SAME_QUESTION = [
    {},
    {"version": ["2003"], "roles": ["mailbox"], "direction": "in"},
    {"port": [80, 443], "explain": True},
    {"protocol": ["smtp/lsa"], "explain": True},
    {"features": ["all"], "party": ["internet"], "query": "[].[id, ports]"},
    {"flow": ["uls-522"], "query": "[0].openable"},
]


def test_lookup_and_module_give_the_same_answer(player):
    tasks = []
    for number, options in enumerate(SAME_QUESTION):
        asked = ", ".join(f"{name}={value!r}" for name, value in options.items())
        result = "result" if "query" in options else "flows"
        tasks += [
            {"msexchange.firewall.exchange_ports_info": options, "register": f"module_{number}"},
            {
                "ansible.builtin.assert": {
                    "that": f"lookup('msexchange.firewall.exchange_ports', {asked}) == module_{number}.{result}"
                }
            },
        ]
    run = player({"all": {}}, playbook=[{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert run.rc == 0, run.text
    assert f"ok={2 * len(SAME_QUESTION)} " in run.text


BAD_QUESTION = {"roles": ["mailbx"], "port": [70000], "query": "[?"}


def test_bad_words_are_told_alike_and_all_at_once(player):
    module = {"msexchange.firewall.exchange_ports_info": BAD_QUESTION, "ignore_errors": True}
    asked = ", ".join(f"{name}={value!r}" for name, value in BAD_QUESTION.items())
    lookup = {"ansible.builtin.set_fact": {"x": f"{{{{ lookup('msexchange.firewall.exchange_ports', {asked}) }}}}"}}
    run = player({"all": {}}, playbook=[{"hosts": "localhost", "gather_facts": False, "tasks": [module, lookup]}])
    assert run.rc != 0 and "Traceback" not in run.text
    messages = [result["msg"] for _host, result in run.results()]
    assert len(messages) == 2
    for message in messages:
        assert "did you mean 'mailbox'?" in message
        assert "70000 is no port number" in message or "'70000' is no port number" in message
        assert "is no JMESPath expression" in message


def test_a_query_that_flows_answer_with_nothing_is_no_error(ask):
    assert ask(port=1, query="[].id")["result"] == []
    assert ask(port=1)["count"] == 0


def test_the_module_contacts_nobody(player):
    """Hosts of documentation addresses, over a connection whose library is not even there."""
    hosts = {f"mbx{n}": {"ansible_host": f"192.0.2.{n}", "ansible_connection": "winrm"} for n in (1, 2)}
    task = {"msexchange.firewall.exchange_ports_info": {"port": 50636, "protocol": "ldap", "version": "se"}}
    play = {"hosts": "all", "gather_facts": False, "tasks": [task]}
    run = player({"all": {"hosts": hosts}}, "-v", playbook=[play])
    assert run.rc == 0, run.text
    assert [[flow["id"] for flow in result["flows"]] for _host, result in run.results("ok")] == [["edgesync-50636"]] * 2


GROUPS = """\
[mailbox_servers]
mbx1 ansible_host=10.0.1.1
mbx2 ansible_host=10.0.1.2

[edge_servers]
edge1 ansible_host=172.16.0.1

[domain_controllers]
dc1 ansible_host=10.0.1.10

[witnesses]
witness1 ansible_host=10.0.2.1

[balancers]
lb1 ansible_host=10.0.1.100

[exchange:children]
mailbox_servers
edge_servers
"""
GROUP_VARIABLES = {
    "exchange": {"exchange_version": "2019"},
    "all": {
        "exchange_role_groups": {"mailbox_servers": ["mailbox"], "edge_servers": ["edge_transport"]},
        "exchange_feature_groups": {"mailbox_servers": ["dag", "imap4"]},
        "exchange_party_groups": {
            "domain_controllers": "domain_controller",
            "witnesses": "witness",
            "balancers": "load_balancer",
        },
        "exchange_networks": {"internal_clients": ["10.9.0.0/16"]},
    },
    "witnesses": {"exchange_windows_version": "2022"},
}


def test_an_inventory_of_groups_alone_gives_the_whole_plan(player):
    player.write("hosts.ini", GROUPS)
    (player.folder / "group_vars").mkdir()
    for group, variables in GROUP_VARIABLES.items():
        player.write(f"group_vars/{group}.yml", yaml.safe_dump(variables))
    found = papers(player, player.folder / "hosts.ini")
    ends = {row["rule"]: (row["source_names"], row["destination_names"]) for row in found.rows}
    assert ends["boundary-servers"] == ("mbx1 mbx2", "mbx1 mbx2")
    assert ends["boundary-to-domain-controllers"] == ("mbx1 mbx2", "dc1")
    assert ends["edgesync-50636"] == ("mbx1 mbx2", "edge1")
    assert ends["witness-445"] == ("mbx1 mbx2", "witness1")
    assert ends["client-imap4"][0] == "internal_clients" and "lb1" in ends["client-imap4"][1].split()
    assert ends["balancer-imap4"] == ("lb1", "mbx1 mbx2")
    assert ends["edge-internet-in-25"] == ("internet", "edge1")
    assert {row["device"] for row in found.rows} == {"", "edge1", "mbx1 mbx2", "witness1"}
    assert json.dumps(found.plan["warnings"]).count("ansible_host is taken as the address") == 1
