"""A published snapshot of two articles."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.indexing.builder import BuildReport
from index.settings import IndexSettings
from tests.index.support.small_snapshot import ARTICLES, SETTINGS


@pytest.fixture
def built(build_index: Callable[..., tuple[IndexSettings, BuildReport]]) -> Path:
    """Publish a snapshot of `ARTICLES` and return its folder."""
    _, report = build_index(*ARTICLES, **SETTINGS)
    return report.snapshot


@pytest.fixture
def directory(built: Path) -> Path:
    return built.parent.parent
