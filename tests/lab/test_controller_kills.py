# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that is killed at any moment of a play: the gateway gets back by itself, and the next play mends it."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lablib.namespaces import Namespace
from lablib.site import Site

# `make soak` sets this to 20
KILLS = int(os.environ.get("MSX_LAB_CONTROLLER_KILLS", "2"))
SEED = int(os.environ.get("MSX_LAB_SEED", "5"))
# what the module still does on the gateway once nobody hears it any more: it may arm a change after its controller died
IN_FLIGHT = 3
OURS = ("inet", "msexchange_firewall")
FOREIGN = "table ip others { chain forward { type filter hook forward priority 10; policy accept; }; }\n"
FEWER = {name: {"exchange_features": []} for name in ("edge1", "edge2")}
SETTINGS = {"exchange_appliance_mode": "enforce", "exchange_appliance_rollback_seconds": 8}


@pytest.fixture(scope="module")
def site(current: Site) -> Iterator[Site]:
    """A site that these tests may change; afterwards it is as it was."""
    current.lab.gateway.nft(FOREIGN)
    yield current
    current.lab.gateway.nft("delete table ip others\n")
    until(lambda: not pending(current).exists(), 30)
    current.overlay()
    current.apply("enforce")


@pytest.fixture(scope="module")
def next_boot() -> Iterator[Namespace]:
    made = Namespace("boot")
    yield made
    made.close()


def ours(namespace: Namespace) -> str:
    return namespace.command("nft", "-s", "list", "table", *OURS)


def pending(site: Site) -> Path:
    return Path(str(site.place["exchange_appliance_directory"])) / "pending.json"


def until(met: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not met() and time.monotonic() < end:
        time.sleep(0.02)
    return met()


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_controller_leaves_the_old_rules_or_the_new(site: Site, next_boot: Namespace, number: int) -> None:
    dice = random.Random(SEED * 1000 + number)
    files = Path(str(site.place["exchange_appliance_directory"]))
    before, theirs = ours(site.lab.gateway), site.lab.gateway.command("nft", "list", "table", "ip", "others")
    site.overlay(**(FEWER if number % 2 == 0 else {}))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = site.command("msexchange.firewall.site", "--limit", site.gateway, variables=SETTINGS)
    running = subprocess.Popen(command, env=site.environment(), **quiet)
    if number % 2 == 0:  # in the moment that counts, between arming and confirming; else anywhere
        until((files / "pending.json").exists, 60)
        time.sleep(dice.uniform(0, 1.5))
    else:
        time.sleep(dice.uniform(0.2, 8))
    # Ansible's workers stand in sessions of their own; what the controller's namespace holds is all of the controller
    site.controller.end_processes()
    running.wait()
    time.sleep(IN_FLIGHT)
    assert until(lambda: not (files / "pending.json").exists(), 30), "the gateway did not go back by itself"
    left = ours(site.lab.gateway)
    next_boot.command("nft", "-f", str(files / "confirmed.nft"))
    assert ours(next_boot) == left, "the gateway would boot with something else than it holds"
    assert site.play("msexchange.firewall.site", "--limit", site.gateway, variables=SETTINGS).returncode == 0
    assert left in (before, ours(site.lab.gateway)), "the gateway held neither the old rules nor the new"
    assert before != ours(site.lab.gateway), "nothing was to be changed, so nothing was tried"
    assert site.lab.gateway.command("nft", "list", "table", "ip", "others") == theirs
