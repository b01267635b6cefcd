# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands for WinRM and PSRP, which cannot run here: a connection to this machine that writes down what it is used for.

Each object is a login of its own, as theirs are. MSX_CUT names the logins that find nobody: "3,4".
"""

from __future__ import annotations

import os
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: msx_recorded
short_description: a connection that is written down
description: For tests. It runs commands on this machine.
extends_documentation_fragment: [connection_pipelining]
"""


class Connection(Local):
    """The file MSX_LOGINS has a line for each command: number of the login, and whether it was to become somebody."""

    transport = "msx_recorded"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.number = 0

    def exec_command(self, cmd, in_data=None, sudoable=True):
        """Log in where that was not done yet, as they do."""
        book = Path(os.environ["MSX_LOGINS"])
        lines = book.read_text(encoding="utf-8").splitlines() if book.exists() else []
        if not self.number:
            self.number = 1 + max((int(line.split()[0]) for line in lines), default=0)
        with book.open("a", encoding="utf-8") as file:
            file.write(f"{self.number} {self.become.name if self.become else '-'}\n")
        if str(self.number) in os.environ.get("MSX_CUT", "").split(","):
            raise AnsibleConnectionFailure(f"login {self.number} finds nobody")
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
