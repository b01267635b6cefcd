# Copyright (c) 2026, msexchange.firewall contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems of the inventory: found while it is read and while the plan is made of it."""

from __future__ import annotations

from .kind import Kind

TITLE = "The inventory"
ABOUT = (
    "Found before anything is rendered or sent; no device is contacted. The message names the inventory host and the "
    "variable. [inventory.md](inventory.md) explains each variable."
)
KINDS = {
    "address-twice": Kind(
        "An address with two owners",
        "Two hosts have the same address, or one host has it as its serving and as its replication address. Nothing "
        "could tell whose packets they are.",
        "Give each host its own. A shared virtual address belongs to a host of its own with `exchange_party: "
        "load_balancer`.",
    ),
    "bad-endpoints": Kind(
        "An endpoint file that cannot be used",
        "The file of `exchange_online_endpoints` is missing, is not in the format of Microsoft's endpoint service, "
        "or its day is missing or still to come.",
        "Save the answer of the service again, and say the day; "
        "[inventory.md](inventory.md#exchange_online_endpoints) shows how.",
    ),
    "bad-flow": Kind(
        "A flow of one's own with a mistake",
        "An entry of `exchange_extra_flows` is not as the catalog's schema has it.",
        "Mend the field that the message names; [inventory.md](inventory.md#exchange_extra_flows) lists them.",
    ),
    "bad-host-name": Kind(
        "A host name that cannot be written down",
        "The inventory name of a host holds characters that cannot be printed, or that of a gateway a slash or more "
        "than 200 bytes. It becomes a part of messages and of comments on the gateway, a gateway's also of file names.",
        "Rename the host in the inventory and put the name it is reached by into `ansible_host`.",
    ),
    "bad-override": Kind(
        "An override that cannot be",
        "An entry of `exchange_flow_overrides` has a mistake, lacks its reason, or asks for what the flow cannot do.",
        "Mend the field that the message names; [inventory.md](inventory.md#exchange_flow_overrides) lists them.",
    ),
    "bad-value": Kind(
        "A value of the wrong kind",
        "The variable is set, but not to what it holds: a mapping in place of a list, a word in place of an address, a "
        "network with bits behind its prefix, a port outside 1 to 65535.",
        "Write what the message says was expected. Quote words in YAML that it would take for something else, such as "
        "`no` or `1.10`.",
    ),
    "empty": Kind(
        "Nothing of Exchange",
        "No host of the inventory has an Exchange version, a party or zones, so there is nothing to plan.",
        "Check that it is the right inventory, that its `group_vars` lie beside it, and that names of groups are the "
        "same in both.",
    ),
    "everything": Kind(
        "A party that is everybody",
        "A party of `exchange_networks`, or `exchange_management_networks`, holds `0.0.0.0/0` or `::/0`.",
        "Name the networks that it really has. Whoever is declared nowhere is the Internet already.",
    ),
    "feature-not-in-version": Kind(
        "A feature that this server cannot have",
        "The feature does not exist for the host's server roles in its version of Exchange.",
        "Select it on the servers that the message names, or correct version or roles. Where it came by "
        "`exchange_feature_groups`, the host is in the wrong group.",
    ),
    "feature-without-peer": Kind(
        "A feature with nobody at its other end",
        "A flow opens where both its ends have the feature. No other host or network of the inventory is the end that "
        "is missing.",
        "Declare the other end as the message says, or take the feature away.",
    ),
    "feature-without-server": Kind(
        "A feature on a host that is no server",
        "Features belong to Exchange servers. The host is another party, or nothing at all.",
        "Select it on the servers, or give the host its `exchange_version` and `exchange_roles`.",
    ),
    "fleet-differs": Kind(
        "Two hosts disagree on a fleet variable",
        "A variable that counts for a whole organization has two values, often since a group's variables replace those "
        "of another.",
        "Set it once, in `group_vars/all` or for the group of all hosts of the organization. Two organizations need "
        "different `exchange_organization`.",
    ),
    "flow-id-taken": Kind(
        "Two flows with one id",
        "A flow of one's own has the id of a flow of the catalog, or of another one of its own.",
        "Choose another id. To change a flow of the catalog, use `exchange_flow_overrides`.",
    ),
    "flow-refused": Kind(
        "A flow that is never opened",
        "Exchange never had it or never supported it, so there is nothing to override.",
        "Use the alternative that the message names.",
    ),
    "internet-declared": Kind(
        "The Internet is declared",
        "`exchange_networks` has a key `internet`. The Internet is whatever no network and no host of the inventory "
        "holds.",
        "Take the key away.",
    ),
    "job-slice": Kind(
        "A slice of a job",
        "AWX runs this job as a slice: it has a part of the hosts only, and the rules of all others would go.",
        "Set `job_slice_count` of the job template to 1, or name all servers in `exchange_expected_servers`. See "
        "[awx.md](awx.md).",
    ),
    "late-host": Kind(
        "A host that came after the plan",
        "The host was added to the inventory during the play (`add_host`, `refresh_inventory`), after the "
        "plan was made.",
        "Add hosts before the first task that plans, or in an earlier play.",
    ),
    "missing-servers": Kind(
        "Servers that should be there",
        "`exchange_expected_servers` names servers that the inventory does not have as Exchange servers of this "
        "organization.",
        "Bring the whole inventory, or take out of the list what is gone for good.",
    ),
    "network-twice": Kind(
        "A network with two owners",
        "The same prefix is declared for two parties, or is the address of a host. The longest prefix decides whose an "
        "address is, and equal ones cannot.",
        "Leave it with one of them, or split it into longer prefixes.",
    ),
    "no-address": Kind(
        "A host without an address",
        "`exchange_addresses` is not set, and what stands in for it (`ansible_host`, else the inventory name) is no "
        "address that other hosts can reach, or belongs to whatever forwards the port.",
        "Set `exchange_addresses`. Names are looked up with `exchange_plan_resolve_names: true`.",
    ),
    "no-dynamic-range": Kind(
        "Unknown dynamic ports",
        "A flow ends at the host and continues on a dynamic RPC port. Which range it comes from depends on the "
        "Windows that the host runs.",
        "Set `exchange_windows_version`, or the range itself in `exchange_dynamic_ports`, or fixed ports in "
        "`exchange_static_ports`. A party that is declared as a network must become hosts.",
    ),
    "no-roles": Kind(
        "A version without server roles",
        "The host has `exchange_version`, but neither it nor its groups say which server roles it has.",
        "Set `exchange_roles`, or name one of its groups in `exchange_role_groups`. If it is no Exchange server, set "
        "the version for the servers' group alone.",
    ),
    "no-version": Kind(
        "Server roles without a version",
        "The host has server roles, but no `exchange_version`. Ports differ between versions.",
        "Say which Exchange it runs.",
    ),
    "not-a-balancer": Kind(
        "A variable of load balancers",
        "The host is no load balancer and has a variable that only means something for one.",
        "Take it away, or set `exchange_party: load_balancer`.",
    ),
    "not-from-inventory": Kind(
        "A variable that this task sees alone",
        "A play, a role, a task or `-e` gives the variable another value than the inventory. The plan is made for all "
        "hosts at once, from the inventory.",
        "Set it in the inventory, in `host_vars` or `group_vars`. Options (`exchange_plan_*`, `exchange_appliance_*`) "
        "may stand anywhere.",
    ),
    "one-zone": Kind(
        "A gateway with one zone",
        "`exchange_zones` names one zone only. A gateway judges what goes from one zone to another.",
        "Name every interface or zone and the networks behind it; `0.0.0.0/0` is the way to the Internet.",
    ),
    "online-twice": Kind(
        "Exchange Online said twice",
        "Its addresses come from the endpoint file, and stand in `exchange_networks` too.",
        "Take them out of one of the two.",
    ),
    "orphan": Kind(
        "A variable without a server",
        "The host has replication addresses or fixed ports, but neither `exchange_version` nor `exchange_party`.",
        "Say what the host is, or take the variable away.",
    ),
    "part-of-inventory": Kind(
        "Signs of half an inventory",
        "Besides other problems, groups that the inventory's variables name have no host, or there are no groups "
        "at all, as in a smart inventory.",
        "Give the job the whole inventory with its groups. See [awx.md](awx.md).",
    ),
    "published-family": Kind(
        "Published in another address family",
        "An IPv4 address is published as an IPv6 one, or the other way about.",
        "Publish within one family; for both write two pairs.",
    ),
    "published-stranger": Kind(
        "A published address of somebody else",
        "A real address in `exchange_published_addresses` is none of this host.",
        "Write the pairs to the host that has the real address.",
    ),
    "published-twice": Kind(
        "A published address that is taken",
        "The public address is an address of a host already, or is published for another one.",
        "Each public address stands for one real address.",
    ),
    "refused-feature": Kind(
        "A feature that is never opened",
        "Nothing listens on these ports: Exchange never had the feature, or never supported it.",
        "Take it away; the message gives the reason and the alternative.",
    ),
    "role-not-in-version": Kind(
        "A server role that this version lacks",
        "Server roles changed from version to version; this one and the host's version never met.",
        "Correct one of the two; the message lists the roles that the version has.",
    ),
    "servers-without-balancer": Kind(
        "Servers behind something else",
        "`exchange_servers` is set on a host that is no load balancer.",
        "Set `exchange_party: load_balancer`, or take the variable away.",
    ),
    "two-parties": Kind(
        "A host that is two parties",
        "`exchange_party` and `exchange_party_groups` name different parties, or two groups of the host do.",
        "Leave one. A machine that serves as two needs two inventory hosts with an address each.",
    ),
    "unknown-feature": Kind(
        "No such feature",
        "The word is no feature of the catalog.",
        "Write one of the choices; `catalog/features/` explains each.",
    ),
    "unknown-flow": Kind(
        "No such flow",
        "`exchange_flow_overrides` names an id that the catalog does not have.",
        "Take the id from a question to the catalog. Flows of one's own are changed where they stand.",
    ),
    "unknown-follow": Kind(
        "No such second connection",
        "`exchange_static_ports` fixes ports of something that no flow of the catalog opens.",
        "Write one of the choices, for example `rpc`.",
    ),
    "unknown-group": Kind(
        "A group that nobody is in",
        "A table of groups names a group without a host, and a group with nearly the same name has some.",
        "Mend the name, or take an empty group out of the table.",
    ),
    "unknown-party": Kind(
        "No such party",
        "The word is no party of the catalog and of no flow of your own, or is a server role, which goes into "
        "`exchange_roles`.",
        "Write one of the choices; `catalog/parties.yml` explains each.",
    ),
    "unknown-platform": Kind(
        "No such platform",
        "A host with `exchange_zones` has no platform that rules can be made for.",
        "Set `exchange_platform` to one of the choices.",
    ),
    "unknown-server": Kind(
        "No such server behind the load balancer",
        "`exchange_servers` names something that is no Exchange server of the inventory.",
        "Write inventory names, not addresses or DNS names. A job that sees a part of the inventory lacks servers.",
    ),
    "unknown-server-role": Kind(
        "No such server role",
        "The word is no Exchange server role, or is a party, which goes into `exchange_party`.",
        "Write one of the choices.",
    ),
    "unknown-variable": Kind(
        "A variable that nothing reads",
        "Its name differs by a slip from one that is read. It would be ignored.",
        "Correct the name. If it is meant for something else, choose a name that is less alike.",
    ),
    "unknown-version": Kind(
        "No such Exchange version",
        "The word is no version of the catalog.",
        "Write one of the choices; cumulative updates do not belong there.",
    ),
    "unknown-windows": Kind(
        "No such Windows version",
        "The word is no Windows Server version of the catalog.",
        "Write one of the choices; R2 counts as its base.",
    ),
    "unreadable": Kind(
        "A value that cannot be worked out",
        "The variable is a template with an error or an undefined variable in it, or is vaulted and the secret was not "
        "given.",
        "Mend the template or give the secret (`--vault-id`). Only variables that are read matter.",
    ),
    "unresolved": Kind(
        "A name without an address",
        "Names were to be resolved, and the controller's resolver knows no address of this one.",
        "Correct the name or the resolver, or write the addresses.",
    ),
    "zones-overlap": Kind(
        "A network in two zones",
        "The same prefix stands in two zones of one gateway.",
        "Leave it in the zone where it is. Nested prefixes are fine, the longest one decides.",
    ),
}
