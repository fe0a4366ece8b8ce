"""The development questions with dates: which period each means."""

import datetime as dt
import json

import pytest

from retrieval.dates.periods import PeriodUse, find_period
from tests.support.paths import ROOT

TODAY = dt.date(2021, 8, 1)  # 10 Mordad 1400, soon after the last of the articles asked about
QUESTIONS = [
    json.loads(line)
    for line in (ROOT / "tests" / "data" / "dated_questions.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["question"])
def test_the_meant_period_is_a_limit(row: dict[str, str | None]) -> None:
    period = find_period(str(row["question"]), TODAY)
    assert period is not None
    assert period.use is not PeriodUse.VAGUE
    days = (day.isoformat() if day else None for day in (period.since, period.until))
    assert tuple(days) == (row["from"], row["to"])
