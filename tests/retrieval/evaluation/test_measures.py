import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import Retriever
from retrieval.errors import QuestionFileError
from retrieval.evaluation.eval_runs import (
    load_baseline,
    load_run,
    regressions,
    run_record,
    save_run,
)
from retrieval.evaluation.measures import (
    QueryResult,
    check_archive,
    compare,
    measure,
    read_questions,
    run_questions,
    standalone_queries,
)

QUESTIONS = [
    {
        "kind": "answerable",
        "article": "astrakhan",
        "paragraph": 1,
        "also": [],
        "style": "natural",
        "q_fa": "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟",
        "q_en": "a zebra",
    },
    {
        "kind": "answerable",
        "article": "pos",
        "paragraph": 3,
        "also": [0],
        "style": "keyword",
        "q_fa": "دستگاه POS پست بانک",
        "q_en": "POS ICT",
    },
    {"kind": "unanswerable", "q_fa": "پایتخت فرانسه کجاست؟", "q_en": "capital of France"},
    {
        "kind": "followup",
        "article": "astrakhan",
        "paragraph": 2,
        "first_fa": "استاندار چه گفت؟",
        "first_en": "What did he say?",
        "q_fa": "و صید؟",
        "q_en": "and fishing?",
    },
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "dev.jsonl"
    lines = (json.dumps(question, ensure_ascii=False) for question in QUESTIONS)
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return path


def outcome(
    relevant: tuple[bool, ...] = (), *, answerable: bool = True, probability: float = 0.5
) -> QueryResult:
    return QueryResult(
        key="1 fa",
        question="؟",
        language="fa",
        style="natural",
        answerable=answerable,
        relevant=relevant,
        same_article=relevant,
        found=probability >= 0.5,
        probability=probability,
        seconds=0.002,
    )


def test_answers_are_judged_by_article_and_paragraph(retriever: Retriever, questions: Path) -> None:
    outcomes = list(
        run_questions(retriever, standalone_queries(read_questions(questions), ["fa", "en"]))
    )
    assert [outcome.key for outcome in outcomes] == ["1 fa", "1 en", "2 fa", "2 en", "3 fa", "3 en"]
    first, _, also, _, unanswerable, _ = outcomes
    assert first.relevant == (True, False, False, False, False, False, False)[: len(first.relevant)]
    assert sum(first.same_article) == 4
    assert also.relevant[0]
    assert not unanswerable.answerable
    assert not any(unanswerable.relevant)
    measures = measure(outcomes)
    assert set(measures) == {"en", "en keyword", "en natural", "fa", "fa keyword", "fa natural"}
    assert measures["fa"]["P@1"] == measures["fa"]["auc"] == 1.0
    assert measures["fa"]["n"] == 2


def test_measures_are_what_their_names_say() -> None:
    right_third = (False, False, True, False, False)
    values = measure([outcome((True, True, False, False, False)), outcome(right_third)])["fa"]
    assert values["P@1"] == 0.5
    assert values["P@3"] == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert values["P@5"] == pytest.approx((2 / 5 + 1 / 5) / 2)
    assert values["MRR@10"] == pytest.approx((1 + 1 / 3) / 2)
    assert values["R@5"] == 1.0
    assert values["p50"] == pytest.approx(2.0)
    assert "auc" not in values


def test_what_is_not_retrieved_counts_as_missing() -> None:
    values = measure([outcome(()), outcome((False,) * 5 + (True,))])["fa"]
    assert values["R@5"] == 0
    assert values["R@10"] == 0.5
    assert values["MRR@10"] == pytest.approx(1 / 12)


def test_found_is_measured_against_unanswerable_questions() -> None:
    outcomes = [
        outcome((True,), probability=0.9),
        outcome((True,), probability=0.3),
        outcome(answerable=False, probability=0.6),
        outcome(answerable=False, probability=0.1),
    ]
    values = measure(outcomes)["fa"]
    assert values["auc"] == 0.75
    assert values["missed"] == 0.5
    assert values["invented"] == 0.5


def test_runs_are_kept_and_compared(tmp_path: Path) -> None:
    before = [outcome((True,)), replace(outcome((False,)), key="2 fa")]
    after = [outcome((False,)), replace(outcome((True,)), key="2 fa")]
    save_run(tmp_path / "run.json", before)
    assert load_run(tmp_path / "run.json") == before
    assert compare(before, after) == ([after[1]], [after[0]])
    assert run_record(before)["fa"]["P@1"] == 0.5


def test_a_run_is_held_against_its_baseline(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    least = {"fa": {"P@1": 0.5, "R@5": 1.0}, "en": {"P@1": 0.1}}
    path.write_text(json.dumps({"dev.jsonl": least}), encoding="utf-8")
    run = [outcome((True,)), outcome((False,))]
    assert regressions(run, load_baseline(path, "dev.jsonl")) == [
        "fa: R@5 is 0.500, below 1.000",
        "en: P@1 is not measured, below 0.100",
    ]
    assert regressions(run, {"fa": {"P@1": 0.5}}) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("[1]", "not a baseline"),
        ('{"other.jsonl": {}}', "has no baseline for dev.jsonl"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(QuestionFileError, match=message):
        load_baseline(path, "dev.jsonl")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "dev.jsonl:1: Invalid JSON"),
        ('{"kind": "joke"}', "dev.jsonl:1: Input tag 'joke' found using 'kind' does not match"),
        (
            '{"kind": "answerable", "q_fa": "x", "paragraph": 1}',
            "dev.jsonl:1: answerable.article: missing",
        ),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "dev.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(QuestionFileError) as error:
        read_questions(path)
    assert str(error.value).startswith(f"{tmp_path}/{message}")


def test_files_that_are_no_runs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with pytest.raises(QuestionFileError, match="No such file"):
        load_run(path)
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(QuestionFileError, match="not a saved evaluation run"):
        load_run(path)


def test_questions_about_another_archive_are_refused(retriever: Retriever, questions: Path) -> None:
    asked = standalone_queries(read_questions(questions), ["fa"])
    check_archive(asked, retriever)
    stranger = asked[0].question.model_copy(update={"article": "elsewhere"})
    with pytest.raises(QuestionFileError, match="the index has none of the articles"):
        check_archive([replace(asked[0], question=stranger)], retriever)
