"""Mentions of dates: date expressions with their prepositions, and ranges.

«از آبان تا آذر ۱۴۰۴», *since 2020*, *between 1 and 10 November* are one mention each.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from index.dates.calendars import Calendar, full_jalali_year, to_calendar
from retrieval.dates.calendars import DateRange, PartialDate, days_of
from retrieval.dates.date_expressions import DateExpression, match_expression
from retrieval.dates.date_resolution import Granularity
from retrieval.token_line import TokenLine


class DateRelation(Enum):
    """Relation of a date to the rest of the question."""

    NONE = auto()
    IN = auto()
    FROM = auto()  # "from" without "to": either "since" or "of"
    SINCE = auto()  # "since" or "after"
    UNTIL = auto()  # "until" or "before"
    RANGE = auto()


@dataclass(frozen=True, slots=True)
class Mention:
    """A date or a range of dates in a text, with its preposition.

    Attributes:
        begin: its first token, the preposition if it has one.
        end: the token after its last one.
        since: the first day; None if open.
        until: the last day; None if open.
        relation: its relation to the rest of the question.
        linked: whether it has a preposition of time; "from" alone does not count.
        expression: the date expression; for a range, all of it.
    """

    begin: int
    end: int
    since: dt.date | None
    until: dt.date | None
    relation: DateRelation
    linked: bool
    expression: DateExpression


_RELATIONS: Final = {
    "INp": DateRelation.IN,
    "INe": DateRelation.IN,
    "ONe": DateRelation.IN,
    "FROMp": DateRelation.SINCE,
    "FROMe": DateRelation.FROM,
    "SINCE": DateRelation.SINCE,
    "AFTER": DateRelation.SINCE,
    "BEFORE": DateRelation.UNTIL,
    "TA": DateRelation.UNTIL,
    "UNTILe": DateRelation.UNTIL,
    "BYe": DateRelation.UNTIL,
    "BETWEEN": DateRelation.IN,
}
_OPENERS: Final = ("FROMp", "FROMe", "SINCE")
_JOINTS: Final = ("TA", "TOe", "UNTILe", "DASH")
# "may" and "march" are months only in "in May" and "since March".
_HOMONYMS: Final = ("G03e", "G05e")
# «۵ تیر» may be five shots, and «ساعت ۵ می‌آید» does not mean May.
_SHOTS: Final = ("J04pw", "J04ew", "G05pw")
_SPELLED: Final = re.compile("N[0-9]+")
_PERSIAN_TEXT: Final = re.compile(r"[\u0621-\u06cc]|(?:^| )(?:[A-Z]\w*pw?)(?= |$)")
_PERSIAN: Final = re.compile(r"(?:^| )(?:[A-Z]\w*pw?)(?= |$)")
_DAY_OF_MONTH: Final = re.compile("(?:0|N)?[1-9]|N?[12][0-9]|N?3[01]|O[0-9]{2}")
_BOUNDS: Final = {DateRelation.SINCE, DateRelation.UNTIL}
_DAY: Final = dt.timedelta(1)
_WEEK: Final = dt.timedelta(7)


def mentions(line: TokenLine, today: dt.date) -> Iterator[Mention]:
    """Yield the mentions of dates in a text, in order, without overlaps."""
    before: Mention | None = None
    for mention in _mentions(line, today):
        if before is None:
            before = mention
        elif merged := _bounded(line, before, mention):
            yield merged
            before = None
        else:
            yield before
            before = mention
    if before is not None:
        yield before


def _bounded(line: TokenLine, one: Mention, two: Mention) -> Mention | None:
    """Return "after 2010 and before 2015" as one range; None for two dates of their own."""
    between = [line.plain(word) for word in range(one.end, two.begin)]
    if between not in ([], ["AND"]) or {one.relation, two.relation} != _BOUNDS:
        return None
    since, until = one.since or two.since, one.until or two.until
    if since is None or until is None or since > until:
        return None
    grain = max(one.expression.grain, two.expression.grain)
    expression = replace(two.expression, grain=grain)
    return Mention(one.begin, two.end, since, until, DateRelation.RANGE, True, expression)


def _mentions(line: TokenLine, today: dt.date) -> Iterator[Mention]:
    word = 0
    while word < len(line):
        expression = match_expression(line, word, today)
        mention = _range_at(line, word, expression, today)
        following = word + 1
        if mention is None and expression is not None:
            following = expression.end
            mention = _single(line, expression)
        if mention is not None:
            following = mention.end
            yield mention
        word = following


def _single(line: TokenLine, expression: DateExpression) -> Mention | None:
    """Return an expression with its preposition, or None if it only looks like a date."""
    days = expression.days
    if days is None:
        return None
    before, after = line.plain(expression.begin - 1), line.plain(expression.end)
    relation = _RELATIONS.get(before, DateRelation.NONE)
    if not _means_time(line, expression, relation, before):
        return None
    if after in ("ONWARD", "TILLNOW"):
        begin = expression.begin - 1 if before in _OPENERS else expression.begin
        return Mention(
            begin, expression.end + 1, days.first, None, DateRelation.SINCE, True, expression
        )
    if (
        before == "FROMp"
        and line.plain(expression.begin).isdecimal()
        and expression.grain is Granularity.YEAR
    ):
        relation = (
            DateRelation.NONE
        )  # «از ۱۴۰۰ خانوار» counts households; «از سال ۱۴۰۰» would be clear.
    since: dt.date | None = days.first
    until: dt.date | None = days.last
    try:
        if relation is DateRelation.SINCE:
            since, until = (days.last + _DAY if before == "AFTER" else since), None
        elif relation is DateRelation.UNTIL:
            since, until = None, (days.first - _DAY if before == "BEFORE" else until)
    except OverflowError:  # Outside the calendar.
        return None
    begin = expression.begin if relation is DateRelation.NONE else expression.begin - 1
    linked = relation not in (DateRelation.NONE, DateRelation.FROM)
    return Mention(begin, expression.end, since, until, relation, linked, expression)


def _means_time(
    line: TokenLine, expression: DateExpression, relation: DateRelation, before: str
) -> bool:
    """Return whether an ambiguous expression means a date, judging by the words around it."""
    symbols = [line.plain(word) for word in range(expression.begin, expression.end)]
    if symbols == ["INe", "MONTHp"]:  # *in mah*, or a battery's capacity "in mAh"
        others = f"{line.before(expression.begin)}{line.after(expression.end)}"
        return _PERSIAN.search(others) is not None
    written = expression.written
    if written is not None and written.day is None and symbols[0].endswith("x"):
        # «سرطان ۱۴۰۰» may be the illness.
        return relation is not DateRelation.NONE or before.startswith("NEWS") or "MONTHp" in symbols
    if not expression.unambiguous and written is not None and written.month is None:
        # Two digits are a year of Persian texts only: «در ۹۱».
        return before != "BYe" and _PERSIAN_TEXT.search(line.text) is not None
    if not expression.unambiguous and written is not None:
        if symbols[0].endswith(("w", "x")) and len(symbols) == 1:
            return False
        if symbols[0] in _HOMONYMS:
            return before in ("INe", "SINCE")
        return before != "BYe"
    if (
        relation is DateRelation.NONE
        and written is not None
        and written.day
        and written.year is None
    ):
        if "MONTHp" in symbols:
            return True
        spelled = any(_SPELLED.fullmatch(symbol) for symbol in symbols)
        return not any(
            symbol in _SHOTS or symbol.endswith("x") or (spelled and symbol.endswith("w"))
            for symbol in symbols
        )
    return True


def _range_at(
    line: TokenLine, word: int, left: DateExpression | None, today: dt.date
) -> Mention | None:
    """Return the range that begins at a token, with a date or with a day of the month."""
    day = None if left else _day_of_month(line.plain(word))
    if left is None and day is None:
        return None
    joint = left.end if left else word + 1
    before = line.plain(word - 1)
    enumerated = before == "BETWEEN" or line.plain(word) == "YEARSp"
    joined = line.plain(joint) == "AND"
    if not (line.plain(joint) in _JOINTS or joined):
        return None
    right = match_expression(line, joint + 1, today) if joint + 1 < len(line) else None
    if right is None and left is not None and left.unambiguous and (enumerated or not joined):
        right = _shortened(line, joint + 1, left, today)
    if right is None or right.days is None or (left and left.days is None):
        return None
    if joined and not enumerated and not _follows(left, day, right):
        return None
    if not (right.unambiguous or (left and left.unambiguous)) and not (
        before in _RELATIONS or before.startswith("NEWS")
    ):
        return None  # «۸۰ تا ۹۰»
    try:
        days = _join(left, day, right, today)
    except (ValueError, OverflowError):
        return None
    if days is None:
        return None
    linked = before in _RELATIONS
    grain = max(left.grain, right.grain) if left else right.grain
    if joined and before != "BETWEEN" and not _follows(left, day, right):
        grain = Granularity.VAGUE  # Two years, but not those between them.
    expression = DateExpression(word, right.end, days, grain, right.written, unambiguous=True)
    begin = word - 1 if linked else word
    return Mention(begin, right.end, days.first, days.last, DateRelation.RANGE, linked, expression)


def _follows(left: DateExpression | None, day: int | None, right: DateExpression) -> bool:
    """Return whether the second of two dates begins where the first ends: «۲۷ و ۲۸ آبان»."""
    if left is None:
        return right.written is not None and right.written.day == (day or 0) + 1
    return (
        left.days is not None
        and right.days is not None
        and left.grain is right.grain
        and left.unambiguous
        and left.days.last + _DAY == right.days.first
    )


def _shortened(
    line: TokenLine, word: int, left: DateExpression, today: dt.date
) -> DateExpression | None:
    """Return the shortened end of a range: «سال ۹۲ تا ۹۵»."""
    symbol = line.plain(word)
    written = left.written
    if written is None:
        return None
    end = word + 1
    try:
        if written.day and (day := _day_of_month(symbol)):  # November 1 to 10, 2025
            rest = end + 1 if line.plain(end) == "," else end
            year = written.year
            if len(line.plain(rest)) == 4 and line.plain(rest).isdecimal():
                year, end = int(line.plain(rest)), rest + 1
            written = replace(written, year=year, day=day)
            return DateExpression(
                word, end, days_of(written, today), Granularity.DAY, written, unambiguous=True
            )
        if left.grain is Granularity.YEAR and len(symbol) == 2 and symbol.isdecimal():
            if written.calendar is Calendar.JALALI:
                year = full_jalali_year(int(symbol), today)
            else:  # 2022-23
                year = (written.year or 0) // 100 * 100 + int(symbol)
            written = PartialDate(written.calendar, year)
            return DateExpression(
                word, end, days_of(written, today), Granularity.YEAR, written, unambiguous=True
            )
    except ValueError:
        pass  # No such day or year.
    return None


def _join(
    left: DateExpression | None, day: int | None, right: DateExpression, today: dt.date
) -> DateRange | None:
    """Return the days from one expression, or a day of the other's month, to another.

    Raises:
        ValueError: one of the dates does not exist.
    """
    first, last = left.days if left else None, right.days
    start, end = left.written if left else None, right.written
    if day is not None:
        if end is None or end.day is None:
            return None
        start = replace(end, day=day)
    if start and end and start.month and end.month and start.calendar is end.calendar:
        start, end = _with_years(start, end, today)
        # A date with a year already has its days, which may be part of a month.
        if left is None or left.written != start:
            first = days_of(start, today)
        if right.written != end:
            last = days_of(end, today)
    if first is None or last is None:
        return None
    if left and not left.unambiguous and start and start.month and not (end and end.month):
        return None  # «مهر تا امروز»
    if first.first > last.last and left and left.relative and right.relative:
        first = DateRange(first.first - _WEEK, first.last - _WEEK)  # Thursday to Monday
    if first.first > last.first:  # Written from right to left.
        first, last = last, first
    return DateRange(first.first, last.last)


def _with_years(
    start: PartialDate, end: PartialDate, today: dt.date
) -> tuple[PartialDate, PartialDate]:
    """Complete the ends of a range with their missing years."""
    later = (start.month or 0, start.day or 0) > (end.month or 0, end.day or 0)
    if end.year is None and start.year is None:
        # A range that has begun is meant, not last year's, even if it ends in the future.
        month = days_of(replace(end, day=None), today)
        end = replace(end, year=to_calendar(end.calendar, month.first)[0])
    if start.year is None and end.year is not None:
        start = replace(start, year=end.year - later)
    elif end.year is None and start.year is not None:
        end = replace(end, year=start.year + later)
    return start, end


def _day_of_month(symbol: str) -> int | None:
    return int(symbol.lstrip("NO")) if _DAY_OF_MONTH.fullmatch(symbol) else None
