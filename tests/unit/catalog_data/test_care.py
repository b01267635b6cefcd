# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of the catalog's care, on a small catalog with one thing broken: the message names file and entry."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys

import pytest
import yaml
from catalog_data.care import TOOLS, tool
from catalog_data.entries import CATALOG

RANGE = {"ports": ["1025-5000"], "sources": ["paper"], "confidence": "confirmed"}
MAILBOX = {"parties": ["mailbox"], "versions": ["2003", "2019"]}
TEXTS = {"title": "A title", "need": "A need.", "encryption": "none", "support": "supported"}


def flow(name, initiator, listener, **more):
    known = {**TEXTS, "protocol": "SMTP", "transport": "tcp", "sources": ["paper"], "confidence": "confirmed"}
    return {"id": name, "initiator": initiator, "listener": listener, **known, **more}


CLIENTS = {"parties": ["clients"]}
NEW, OLD = ({"parties": ["mailbox"], "versions": [version]} for version in ("2019", "2003"))
REFUSED = {"reason": "Nothing listens.", "alternative": "Use smtp-25 (smtp-25)."}
RPC = {
    "id": "rpc",
    "title": "T",
    "direction": "to_listener",
    "transport": "tcp",
    "ports": "rpc_dynamic",
    "sources": ["paper"],
}
GOOD = {
    "products.yml": {
        "products": [
            {"id": version, "title": "T", "server_roles": roles, "dynamic_rpc": RANGE}
            for version, roles in (("2003", ["front_end", "mailbox"]), ("2019", ["mailbox"]))
        ],
        "windows": [{"id": "2022", "title": "T", "dynamic_rpc": RANGE}],
    },
    "parties.yml": {
        "parties": [
            {"id": name, "title": "T", "kind": kind}
            for name, kind in (
                ("clients", "peer"),
                ("front_end", "server_role"),
                ("internet", "internet"),
                ("mailbox", "server_role"),
            )
        ]
    },
    "features/all.yml": {
        "features": [
            {
                "id": "never",
                "title": "T",
                "available": [{"versions": ["2019"], "server_roles": ["mailbox"]}],
                "sources": ["paper"],
                "refused": REFUSED,
            },
            {
                "id": "pop3",
                "title": "T",
                "available": [{"versions": ["2019"], "server_roles": ["mailbox"]}],
                "sources": ["paper"],
            },
        ]
    },
    "sources/all.yml": {
        "sources": {
            "memory": {"title": "T", "url": "https://example.com/m", "read": "recalled"},
            "paper": {"title": "T", "url": "https://example.com/p", "read": "full"},
        }
    },
    "successions.yml": {
        "successions": [{"since": "2019", "role": "front_end", "becomes": ["mailbox"], "reason": "Joined."}]
    },
    "flows/mail.yml": {
        "flows": [
            flow("echo", NEW, NEW, transport="any", boundary="whole"),
            flow("exact-26", NEW, NEW, ports=[26], boundary="inside"),
            flow("front-80", CLIENTS, {"parties": ["front_end"], "versions": ["2003"]}, ports=[80]),
            flow("guess-27", CLIENTS, NEW, ports=[27], confidence="unconfirmed", sources=["memory"]),
            flow("never-994", CLIENTS, NEW, ports=[994], support="unsupported", refused=REFUSED, features=["never"]),
            flow("pop-110", CLIENTS, NEW, ports=[110], features=["pop3"], remarks="Documents differ (paper)."),
            flow("rpc-135", CLIENTS, OLD, ports=[135], follows=[RPC]),
            flow("smtp-25", {"parties": ["internet"]}, MAILBOX, ports=[25, "587-600"]),
        ]
    },
}


def write(folder, files):
    for name, document in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    folder.mkdir(exist_ok=True)
    shutil.copy(CATALOG / "schema.json", folder)
    return folder


class Broken:
    """The good catalog, with what a test changes in it."""

    def __init__(self):
        self.files = copy.deepcopy(GOOD)
        self.flows = self.files["flows/mail.yml"]["flows"]
        self.features = self.files["features/all.yml"]["features"]
        self.products = self.files["products.yml"]["products"]
        self.parties = self.files["parties.yml"]["parties"]
        self.sources = self.files["sources/all.yml"]["sources"]
        self.successions = self.files["successions.yml"]["successions"]

    def flow(self, name):
        return next(entry for entry in self.flows if entry["id"] == name)


def test_the_good_one_keeps_all_rules(tmp_path):
    assert tool.problems(write(tmp_path, GOOD)) == []


# what is broken: (how, what the message begins with, what it says)
MAIL = "flows/mail.yml: "
BREAKS = {
    "an unknown field": (lambda c: c.flow("smtp-25").update(prots=[1]), f"{MAIL}smtp-25: ", "'prots' was unexpected"),
    "a missing field": (lambda c: c.flow("smtp-25").pop("need"), f"{MAIL}smtp-25: ", "'need' is a required property"),
    "no source": (
        lambda c: c.flow("smtp-25").update(sources=[]),
        f"{MAIL}smtp-25: sources: ",
        "[] should be non-empty",
    ),
    "an unknown field of a source": (
        lambda c: c.sources["paper"].update(page=3),
        "sources/all.yml: paper: ",
        "'page' was unexpected",
    ),
    "an unsupported flow without a refusal": (
        lambda c: c.flow("never-994").pop("refused"),
        f"{MAIL}never-994: ",
        "'refused' is a required property",
    ),
    "a port out of range": (lambda c: c.flow("smtp-25").update(ports=[70000]), f"{MAIL}smtp-25: ports/0: ", "70000"),
    "a range out of range": (
        lambda c: c.flow("smtp-25").update(ports=["600-587"]),
        f"{MAIL}smtp-25: ",
        "600-587 is no range",
    ),
    "a range of a version out of range": (
        lambda c: c.products[0].update(dynamic_rpc={**RANGE, "ports": ["1025-70000"]}),
        "products.yml: 2003: ",
        "1025-70000 is no range",
    ),
    "ports that overlap": (lambda c: c.flow("smtp-25").update(ports=["25-30", "28-40"]), f"{MAIL}smtp-25: ", "overlap"),
    "unsorted flows": (lambda c: c.flows.reverse(), f"{MAIL}rpc-135: ", "stands after smtp-25; entries are sorted"),
    "unsorted parties": (lambda c: c.parties.reverse(), "parties.yml: internet: ", "stands after mailbox"),
    "unsorted sources": (
        lambda c: c.files.update({"sources/all.yml": {"sources": dict(reversed(c.sources.items()))}}),
        "sources/all.yml: memory: ",
        "stands after paper",
    ),
    "unsorted words": (
        lambda c: c.flow("smtp-25").update(sources=["paper", "memory"]),
        f"{MAIL}smtp-25: ",
        "write memory, paper",
    ),
    "unsorted ports": (lambda c: c.flow("smtp-25").update(ports=[587, 25]), f"{MAIL}smtp-25: ", "ports are not sorted"),
    "unsorted versions": (
        lambda c: c.flow("smtp-25").update(listener={**MAILBOX, "versions": ["2019", "2003"]}),
        f"{MAIL}smtp-25: ",
        "order of products.yml",
    ),
    "unsorted successions": (
        lambda c: c.successions.insert(1, {"since": "2019", "role": "a", "becomes": [], "reason": "R."}),
        "successions.yml: a since 2019: ",
        "stands after front_end since 2019",
    ),
    "an unused source": (
        lambda c: c.sources.update(unread={"title": "T", "url": "https://example.com/u", "read": "full"}),
        "sources/all.yml: unread: ",
        "no entry cites it",
    ),
    "an unknown source": (lambda c: c.flow("smtp-25").update(sources=["papers"]), f"{MAIL}smtp-25: ", "source papers"),
    "a number from memory": (
        lambda c: c.flow("guess-27").update(confidence="confirmed"),
        f"{MAIL}guess-27: ",
        "recalled documents alone",
    ),
    "a party that nobody defines": (
        lambda c: c.flow("smtp-25").update(initiator={"parties": ["internets"]}),
        f"{MAIL}smtp-25: ",
        "party internets is unknown",
    ),
    "a party that nobody uses": (
        lambda c: c.parties.append({"id": "witness", "title": "T", "kind": "peer"}),
        "parties.yml: witness: ",
        "no flow has this party",
    ),
    "an unknown feature": (lambda c: c.flow("pop-110").update(features=["pop"]), f"{MAIL}pop-110: ", "feature pop is"),
    "an unknown version": (
        lambda c: c.flow("smtp-25").update(listener={**MAILBOX, "versions": ["2109"]}),
        f"{MAIL}smtp-25: ",
        "version 2109 is unknown",
    ),
    "a feature that nobody needs": (
        lambda c: c.flow("pop-110").pop("features"),
        "features/all.yml: pop3: ",
        "no flow needs this feature",
    ),
    "a feature of unconfirmed flows": (
        lambda c: c.flow("pop-110").update(confidence="unconfirmed"),
        "features/all.yml: pop3: ",
        "selecting it opens nothing for mailbox of 2019",
    ),
    "a feature of a role that was not there": (
        lambda c: c.features[1]["available"].append({"versions": ["2019"], "server_roles": ["front_end"]}),
        "features/all.yml: pop3: ",
        "2019 has no server role front_end",
    ),
    "a feature that cannot be selected": (
        lambda c: c.flow("smtp-25").update(features=["pop3"]),
        f"{MAIL}smtp-25: ",
        "mailbox of 2003 can select none of pop3",
    ),
    "an unsupported flow that a feature opens": (
        lambda c: c.flow("never-994").update(features=["pop3"]),
        f"{MAIL}never-994: ",
        "a refused feature has to ask for it",
    ),
    "an openable flow of a refused feature": (
        lambda c: c.flow("pop-110").update(features=["never"]),
        f"{MAIL}pop-110: ",
        "can be opened, yet needs a refused feature",
    ),
    "a duplicate": (
        lambda c: c.flows.append({**c.flow("smtp-25"), "id": "smtp-26"}),
        f"{MAIL}smtp-26: ",
        "equals smtp-25 (flows/mail.yml) but for the id",
    ),
    "an id of two flows": (
        lambda c: c.files.update({"flows/more.yml": {"flows": [{**c.flow("smtp-25"), "title": "Another"}]}}),
        "flows/more.yml: smtp-25: ",
        "taken by an entry of flows/mail.yml",
    ),
    "a server role without versions": (
        lambda c: c.flow("front-80").update(initiator={"parties": ["mailbox"]}),
        f"{MAIL}front-80: ",
        "versions and server roles go together",
    ),
    "a version without the server role": (
        lambda c: c.flow("front-80").update(listener={"parties": ["front_end"], "versions": ["2003", "2019"]}),
        f"{MAIL}front-80: ",
        "2019 has none of the roles",
    ),
    "no Exchange server": (
        lambda c: c.flow("smtp-25").update(listener=CLIENTS),
        f"{MAIL}smtp-25: ",
        "no Exchange server at either end",
    ),
    "a boundary before its time": (
        lambda c: c.flow("echo").update(initiator=MAILBOX),
        f"{MAIL}echo: ",
        "2003 had no support boundary",
    ),
    "an exact flow that reaches out": (
        lambda c: c.flow("exact-26").update(initiator=CLIENTS),
        f"{MAIL}exact-26: ",
        "no whole flow joins clients to mailbox of 2019",
    ),
    "an exact flow that does not say so": (
        lambda c: c.flow("exact-26").pop("boundary"),
        f"{MAIL}exact-26: ",
        "say boundary: inside",
    ),
    "a mapper without RPC": (lambda c: c.flow("rpc-135").pop("follows"), f"{MAIL}rpc-135: ", "go together"),
    "two follows of one id": (
        lambda c: c.flow("rpc-135").update(follows=[RPC, {**RPC, "title": "Another"}]),
        f"{MAIL}rpc-135: ",
        "two follows are called rpc",
    ),
    "remarks that name nothing": (
        lambda c: c.flow("pop-110").update(remarks="See another (smtp-26)."),
        f"{MAIL}pop-110: ",
        "(smtp-26) in its remarks is neither",
    ),
    "a second Internet": (
        lambda c: c.parties[0].update(kind="internet"),
        "parties.yml: clients: ",
        "exactly one party, internet",
    ),
    "a server role without flows": (
        lambda c: c.products[1]["server_roles"].insert(0, "front_end"),
        "products.yml: 2019: ",
        "no flow has its server role front_end",
    ),
    "a server role that is lost": (
        lambda c: c.successions[0].update(since="2003"),
        "products.yml: 2019: ",
        "lacks front_end of 2003; say in successions.yml",
    ),
    "a succession to nowhere": (
        lambda c: c.successions[0].update(becomes=["front_end"]),
        "successions.yml: front_end since 2019: ",
        "2019 has no server role front_end",
    ),
    "a feature that is lost": (
        lambda c: (
            c.features[1]["available"].append({"versions": ["2003"], "server_roles": ["mailbox"]})
            or c.features[1]["available"].pop(0)
        ),
        "successions.yml: ",
        "2019 lacks the feature pop3 of 2003; say what became of it",
    ),
    "a succession of a feature that is still there": (
        lambda c: c.files["successions.yml"].update(
            feature_successions=[{"since": "2019", "feature": "pop3", "becomes": ["imap4"], "reason": "R."}]
        ),
        "successions.yml: pop3 since 2019: ",
        "no feature that 2019 lost",
    ),
    "a role's work with a feature that is nowhere": (
        lambda c: c.successions[0].update(features=["imap4"]),
        "successions.yml: front_end since 2019: ",
        "2019 has no feature imap4",
    ),
    "versions together with newer ones": (
        lambda c: c.files["successions.yml"].update(
            coexistence=[{"version": "2019", "with": ["2019"], "sources": ["paper"]}]
        ),
        "successions.yml: coexistence of 2019: ",
        "2019 is no older version",
    ),
    "a file that nothing reads": (
        lambda c: c.files.update({"flow/mail.yml": {"flows": []}}),
        "flow/mail.yml: ",
        "nothing reads this file",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rule_is_told_with_file_and_entry(tmp_path, name):
    break_it, place, text = BREAKS[name]
    broken = Broken()
    break_it(broken)
    found = tool.problems(write(tmp_path, broken.files))
    assert any(problem.startswith(place) and text in problem for problem in found), found


def test_a_key_that_stands_twice_is_not_swallowed(tmp_path):
    path = write(tmp_path, GOOD) / "sources" / "all.yml"
    path.write_text(path.read_text(encoding="utf-8") + "  paper: {title: U, url: 'https://e.com', read: full}\n")
    (problem,) = tool.problems(tmp_path)
    assert problem.startswith("sources/all.yml: ") and "paper stands twice" in problem


def test_a_long_file_is_told(tmp_path):
    path = write(tmp_path, GOOD) / "parties.yml"
    path.write_text(path.read_text(encoding="utf-8") + "# more\n" * 300, encoding="utf-8")
    (problem,) = tool.problems(tmp_path)
    assert problem.startswith("parties.yml: ") and "at most 300; split it by topic" in problem


def test_every_rule_is_broken_by_one_of_these(tmp_path):
    """But for the length of files, which has a test of its own."""
    seen = set()
    for number, (break_it, _place, _text) in enumerate(BREAKS.values()):
        broken = Broken()
        break_it(broken)
        data = tool.read(write(tmp_path / str(number), broken.files))
        if not list(tool.rules.shape(data)):
            tool.fill(data)
            seen |= {rule.__name__ for rule in tool.RULES if list(rule(data))}
    assert {rule.__name__ for rule in tool.RULES} - seen == {"short_files"}


def test_the_tool_prints_a_line_each_and_fails(tmp_path):
    done = subprocess.run(
        [sys.executable, str(TOOLS / "catalog.py"), str(write(tmp_path, GOOD))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "the catalog keeps all its rules\n")
    broken = Broken()
    broken.flow("smtp-25")["ports"] = ["600-587"]
    done = subprocess.run(
        [sys.executable, str(TOOLS / "catalog.py"), str(write(tmp_path, broken.files))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == "flows/mail.yml: smtp-25: 600-587 is no range within 1 to 65535\n"
