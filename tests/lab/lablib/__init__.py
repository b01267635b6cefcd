# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: namespaces, packets, real calls and a second reading of the catalog."""
