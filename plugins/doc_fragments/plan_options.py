# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that decide the plan, shared by every plugin that needs one."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  narrow_support_boundary:
    description:
      - Since Exchange 2007 Microsoft does not support filtering between internal Exchange servers, or between them
        and domain
        controllers. By default all traffic is allowed there.
      - To get exact rules there all the same, write V(I know that Microsoft does not support this). Any other text
        is refused.
    type: str
  resolve_names:
    description:
      - Resolves host names in C(exchange_addresses), C(exchange_replication_addresses) and
        C(exchange_virtual_addresses), or in C(ansible_host) where it stands in for the first, on the controller.
        All addresses of a name are taken, and the plan keeps them with it.
      - By default a name is a problem, since what a name resolves to may change between the plan and its use.
    type: bool
    default: false
"""
