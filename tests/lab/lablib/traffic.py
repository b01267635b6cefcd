# SPDX-License-Identifier: GPL-3.0-or-later
"""Steady traffic through a gateway: connections that live as long as the test, and new ones all the time.

The functions run inside a namespace's worker; the threads go on between its calls.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass

from .calls import bound

PAUSE = 0.05  # seconds between two words of a connection
PATIENCE = 5.0  # seconds that a word may take: a lost packet is sent again by then, a cut connection stays silent


@dataclass
class Tally:
    """What one namespace's callers saw."""

    held: int = 0
    words: int = 0
    lost: int = 0
    asked: int = 0
    refused: int = 0


TALLY = Tally()
RUNNING = threading.Event()


def hold(source: str, destination: str, port: int, number: int) -> None:
    """Open connections, and speak on each until `end`."""
    RUNNING.set()
    for _each in range(number):
        caller = bound(socket.SOCK_STREAM, source, 0)
        caller.settimeout(PATIENCE)
        caller.connect((destination, port))
        TALLY.held += 1
        threading.Thread(target=_speak, args=(caller,), daemon=True).start()


def ask(source: str, destination: str, port: int) -> None:
    """Open, ask, hear and close until `end`."""
    RUNNING.set()
    threading.Thread(target=_ask, args=(source, destination, port), daemon=True).start()


def tally() -> Tally:
    return TALLY


def end() -> Tally:
    RUNNING.clear()
    time.sleep(PAUSE * 4)
    return TALLY


def _speak(caller: socket.socket) -> None:
    with caller:
        while RUNNING.is_set():
            if not _answered(caller):
                TALLY.lost += RUNNING.is_set()
                return
            TALLY.words += 1
            time.sleep(PAUSE)


def _ask(source: str, destination: str, port: int) -> None:
    while RUNNING.is_set():
        TALLY.asked += 1
        try:
            with bound(socket.SOCK_STREAM, source, 0) as caller:
                caller.settimeout(PATIENCE)
                caller.connect((destination, port))
                TALLY.refused += not _answered(caller)
        except OSError:
            TALLY.refused += 1
        time.sleep(PAUSE)


def _answered(caller: socket.socket) -> bool:
    try:
        caller.sendall(b"word")
        return caller.recv(4) == b"word"
    except OSError:
        return False
