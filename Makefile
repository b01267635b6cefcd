# SPDX-License-Identifier: GPL-3.0-or-later
# Everything is made in .work/; system packages come by apt-get where you are root, and are named where you are not.
# `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help demo test test-matrix lint catalog bench sweep soak docs cases problems features build clean

PYTHON := tools/python
DEV := .work/dev/bin/python
RUN = PYTHONPATH=.work/collections $(DEV)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

.work/ready: tools/environments.toml tools/requirements-dev.txt tests/unit/requirements.txt
	@echo "making .work/dev, a private Python environment; this takes a minute once"
	@$(PYTHON) tools/environments.py dev
	@touch $@

demo: .work/ready ## plan, look, apply, prove with packets, be locked out, get back: in about a minute
	@$(PYTHON) tools/system_packages.py
	@$(RUN) tests/lab/demo

test: ## all checks, with the newest and the oldest ansible-core that this machine's Pythons run
	@$(PYTHON) tools/check.py

test-matrix: ## units, plays and sanity with every ansible-core from 2.16 to 2.21
	@$(PYTHON) tools/check.py matrix

lint: .work/ready ## formatter and linter alone
	@.work/dev/bin/ruff check . && .work/dev/bin/ruff format --check .

catalog: .work/ready ## the rules of the catalog, each breach with file, entry and way out
	@$(DEV) tools/catalog.py

bench: .work/ready ## the figures that the project promises, as ratios
	@$(RUN) tests/bench/bench.py

sweep: .work/ready ## every TCP and UDP port between all parties of all examples, with packets; takes an hour or more
	@$(PYTHON) tools/system_packages.py
	@$(RUN) tests/lab/sweep

SOAK_MINUTES ?= 30
soak: sweep ## everything that takes long; SOAK_MINUTES=30 is for the last part, one gateway under everything at once
	@MSX_LAB_ROUNDS=1500 $(RUN) -m pytest -q -rs tests/lab/test_second_reading.py
	@MSX_BROKEN_INPUTS=10000 $(RUN) -m pytest -q -rs tests/unit/test_broken_inputs.py
	@MSX_LAB_KILLS=200 MSX_LAB_CONTROLLER_KILLS=20 $(RUN) -m pytest -q -rs tests/lab/test_kills.py tests/lab/test_controller_kills.py
	@MSX_WINDOWS_SETS=300 MSX_WINDOWS_KILLS=200 $(RUN) -m pytest -q -rs tests/windows
	@MSX_LAB_TOPOLOGIES=300 $(RUN) -m pytest -q -rs tests/lab/test_generated.py
	@$(RUN) tests/lab/soak --minutes $(SOAK_MINUTES)

docs: ## the reference site, from the catalog and docs/, in .work/docs-site/html
	@$(PYTHON) tools/environments.py docs
	@$(PYTHON) tools/docs.py

cases: .work/ready ## rewrite the expected results in tests/cases
	@$(RUN) tests/update_cases.py

problems: .work/ready ## rewrite docs/problems.md
	@$(RUN) tools/problems.py

features: .work/ready ## rewrite docs/features.md
	@$(RUN) tools/features.py

build: .work/ready ## the collection's tarball in .work/build
	@$(PYTHON) tools/build.py

clean: ## remove all that was made here
	rm -rf .work
