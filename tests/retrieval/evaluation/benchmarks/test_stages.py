"""Timed questions and their table; no time is measured here."""

import io

import pytest
from rich.console import Console

from retrieval import Retriever
from retrieval.evaluation.benchmarks.stages import (
    LanguageTimes,
    QuestionTimes,
    bench_questions,
    show_times,
)
from retrieval.ranking.timing import STAGES

QUESTIONS = {"fa": ["دانشجوی ایرانی", "کشتی آزاد", "صید ماهی"], "en": ["students in Astrakhan"]}
IN_TURN = ["دانشجوی ایرانی", "students in Astrakhan", "کشتی آزاد", "صید ماهی"]


def test_languages_take_turns_and_the_first_round_does_not_count(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = retriever.ask

    def record(question: str) -> object:
        asked.append(question)
        return ask(question)

    monkeypatch.setattr(retriever, "ask", record)
    times = bench_questions(retriever, QUESTIONS, repetitions=2, threads=2)
    assert asked[:12] == IN_TURN * 3
    # Twice as often again: by two threads, and by one.
    assert sorted(asked[12:20]) == sorted(IN_TURN * 2)
    assert asked[20:] == IN_TURN * 2
    assert [(one.language, one.questions) for one in times.languages] == [("fa", 6), ("en", 2)]
    assert times.threads == 2
    for one in times.languages:
        assert tuple(one.stages) == STAGES
        assert 0 <= one.p50 <= one.p95
        assert one.stages["meaning"] > 0
        assert one.stages["words"] > 0


TIMES = QuestionTimes(
    languages=(
        LanguageTimes("fa", 6, 12.34, 20.0, dict.fromkeys(STAGES, 1.25), 3.5),
        LanguageTimes("en", 2, 10.0, 15.0, dict.fromkeys(STAGES, 2.0), 0.5),
    ),
    threads=4,
    rate=99.6,
    alone=50.2,
    megabytes=321,
)


def test_a_table_for_people() -> None:
    console = Console(file=io.StringIO(), width=140)
    show_times(console, TIMES, "quickly")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert text.splitlines()[0].strip() == "Milliseconds a question, quickly"
    lines = [line for line in text.splitlines() if line.startswith("|") and "--" not in line]
    rows = [line.replace("|", " ").split() for line in lines]
    assert rows[0] == ["n", "p50", "p95", *STAGES, "rest"]
    assert rows[1] == ["fa", "6", "12.3", "20.0", *["1.2"] * len(STAGES), "3.5"]
    assert rows[2] == ["en", "2", "10.0", "15.0", *["2.0"] * len(STAGES), "0.5"]
    last = "100 questions a second from 4 threads, 50 from one; 321 MB resident"
    assert text.splitlines()[-1] == last
