# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices as the core drives them: a module that runs on the host of the task, and connections that can be renewed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.loader import connection_loader

from ..platforms.applying import DeviceError, DeviceSilent

# no connection of before may be used, and one that is cut in the middle is noticed within ten seconds
_FRESH_SSH = (
    "-o ControlMaster=no -o ControlPath=none -o ConnectTimeout=5 -o ServerAliveInterval=3 -o ServerAliveCountMax=2"
)
# what a connection decides for Windows when it is made, from variables of the host
_OF_WINDOWS = ("allow_executable", "always_pipeline_modules", "has_native_async", "module_implementation_preferences")


class NftablesDevice:
    """A Linux gateway, reached by whatever connection its host has, through the module nftables_table."""

    MODULE = "msexchange.firewall.nftables_table"
    OPTIONS = ("directory", "boot_unit")

    def __init__(self, action: Any, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> None:
        self.action = action
        self.first = action._connection
        self.task_vars = task_vars
        self.always = {name: arguments[name] for name in self.OPTIONS}

    def __call__(self, operation: str, **options: Any) -> dict[str, Any]:
        with _device_errors():
            result = self.action._execute_module(
                module_name=self.MODULE,
                module_args={"operation": operation, **self.always, **options},
                task_vars=self.task_vars,
            )
            if result.get("unreachable"):
                raise AnsibleConnectionFailure(result.get("msg", "unreachable"))
            if result.get("failed"):
                raise AnsibleActionFail(result.get("msg", f"{operation} failed"), result=result)
            return result

    def renew(self) -> None:
        with _device_errors():
            self.action._connection = fresh_connection(self.action, self.first)

    def drop(self) -> None:
        """A master connection that was cut would let every later step of this task wait for minutes."""
        with _device_errors():
            self.first.reset()


class WindowsDevice(NftablesDevice):
    """A Windows host, through the module windows_rules."""

    MODULE = "msexchange.firewall.windows_rules"
    OPTIONS = ()

    def __init__(self, action: Any, arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> None:
        super().__init__(action, arguments, task_vars)
        # a play may say become: true for its Linux hosts; whoever manages Windows is an administrator already
        self.first.set_become_plugin(None)

    def drop(self) -> None:
        """Only ssh has a master to end. WinRM and PSRP would log in again, which may hang on a way that is cut."""
        if is_ssh(self.first):
            super().drop()


#: platforms that can be applied, not only rendered
DEVICES: dict[str, Callable[..., Any]] = {"nftables": NftablesDevice, "windows": WindowsDevice}


@contextmanager
def _device_errors() -> Iterator[None]:
    """Ansible's errors as the core knows them; the first ones stay their cause."""
    try:
        yield
    except AnsibleConnectionFailure as error:
        raise DeviceSilent(str(error)) from error
    except AnsibleError as error:
        result = getattr(error, "result", None) or {}
        # a module that was ended in the middle leaves its raw output instead of a result
        unsure = "module_stdout" in result or result.get("still_loaded")
        raise (DeviceSilent if unsure else DeviceError)(str(error)) from error


def is_ssh(connection: Any) -> bool:
    return connection._load_name.rsplit(".", 1)[-1] == "ssh"


def fresh_connection(action: Any, old: Any) -> Any:
    """A new connection with a new login: nothing that was open before the change may carry the confirmation.

    WinRM and PSRP log in when a connection is used first, with a shell or runspace of its own; so a new object will do.
    """
    connection = connection_loader.get(
        old._load_name,
        action._play_context,
        new_stdin=None,
        task_uuid=action._task._uuid,
        ansible_playbook_pid=str(os.getppid()),
    )
    connection._options = dict(old._options)
    connection._shell = copy(old._shell)
    connection._shell.tmpdir = None
    connection.set_become_plugin(old.become)
    for name in _OF_WINDOWS:
        if getattr(connection, name, None) != getattr(old, name, None):
            setattr(connection, name, getattr(old, name))
    if is_ssh(old):
        # the first of two equal options counts for ssh, so these go ahead of what the user has
        connection.set_option("ssh_args", f"{_FRESH_SSH} {old.get_option('ssh_args') or ''}".strip())
        # one login for a module instead of four; with sudo that depends on the gateway's settings
        connection.set_option("pipelining", bool(old.get_option("pipelining") or old.become is None))
    return connection
