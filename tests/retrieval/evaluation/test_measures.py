import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval import Retriever
from retrieval.errors import QuestionFileError
from retrieval.evaluation.answer_spans import SpanJudgement
from retrieval.evaluation.eval_report import EvalReport
from retrieval.evaluation.eval_runs import (
    JudgedPassage,
    QueryResult,
    load_run,
    run_questions,
    save_run,
)
from retrieval.evaluation.grades import load_grades
from retrieval.evaluation.measures import measure
from retrieval.evaluation.questions import check_archive, read_questions, standalone_queries
from retrieval.evaluation.significance import compare_paired, interval

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
    relevant: tuple[bool, ...] = (),
    *,
    key: str = "1 fa",
    answerable: bool = True,
    probability: float = 0.5,
    without_reranking: QueryResult | None = None,
    span: SpanJudgement | None = None,
) -> QueryResult:
    return QueryResult(
        key=key,
        question="؟",
        language=key.split()[1],
        style="natural",
        answerable=answerable,
        passages=tuple(
            JudgedPassage(f"article-{rank}", (rank,), 1 / (1 + rank), right, right)
            for rank, right in enumerate(relevant)
        ),
        found=probability >= 0.5,
        probability=probability,
        seconds=0.002,
        without_reranking=without_reranking,
        span=span,
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


def test_answers_are_measured_where_the_first_passage_is_right_and_marks_everywhere() -> None:
    right, wrong = SpanJudgement(True, 1.0, True), SpanJudgement(False, 0.0, True)
    results = [
        outcome((True,), span=right),
        outcome((True,), key="2 fa", span=SpanJudgement(False, 0.5, True)),
        outcome((True,), key="3 fa", span=SpanJudgement(False, 0.3, False)),
        outcome((False,), key="4 fa", span=wrong),
        outcome((True,), key="5 fa"),
        outcome(key="6 fa", answerable=False, span=wrong),
    ]
    values = measure(results)["fa"]
    assert values["answer EM"] == pytest.approx(1 / 3)
    assert values["answer F1"] == pytest.approx(1.8 / 3)
    assert values["marked"] == pytest.approx(3 / 5)
    assert values["marked right"] == pytest.approx(2 / 4)
    report = EvalReport.of(results)
    low, high = report.intervals["fa"]["answer F1"]
    assert low < 0.6 < high
    assert report.record()["fa"]["answer EM"] == 0.3333
    assert not {"marked", "answer F1"} & measure([outcome((True,))])["fa"].keys()


def test_a_reranked_run_is_measured_without_the_reranker_too() -> None:
    plain = outcome((False, True))
    results = [outcome((True, False), without_reranking=plain), outcome((True,), key="2 fa")]
    values = measure(results)
    assert values["fa"]["P@1"] == 1.0
    assert values["fa"]["reranked"] == 0.5
    assert values["fa without reranking"]["P@1"] == 0.5
    assert "reranked" not in values["fa without reranking"]
    results[1] = outcome((True,), key="2 fa", span=SpanJudgement(True, 1.0, True))
    assert measure(results)["fa"]["marked"] == 0.5
    assert "marked" not in measure(results)["fa without reranking"]
    assert not any("without" in group for group in measure([outcome((True,))]))


def test_english_is_measured_as_a_share_of_persian() -> None:
    right, wrong = (True,), (False,)
    fa = [outcome(right, key="1 fa"), outcome(right, key="2 fa")]
    en = [outcome(right, key="1 en"), outcome(wrong, key="2 en")]
    assert measure(fa + en)["en"]["P@1 of fa"] == 0.5
    assert "P@1 of fa" not in measure(en)["en"]


def test_runs_are_kept_and_compared(tmp_path: Path) -> None:
    before = [outcome((True,)), outcome((False,), key="2 fa"), outcome((True,), key="4 fa")]
    after = [outcome((False,), without_reranking=before[0]), outcome((True,), key="2 fa")]
    save_run(tmp_path / "run.jsonl", after)
    assert load_run(tmp_path / "run.jsonl") == after
    report = EvalReport.of(after, before)
    assert (report.won, report.lost) == ([after[1]], [after[0]])
    compared = report.comparisons["fa"]["P@1"]
    assert (compared.won, compared.tied, compared.lost) == (1, 0, 1)
    assert compared.before == compared.after == 0.5
    assert compared.p == 1.0
    record = report.record()["fa"]
    assert record["P@1"] == 0.5
    assert record["intervals"]["P@1"] == [0.0, 1.0]
    assert record["compared"]["P@1"]["won"] == 1


def test_intervals_are_those_of_a_proportion() -> None:
    low, high = interval(np.repeat([1.0, 0.0], [150, 30])) or (0, 0)
    margin = 1.96 * (5 / 6 * 1 / 6 / 180) ** 0.5
    assert low == pytest.approx(5 / 6 - margin, abs=0.012)
    assert high == pytest.approx(5 / 6 + margin, abs=0.012)
    assert interval(np.ones(7)) == (1.0, 1.0)
    assert interval(np.ones(1)) is None


@pytest.mark.parametrize(("won", "lost", "p"), [(1, 0, 1.0), (5, 0, 2 / 2**5), (1, 4, 12 / 2**5)])
def test_few_changes_have_the_exact_probability_of_the_sign_test(
    won: int, lost: int, p: float
) -> None:
    before = np.repeat([0.0, 1.0, 1.0], [won, lost, 9])
    after = np.repeat([1.0, 0.0, 1.0], [won, lost, 9])
    found = compare_paired(before, after)
    assert found.p == pytest.approx(p)
    assert (found.won, found.tied, found.lost) == (won, 9, lost)
    assert not found.significant


def test_many_changes_one_way_are_significant() -> None:
    before, after = np.zeros(180), np.repeat([1.0, 0.0], [20, 160])
    assert compare_paired(before, after).p < 0.001
    assert compare_paired(before, after) == compare_paired(before, after)


def test_grades_are_measured_where_there_are_some(tmp_path: Path) -> None:
    path = tmp_path / "grades.jsonl"
    lines = [
        {"key": "1 fa", "article": "article-0", "paragraphs": [0], "grade": 2},
        {"key": "1 fa", "article": "article-1", "paragraphs": [1], "grade": 1},
        {"key": "2 fa", "article": "article-0", "paragraphs": [0], "grade": 1},
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    run = [outcome((False, True)), outcome((True,), key="2 fa"), outcome((True,), key="3 fa")]
    report = EvalReport.of(run, run, load_grades(path))
    assert report.measures["fa"]["graded P@1"] == 0.5
    assert report.measures["fa"]["P@1 of graded"] == 0.5
    assert report.measures["fa"]["nDCG@5"] == 1.0
    # The second question has one passage, the first two, of five that are asked for.
    assert report.measures["fa"]["judged@5"] == 1.0
    assert report.comparisons["fa"]["nDCG@5"].tied == 2
    assert "graded P@1" not in EvalReport.of(run).measures["fa"]


def test_a_passage_that_is_cut_otherwise_has_the_grade_of_what_is_within(tmp_path: Path) -> None:
    path = tmp_path / "grades.jsonl"
    lines = [
        {"key": "1 fa", "article": "a", "paragraphs": [0], "grade": 0},
        {"key": "1 fa", "article": "a", "paragraphs": [1], "grade": 2},
        {"key": "1 fa", "article": "b", "paragraphs": [1], "grade": 2},
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    def graded(*paragraphs: int) -> float:
        passage = JudgedPassage("a", paragraphs, 1.0, True, True)
        found = replace(outcome(), passages=(passage,))
        return EvalReport.of([found], grades=load_grades(path)).measures["fa"]["graded P@1"]

    assert [graded(0), graded(1), graded(0, 1), graded(1, 2), graded(2)] == [0, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (None, "No such file"),
        ('{"key": "1 fa"}', "grades.jsonl:1: article: missing"),
        (
            '{"key": "1 fa", "article": "a", "paragraphs": [], "grade": 3}',
            "grades.jsonl:1: grade: must be 2 or less",
        ),
    ],
)
def test_grades_that_cannot_be_read_are_named(
    tmp_path: Path, line: str | None, message: str
) -> None:
    path = tmp_path / "grades.jsonl"
    if line is not None:
        path.write_text(line, encoding="utf-8")
    with pytest.raises(QuestionFileError, match=message):
        load_grades(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "dev.jsonl:1: is not JSON"),
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
    path = tmp_path / "run.jsonl"
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
