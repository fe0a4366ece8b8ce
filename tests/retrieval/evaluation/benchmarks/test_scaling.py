"""The scaling benchmark: its archives, both ways to build them, and recall; nothing is timed."""

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from index.search_index import Hits
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from retrieval.evaluation.benchmarks import scaling
from retrieval.evaluation.benchmarks.scaling import recall
from retrieval.evaluation.benchmarks.varied_archive import vary_articles
from tests.retrieval.support.archive import ARCHIVE
from tests.support.word_encoder import WordEncoder

QUESTION = {
    "kind": "answerable",
    "article": "wrestling",
    "paragraph": 0,
    "also": [],
    "q_fa": "حسن یزدانی چه کسی را شکست داد؟",
    "q_en": "Whom did Hassan Yazdani beat?",
}


@pytest.fixture
def real(build_index) -> Path:
    settings, _ = build_index(*ARCHIVE, min_passage_tokens=0)
    return settings.directory


def test_an_archive_begins_with_the_real_articles_and_goes_on_with_variations() -> None:
    found = list(islice(vary_articles(ARCHIVE), 7))
    assert found[:3] == list(ARCHIVE)
    assert [one.id for one in found[3:]] == [f"generated-{number}" for number in range(4, 8)]
    for copy, one in zip(found[3:], ARCHIVE, strict=False):
        assert [len(text.split()) for text in copy.paragraphs] == [
            len(text.split()) for text in one.paragraphs
        ]
        assert copy.paragraphs != one.paragraphs
        assert (copy.code, copy.link) == (None, None)
    assert found == list(islice(vary_articles(ARCHIVE), 7))


@pytest.mark.parametrize("from_analyses", [False, True])
def test_an_index_is_built_and_asked(
    real: Path,
    tmp_path: Path,
    word_encoder: WordEncoder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    from_analyses: bool,
) -> None:
    monkeypatch.setattr(scaling, "load_encoder", lambda _: word_encoder)
    chosen = IndexSettings(min_passage_tokens=0)
    monkeypatch.setattr(IndexSettings, "load", lambda: chosen)
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(QUESTION), encoding="utf-8")
    directory = tmp_path / "growth"
    scaling.build(40, real, directory, from_analyses=from_analyses)
    scaling.ask(40, questions, real, directory)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert json.loads((directory / "growth.json").read_text(encoding="ascii")) == [found]
    assert (found["size"], found["from_analyses"]) == (40, from_analyses)
    assert 35 <= found["passages"] <= 45
    assert found["recall_at_10"] == 1
    snapshot = Snapshot.open_current(directory / "40")
    varied = snapshot.article("generated-4")
    assert varied is not None
    rows = snapshot.article_rows("generated-4").tolist()
    texts = [passage.text for passage in snapshot.passages(rows)]
    assert texts == [varied.abstract, *varied.paragraphs]
    assert snapshot.vectors(rows).tolist() != snapshot.vectors(range(len(rows))).tolist()


ANGLES = [*(0.05 * row for row in range(9)), 0.5, 0.5, 3.0]


class FixedHits:
    """An index of twelve passages, the tenth as near as the eleventh, that finds some rows."""

    facts = SimpleNamespace(passages=len(ANGLES))

    def __init__(self, rows: list[int]) -> None:
        self._hits = Hits(np.array(rows, np.int64), np.ones(len(rows), np.float32))

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        angles = np.array([ANGLES[row] for row in rows], np.float32)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def search_vectors(self, *_: object) -> Hits:
        return self._hits


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([*range(10)], 1.0),
        ([10, *range(9)], 1.0),
        ([11, *range(9)], 0.9),
        ([0, 1, 2], 0.3),
        ([], 0.0),
    ],
    ids=["nearest", "a tie", "one is far", "too few", "none"],
)
def test_recall_counts_what_is_as_near_as_the_last_of_the_nearest(
    rows: list[int], share: float
) -> None:
    question = np.array([[1, 0]], np.float32)
    assert recall(FixedHits(rows), question) == pytest.approx(share)


def test_a_passage_that_is_found_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="twice"):
        recall(FixedHits([0, 0, 1]), np.array([[1, 0]], np.float32))
