# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine for PowerShell, and emulated hosts; without an engine the tests are skipped and say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Driver, Host, find_pwsh, why_no_ansible


@pytest.fixture(scope="session")
def pwsh() -> str:
    found = find_pwsh()
    if not found:
        pytest.skip("no pwsh of the lab: name one in MSX_PWSH, or have ../shared/pwsh beside the repository")
    return found


@pytest.fixture(scope="session")
def driver(pwsh: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    driver = Driver(pwsh, tmp_path_factory.mktemp("driver"))
    yield driver
    driver.close()


@pytest.fixture
def new_host(tmp_path: Path) -> Any:
    def make(rules: dict[str, str] | None = None, **settings: object) -> Host:
        return Host(tmp_path / "host", rules, **settings)

    return make


@pytest.fixture(scope="session")
def with_ansible(pwsh: str) -> str:
    reason = why_no_ansible()
    if reason:
        pytest.skip(reason)
    return pwsh
