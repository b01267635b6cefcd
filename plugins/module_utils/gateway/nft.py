# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of nft on a gateway, and what they say about our own table. Runs on Python 3.6 and later."""

import hashlib
import json
import re

FAMILY = "inet"
TABLE = "msexchange_firewall"
OURS = FAMILY + " " + TABLE
# plan's helper -> (kernel's helper type, transport); the driver on the controller has the same table
HELPERS = {"h323": ("Q.931", "tcp")}
# gives exactly what follows, whatever was there: "delete" alone fails where there is no table
RESET = f"add table {OURS}\ndelete table {OURS}\n"


_COMMAND = re.compile(
    f"(add|delete) table {OURS}|(add|delete|flush) (counter|ct helper|set|chain|element|rule) {OURS} [^;]+"
)


class GatewayError(Exception):
    """Something that the caller must know in one sentence; nothing was changed unless it says so.

    ``code`` ends the sentence; the controller's known_problems/gateway.py explains it in docs/problems.md.
    """

    def __init__(self, text, code=""):
        super().__init__(f"{text} [{code}]" if code else text)


class Nft:
    """One nft binary; ``run`` is the run_command of an AnsibleModule."""

    def __init__(self, binary, run):
        self.binary = binary
        self.run = run

    def _call(self, arguments, script="", keeps=None):
        """(exit code, output, message); the script goes in by standard input, so that no file is in between."""
        words = {"LC_ALL": "C", "LANGUAGE": "C"}
        command = [self.binary, *arguments]
        options = {"environ_update": words, "pass_fds": None if keeps is None else [keeps]}
        code, out, err = self.run(command, data=script, binary_data=True, handle_exceptions=False, **options)
        return code, out, err.strip()

    def _must(self, arguments, script="", keeps=None):
        code, out, err = self._call(arguments, script, keeps)
        if code:
            raise GatewayError(
                "nft {} failed: {}".format(" ".join(arguments), err or f"exit code {code}"), "nft-failed"
            )
        return out

    def version(self):
        """``1.0.6`` of ``nftables v1.0.6 (Lester Gooch #5)``."""
        words = self._must(["--version"]).split()
        return words[1].lstrip("v") if len(words) > 1 else ""

    def ruleset(self):
        """All tables as JSON text."""
        out = self._must(["-j", "list", "ruleset"])
        try:
            json.loads(out)
        except ValueError:
            raise GatewayError(
                "nft -j printed no JSON; this nft was probably built without it", "nft-without-json"
            ) from None
        return out

    def _exists(self):
        tables = [entry.get("table", {}) for entry in json.loads(self._must(["-j", "list", "tables"]))["nftables"]]
        return any(one.get("family") == FAMILY and one.get("name") == TABLE for one in tables)

    def table(self):
        """Our own table as JSON text, empty where there is none."""
        return self._listed("-j")

    def text(self, stateless=False):
        """Our own table as a script, empty where there is none; stateless is without the values of counters."""
        return self._listed(*(["-s"] if stateless else []))

    def _listed(self, *options):
        """Asks for the table first: between another question and that one a rollback could take it away."""
        arguments = [*options, "list", "table", FAMILY, TABLE]
        code, out, _err = self._call(arguments)
        if code:
            return self._must(arguments) if self._exists() else ""
        return out

    def check(self, script):
        """Raises where the kernel would refuse the script now."""
        self._must(["-c", "-f", "-"], script)

    def load(self, script, lock=None):
        """The lock goes along: nft may outlive a caller that was killed, and nobody may act before it is done."""
        self._must(["-f", "-"], script, keeps=lock)

    def helpers(self):
        """Those connection-tracking helpers of the plan that this kernel has; nothing is left behind."""
        found = []
        for name, (kind, transport) in sorted(HELPERS.items()):
            probe = 'add table {0}_probe\nadd ct helper {0}_probe {1} {{ type "{2}" protocol {3}; }}\n'
            code, _out, _err = self._call(["-c", "-f", "-"], probe.format(OURS, name, kind, transport))
            if code == 0:
                found.append(name)
        return found


def refuse_foreign(script):
    """Raises where a script holds a command that is not about our table, hidden behind a semicolon or not."""
    unquoted = re.sub(r'"[^"]*"', "text", script)
    while re.search(r"\{[^{}]*\}", unquoted):
        unquoted = re.sub(r"\{[^{}]*\}", "block", unquoted)
    for line in unquoted.splitlines():
        if line.strip() and not _COMMAND.fullmatch(line.strip()):
            raise GatewayError(f"the script is not about {OURS} alone: {line.strip()}", "foreign-script")


def fingerprint(table):
    """A digest of a table's JSON text without what changes by itself or by loading it again; empty for no table."""
    if not table.strip():
        return ""
    objects = []
    for entry in json.loads(table)["nftables"]:
        kind, data = next(iter(entry.items()))
        if kind != "metainfo":
            dropped = ("handle", "packets", "bytes") if kind == "counter" else ("handle",)
            objects.append([kind, _sorted({key: value for key, value in data.items() if key not in dropped})])
    # a stable sort: the rules of a chain keep their order, which means something
    objects.sort(key=lambda one: (one[0], one[1].get("chain", one[1].get("name", ""))))
    return hashlib.sha256(json.dumps(objects, sort_keys=True).encode("utf-8")).hexdigest()


def _sorted(data):
    """The same content with the elements of sets in one order."""
    if isinstance(data, list):
        return [_sorted(one) for one in data]
    if not isinstance(data, dict):
        return data
    found = {key: _sorted(value) for key, value in data.items()}
    for key in ("set", "elem", "flags"):
        if isinstance(found.get(key), list):
            found[key].sort(key=lambda one: json.dumps(one, sort_keys=True))
    return found


def restore_script(text):
    """What brings back a table that was listed as ``text``, or no table where that is empty."""
    return RESET + text
