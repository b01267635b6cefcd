# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the pages of the reference site from the catalog, as reStructuredText that Sphinx makes a site of."""
