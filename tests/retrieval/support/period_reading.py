"""Which period a question is read to mean, on one day."""

import datetime as dt

from retrieval.dates.periods import PeriodUse, find_period

TODAY = dt.date(2025, 11, 23)  # a Sunday, 2 Azar 1404
PUBLICATION, EXPLICIT, VAGUE = PeriodUse


def days(text: str) -> tuple[dt.date | None, dt.date | None]:
    first, last = (dt.date.fromisoformat(day) if day else None for day in text.split(".."))
    return first, last


def found(text: str, today: dt.date = TODAY) -> tuple[str, str, str] | None:
    period = find_period(text, today)
    if period is None:
        return None
    shown = f"{period.since or ''}..{period.until or ''}"
    return period.use, shown, text[period.start : period.end]


DAY = "2025-11-18..2025-11-18"
ABAN = "2025-10-23..2025-11-21"
