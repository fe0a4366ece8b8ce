"""A model that tests may damage."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def model_copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))
