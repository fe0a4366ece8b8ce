"""Malformed files of every kind through a whole build: passages, terms, vectors, and a search."""

import os
from pathlib import Path

import numpy as np
import pytest

from index.operations.inspection import inspect, verify_snapshot
from index.snapshots.snapshot import Snapshot
from tests.index.support.hostile_files import KINDS
from tests.index.support.hostile_parts import FULL, SMALL
from tests.index.support.hostile_run import STATUS, build

SLOW = int(os.environ.get("KHAZAR_HOSTILE", "0")) >= 1000
EACH = 10 if SLOW else 1


@pytest.mark.slow
@pytest.mark.timeout(7200 if SLOW else 600)
def test_an_index_of_malformed_files(tmp_path: Path) -> None:
    built = build(tmp_path, EACH, FULL if SLOW else SMALL, timeout=7000 if SLOW else 500)
    assert built.files == EACH * len(KINDS)
    assert built.articles > EACH
    assert all(len(problem.splitlines()) == 1 for problem in built.problems)
    folder = inspect(tmp_path / "index").folder
    checked = verify_snapshot(folder)
    assert (checked.passages, checked.findings) == (built.passages, ())
    snapshot = Snapshot.open(folder)
    assert len(list(snapshot.articles())) == built.articles
    vector = np.zeros(snapshot.manifest.dimension, dtype=np.float32)
    vector[0] = 1
    hits = snapshot.search_vectors(vector, 10)
    assert len(hits.rows) == 10
    assert np.isfinite(hits.scores).all()
    if not STATUS.exists():
        pytest.skip("no /proc here to measure memory by")
    assert built.peak < 1_000_000_000
