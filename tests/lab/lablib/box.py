# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway without a network around it: a namespace with foreign tables, the module's files, and what would boot."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path

from ansible_collections.msexchange.firewall.plugins.plugin_utils.platforms import nftables

from .faults import NO_FAULT, Fault, Outcome, operate, operate_at_once
from .namespaces import Namespace, forget_dead_runs, run

OURS = "inet msexchange_firewall"
FOREIGN = """
table inet firewalld {
  counter seen { }
  set blocked { type ipv4_addr; elements = { 192.0.2.66, 192.0.2.67 }; }
  chain filter_FORWARD { type filter hook forward priority 10; policy accept; ip saddr @blocked drop; };
}
table ip nat { chain POSTROUTING { type nat hook postrouting priority 100; ip saddr 10.77.0.0/16 masquerade; }; }
table ip filter { chain FORWARD { type filter hook forward priority 0; policy accept; }; }
"""


class Box:
    """``folder/units`` stands for /etc/systemd/system; a second namespace is what the next boot would come up with."""

    def __init__(self, gateway: Namespace | None = None) -> None:
        forget_dead_runs()
        self.folder = Path(tempfile.mkdtemp(prefix="msxlab-box-"))
        self.own = gateway is None
        self.gateway = gateway or Namespace("box")
        self.next_boot = Namespace("boot")
        self.directory = self.folder / "var"
        self.units = self.folder / "units"
        self.unit = self.units / "msexchange-firewall.service"
        self.units.mkdir()
        self.gateway.nft(FOREIGN)
        self.changes = 0

    def close(self) -> None:
        self.next_boot.close()
        if self.own:
            self.gateway.close()
        shutil.rmtree(self.folder)

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # the module

    def arguments(self, operation: str, **options: object) -> dict:
        return {"operation": operation, "directory": str(self.directory), "boot_unit": str(self.unit), **options}

    def call(self, operation: str, fault: Fault = NO_FAULT, **options: object) -> Outcome:
        return self.gateway.call(operate, self.arguments(operation, **options), fault)

    def answer(self, operation: str, **options: object) -> dict:
        """A call that must succeed."""
        found = self.call(operation, **options).answer
        assert not found.get("failed"), f"{operation}: {found.get('msg')}"
        return found

    def at_once(self, *calls: dict) -> list[dict]:
        return [one.answer for one in self.gateway.call(operate_at_once, list(calls))]

    def change_to(self, wanted: nftables.Table, seconds: int = 60) -> dict:
        """The options of an apply, made as the role makes them: from a fresh read."""
        found = self.answer("read")
        self.changes += 1
        return {
            "script": nftables.script(nftables.changes(nftables.parse(found["table"]), wanted).operations),
            "expected_fingerprint": found["fingerprint"],
            "rollback_seconds": seconds,
            "token": f"change-{self.changes}",
        }

    def bring(self, wanted: nftables.Table) -> None:
        """What the role does: read, apply where something differs, read again, confirm."""
        found = self.answer("read")
        boots = found["fingerprint"] if wanted.exists else ""
        if nftables.parse(found["table"]) == wanted and found["persisted"] == boots:
            return
        options = self.change_to(wanted)
        self.answer("apply", **options)
        assert self.live() == wanted
        self.answer("confirm", token=options["token"])
        found = self.answer("read")
        assert nftables.parse(found["table"]) == wanted
        assert found["persisted"] == (found["fingerprint"] if wanted.exists else "")

    # what can be seen from outside

    def live(self) -> nftables.Table:
        return _table(self.gateway)

    def boots(self) -> nftables.Table:
        """The table that the next boot comes up with: nothing of ours, then whatever an enabled unit loads."""
        self.next_boot.nft("flush ruleset")
        for command in self.boot_commands():
            self.next_boot.command(*command)
        return _table(self.next_boot)

    def boot_commands(self) -> list[list[str]]:
        """ExecStart of the units that systemd would start: those that are linked, and whose condition holds."""
        found = []
        for link in sorted(self.units.glob("*.wants/*.service")):
            lines = [line.partition("=") for line in link.read_text(encoding="utf-8").splitlines()]
            needs = [Path(value) for key, _equals, value in lines if key == "ConditionPathExists"]
            if all(path.exists() for path in needs):
                found += [value.split() for key, _equals, value in lines if key == "ExecStart"]
        return found

    def reboot(self) -> None:
        """All processes end, all tables are gone, the boot id is another, and systemd starts what is enabled."""
        self.gateway.end_processes()
        self.gateway.nft("flush ruleset")
        pending = self.directory / "pending.json"
        if pending.exists():
            record = json.loads(pending.read_text(encoding="utf-8"))
            pending.write_text(json.dumps({**record, "boot_id": "of the boot before"}), encoding="utf-8")
        for command in self.boot_commands():
            self.gateway.command(*command)
        self.gateway.nft(FOREIGN)

    def foreign(self) -> str:
        """All tables but ours, as nft writes them."""
        listing = self.gateway.command("nft", "-s", "list", "ruleset")
        return "".join(part for part in _tables(listing) if not part.startswith(f"table {OURS} "))

    def waits(self) -> bool:
        return (self.directory / "pending.json").exists()

    def files(self) -> dict[str, str]:
        """Everything under the folder: path -> kind and mode."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            link = f" -> {path.readlink()}" if path.is_symlink() else ""
            found[str(path.relative_to(self.folder))] = f"{path.lstat().st_mode:o}{link}"
        return found

    def timer_lives(self) -> bool:
        return len(run("ip", "netns", "pids", self.gateway.name).split()) > 1  # the worker is always there

    def wait(self, seconds: float = 20) -> None:
        """Until nothing is pending, or nobody is left who would end it."""
        end = time.monotonic() + seconds
        while self.waits() and self.timer_lives():
            assert time.monotonic() < end, "the timer lives on and does nothing"
            time.sleep(0.05)


def _table(namespace: Namespace) -> nftables.Table:
    return nftables.parse(namespace.command("nft", "-j", "list", "ruleset"))


def _tables(listing: str) -> list[str]:
    return [f"table {part}" for part in listing.split("table ")[1:]]
