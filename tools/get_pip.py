# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the get-pip that `ansible-test --venv` downloads: takes pip from the running Python instead."""

import ensurepip
import os
import subprocess
import sys

# ansible-test hands over pip's options; these two belong to get-pip alone.
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
ensurepip.bootstrap(default_pip=True)
# ensurepip points this at nothing, and pip would not know the machine's registry any more.
os.environ.pop("PIP_CONFIG_FILE", None)
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *arguments]))
