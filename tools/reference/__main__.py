# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m reference TARGET: writes the sources of the site, as docs.py hands them to Sphinx."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ansible_collections.msexchange.firewall.plugins.plugin_utils.catalog.load import CATALOG, load

from . import facts, handwritten, pages

HERE = Path(__file__).parent


def main() -> int:
    target = Path(sys.argv[1])
    root = CATALOG.parent
    (target / "_static").mkdir(parents=True, exist_ok=True)
    guides = handwritten.copy(root, target)
    pages.write(pages.site(load(), root, guides, facts.read(CATALOG)), target)
    shutil.copyfile(HERE / "static" / "site.css", target / "_static" / "site.css")
    shutil.copyfile(HERE / "conf.py", target / "conf.py")
    return 0


if __name__ == "__main__":
    sys.exit(main())
