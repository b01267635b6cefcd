# SPDX-License-Identifier: GPL-3.0-or-later
"""Lab tests need root, network namespaces, nft and sshd; where one is missing they are skipped and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lablib.site import NAMES, Site, missing_tools


def skip_without_lab() -> None:
    lacking = missing_tools()
    if lacking:
        pytest.skip(f"the lab needs {', '.join(lacking)}")


@pytest.fixture(scope="module", autouse=True)
def _able(request: pytest.FixtureRequest) -> None:
    if not getattr(request.module, "RUNS_ANYWHERE", False):
        skip_without_lab()


def enforced(example: str) -> Iterator[Site]:
    skip_without_lab()  # before the module's fixture, since a session's come first
    with Site(example) as site:
        site.apply("enforce")
        yield site


@pytest.fixture(scope="session")
def article() -> Iterator[Site]:
    """The article's organization behind a gateway in `enforce`."""
    yield from enforced("article")


@pytest.fixture(scope="session")
def current() -> Iterator[Site]:
    """The current organization behind a gateway in `enforce`."""
    yield from enforced("current")


@pytest.fixture(scope="module", params=NAMES)
def example(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Every example in turn; the two that other files use too are set up once."""
    if request.param in ("article", "current"):
        yield request.getfixturevalue(request.param)
    else:
        yield from enforced(request.param)
