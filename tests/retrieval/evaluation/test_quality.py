import json
from pathlib import Path

import pytest

from retrieval.errors import QuestionFileError
from retrieval.evaluation.quality import (
    MeasuredRun,
    check_figures,
    document,
    insert_figures,
    load_measurements,
)
from tests.support.paths import ROOT

DATA = ROOT / "tests" / "data" / "measurements.json"
DOCUMENT = ROOT / "docs" / "measurements.md"


def measured_run(**figures: float) -> MeasuredRun:
    return MeasuredRun.model_validate(
        {
            "title": "News",
            "index": "news",
            "command": ["eval", "{shared}/eval/news_dev.jsonl"],
            "settings": {"KHAZAR_RETRIEVAL__RERANKER": "none"},
            "expected": {
                "fa": {"figures": {"n": 100, **figures}, "intervals": {"P@1": [0.7, 0.9]}},
                "en": {"figures": {"n": 100, "auc": 0.9}},
            },
        }
    )


@pytest.mark.parametrize(
    ("name", "measured", "verdict"),
    [
        ("P@1", 0.8, "ok"),
        ("P@1", 0.79, "ok"),
        ("P@1", 0.78, "near"),
        ("P@1", 0.77, "near"),
        ("P@1", 0.76, "FAIL"),
        ("P@1", 0.95, "near"),
        ("missed", 0.84, "FAIL"),
        ("missed", 0.7, "near"),
    ],
)
def test_a_figure_may_be_off_by_a_few_questions(name: str, measured: float, verdict: str) -> None:
    run = measured_run(**{name: 0.8})
    figures = {"fa": {"n": 100, name: measured}}
    checked = [one for one in check_figures(run, figures, 1, 3) if one.name == name]
    assert [(one.group, one.verdict) for one in checked] == [("fa", verdict)]


def test_a_figure_that_was_not_measured_fails() -> None:
    checked = list(check_figures(measured_run(), {"fa": {"n": 100}}, 1, 3))
    assert [(one.group, one.name, one.measured, one.verdict) for one in checked] == [
        ("fa", "n", 100, "ok"),
        ("en", "n", None, "FAIL"),
        ("en", "auc", None, "FAIL"),
    ]


def test_a_document_gets_the_commands_and_their_figures() -> None:
    measurements = load_measurements(DATA).model_copy(
        update={"runs": [measured_run(**{"P@1": 0.8123})]}
    )
    figures = document(measurements)
    assert "    KHAZAR_RETRIEVAL__RERANKER=none python -m retrieval eval " in figures
    assert "eval/news_dev.jsonl\n\n| questions | n | P@1 | auc |\n" in figures
    assert figures.endswith("| fa | 100 | 0.812 (0.700–0.900) |  |\n| en | 100 |  | 0.900 |\n")
    text = "before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n"
    assert insert_figures(text, "new\n") == text.replace("old", "new")
    with pytest.raises(QuestionFileError, match="needs the lines <!-- figures: begin"):
        insert_figures("before\n", "new\n")


def test_the_measurements_page_has_the_expected_figures() -> None:
    """If it has not: `python -m retrieval.evaluation.quality document` with both files."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert insert_figures(text, document(load_measurements(DATA))) == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("[1]", "measurements.json: must be a table of keys and values"),
        (json.dumps({"ok": 1, "near": 3}), "runs: missing"),
    ],
)
def test_a_file_of_figures_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "measurements.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionFileError, match=message):
        load_measurements(path)
