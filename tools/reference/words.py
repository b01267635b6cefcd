# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog's own words in plain English, as readers of the site meet them. A word without a sentence is an error."""

from __future__ import annotations

ENCRYPTION = {
    "": "not said",
    "none": "none",
    "starttls": "STARTTLS",
    "tls": "TLS",
    "rpc": "RPC encryption",
    "kerberos": "Kerberos",
    "ipsec": "IPsec",
    "varies": "depends on settings",
}
CONFIDENCE = {
    "confirmed": "a document says so for these versions",
    "inferred": "follows from a document; the remarks say how",
    "unconfirmed": "believed, and not read anywhere; never open by default",
}
SUPPORT = {
    "supported": "supported",
    "superseded": "right for its own versions, gone from later ones",
    "unsupported": "not supported; no rule ever comes of it",
    "not_implemented": "nothing in Exchange listens; no rule ever comes of it",
}
READ = {
    "full": "read whole",
    "excerpt": "read in part; what is cited lies in that part",
    "copy": "a copy or a retelling by somebody else",
    "recalled": "known, and not readable any more; never alone behind a number",
}
SCOPE = {
    "same_routing_group": "within one routing group",
    "other_routing_group": "between routing groups",
    "same_site": "within one site",
    "same_dag": "within one database availability group",
}
NETWORK = {"replication": "on the replication network where there is one"}
DIRECTION = {
    "to_listener": "the same way as the first connection",
    "to_initiator": "back, from the listener to the initiator",
    "both": "both ways",
}
HELPER = {"dcerpc": "RPC inspection (dcerpc)", "h323": "H.323 inspection", "": "none"}
#: how a flow becomes a rule, in the order in which pages list it
STATES = {
    "default": "By default",
    "feature": "With a feature",
    "boundary": "Only where the support boundary is narrowed",
    "asked": "Only when asked for by id",
    "never": "Never",
}
