"""The period that a question names, and its role: docs/dates.md has the rules and examples.

A date either limits which articles are wanted («اخبار آبان ۱۴۰۴») or is part of what is asked
about ("the 2015 nuclear deal"). Later reports on a dated event must not be hidden, so a period
whose role is unclear is `VAGUE`, or none at all.
"""

import datetime as dt
import re
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import Final

from index.text.persian import to_latin_digits
from retrieval.dates.date_expressions import DateExpression, match_expression
from retrieval.dates.date_lexer import symbol_line
from retrieval.dates.date_resolution import Granularity
from retrieval.dates.mentions import DateRelation, Mention, mentions
from retrieval.errors import QuestionError
from retrieval.token_line import TokenLine


class PeriodUse(StrEnum):
    """Role of a period in a question.

    Attributes:
        PUBLICATION: the time of publication: words of reporting govern it.
        EXPLICIT: the time of an event, to the month or better, or as a range.
        VAGUE: the time of an event less exactly, or in words that leave the role open.
    """

    PUBLICATION = "publication"
    EXPLICIT = "explicit"
    VAGUE = "vague"


@dataclass(frozen=True, slots=True)
class Period:
    """A period that a question names.

    Attributes:
        since: its first day; None when it is open.
        until: its last day, which belongs to it; None when it is open.
        use: its role.
        exact: whether it is named to the month or better. Of a season, a year or a decade later
            articles report, too.
        start: where the words that name it begin in the text, with their preposition; these
            words may be removed from the question when the period becomes a filter.
        end: where they end.
    """

    since: dt.date | None
    until: dt.date | None
    use: PeriodUse
    exact: bool
    start: int
    end: int


class _Standing(Enum):
    """Grammatical role of a date in its sentence."""

    ADVERB = auto()  # dates the event
    OPEN = auto()  # dates the event, or belongs to a noun
    NAME = auto()  # belongs to a noun


def find_period(text: str, today: dt.date) -> Period | None:
    """Find the period that a question names.

    Args:
        text: a question in Persian, in English or in Persian in Latin letters.
        today: the day on which it is asked.

    Returns:
        Of several, the first with the first use in the order of `PeriodUse`; None when the
        question names none.
    """
    line = symbol_line(text)
    titles = [
        match.span() for match in _QUOTED.finditer(text) if len(match.group()) < len(text.strip())
    ]
    found: dict[PeriodUse, Period] = {}
    for mention in mentions(line, today):
        start, end = line.tokens[mention.begin].start, line.tokens[mention.end - 1].end
        if any(left < start and end < right for left, right in titles):
            continue
        if period := _judged(text, line, mention):
            if period.since and period.since > today:  # Nothing has been written then.
                period = replace(period, use=PeriodUse.VAGUE)
            found.setdefault(period.use, period)
    return next((found[use] for use in PeriodUse if use in found), None)


def parse_bound(text: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """Parse what bounds a range, as in `--from 1404-08`.

    Args:
        text: a day, a week, a month, a season, a year or a decade, as in a question.
        today: the day that «دیروز» counts from.

    Returns:
        Its first and its last day, which for a day are the same.

    Raises:
        QuestionError: it is none of these, or there is no such day.
    """
    line = symbol_line(_MONTH_BOUND.sub(r"\1/\2", to_latin_digits(text.strip())))
    expression = match_expression(line, 0, today) if line else None
    if expression is None or expression.end != len(line) or expression.days is None:
        raise QuestionError("no_date", text=text)
    return expression.days.first, expression.days.last


def parse_range(text: str, today: dt.date) -> tuple[dt.date | None, dt.date | None] | None:
    """Parse what a whole text says of time: a date, or a range with its prepositions.

    Args:
        text: «آبان ۱۴۰۴», «از مهر تا آبان ۱۴۰۴», "since 2020", "1404-08".
        today: the day that «دیروز» counts from.

    Returns:
        The first and the last day, None for an open end; None if the text is none of these.
    """
    line = symbol_line(text)
    found = next(mentions(line, today), None)
    if found is not None and found.begin == 0 and found.end == len(line):
        until = None if found.relation is DateRelation.FROM else found.until
        return found.since, until
    try:
        return parse_bound(text, today)
    except QuestionError:
        return None


# Of a bound, "1404-08" is a month; in a question "2012-13" are two years.
_MONTH_BOUND: Final = re.compile(r"^([0-9]{4})[-.]([0-9]{1,2})$")

# A quotation inside a question is a title or someone's words: «ایران امروز».
_QUOTED: Final = re.compile(r"«[^«»]*»|“[^“”]*”|\"[^\"]*\"")
# A word inside a phrase: no question word, verb or conjunction, and no mark.
_WORD: Final = r"(?: (?!ASK|WHAT|AUX|VERB|KEp|STOP)[^ ,،:;.…؟?!()]+)"
_NEWS_BEFORE: Final = re.compile(r"(?:^| )NEWS(?P<one>one)?[pe](?: [,،:])?$")
_PUBLISHED_BEFORE: Final = re.compile(
    r"(?:^| )(?:(?:WHAT|it)(?: AUX)*|NEWS(?:one)?[pe](?: \S+){0,6}) "
    r"(?:PUBLISHED|REPORTED)(?: VERBp)?$"
)
_NEWS_ABOUT: Final = re.compile(
    rf"(?:^| )(?:NEWSp{_WORD}{{1,6}}|NEWSe (?:TOPICe|OF|FROMe|ONe|INe){_WORD}{{1,5}}"
    rf"|(?:WHAT|ASKe)(?: \S+)? NEWSe(?:{_WORD}| AUX){{0,6}})$"
)
_NEWS_AFTER: Final = re.compile(r"(?: s)?(?: [a-z]+)? NEWS(?P<one>one)?e(?= |$)")
_NEWS_ASKED: Final = re.compile(
    rf"(?: [,،])?{_WORD}{{0,4}} (?:(?:WHAT|ASK[pe])(?: \S+)??"
    r" (?:NEWS[pe]|NEWSone[pe](?: \S+)* (?:PUBLISHED|REPORTED))"
    r"|WHAT(?: AUX)* (?:PUBLISHED|REPORTED))(?= |$)"
)
_WHAT_BEFORE: Final = re.compile(r"(?:^| )WHAT$")
_PUBLISHED_AFTER: Final = re.compile(r" (?:PUBLISHED|REPORTED)(?= |$)")
_NAMED_BEFORE: Final = re.compile(r"(?:^| )NAMED[pe]$")
_NAMED_NEAR: Final = re.compile(r"(?:^| )NAMED[pe](?: (?:AND|[^A-Z ,،:;.…؟?!()]+)){0,3}$")
# A clause that describes a thing, whose date is that thing's: «مصدومیتی که در مارس دید».
_DESCRIBING: Final = re.compile(
    r"(?:(?:^| )(?:KEp|STOPe)| [a-z]+ ASKe| THE(?: [a-z]+){1,2} (?:he|she|it|they|we))"
    r"(?: [^ ,،;.؟?!]+)*$"
)
# What only sentences have.
_SENTENCE: Final = re.compile(r"(?:^| )(?:ASK[pe]|WHAT|AUX|VERBp|STOP[pe]|KEp)(?= |$)")
_ASKING: Final = re.compile(r"(?:^| )(?:ASKe|WHAT|AUX)(?= |$)")
_ARABIC: Final = re.compile("[\u0621-\u06cc]")
_MARKS: Final = re.compile(r"(?: [^\w ])*")
# Symbols after a date that is an adverb: the sentence goes on.
_GOES_ON: Final = frozenset(
    "ASKp ASKe WHAT AUX VERBp INp INe PREPp FROMp FROMe TOPICe TA AFTER BEFORE BETWEEN".split()
)
# Symbols that end a phrase before a date.
_ENDED: Final = frozenset("ASKp WHAT VERBp STOPp AUX AND OR".split())
# A newspaper, "Russia Today".
_NAME: Final = re.compile("(?:Today|Yesterday|Tonight)(?![a-z])")
# A time after one of these belongs to a noun.
_OWNERS: Final = frozenset("THE OF FORe PREPp POSSe TOPICe s".split())


def _judged(text: str, line: TokenLine, mention: Mention) -> Period | None:
    """Return the period of a mention; None when it names a thing instead."""
    begin, end = mention.begin, mention.end
    since, until = mention.since, mention.until
    if _is_reported(line, mention):
        use = PeriodUse.PUBLICATION
        begin -= line.plain(begin - 1) in ("OF", "FORe")
    else:
        grain = mention.expression.grain
        standing = _standing(text, line, mention)
        if standing is _Standing.NAME:
            return None
        says_when = standing is _Standing.ADVERB or _dates_the_question(line, mention)
        offered = grain > Granularity.MONTH and "OR" in (line.plain(begin - 1), line.plain(end))
        clear = says_when and grain is not Granularity.VAGUE and not offered
        use = PeriodUse.EXPLICIT if clear else PeriodUse.VAGUE
        if mention.relation is DateRelation.FROM:
            until = None
    end += line.plain(end) == "s"
    exact = mention.expression.grain <= Granularity.MONTH
    return Period(since, until, use, exact, line.tokens[begin].start, line.tokens[end - 1].end)


def _is_short_year(expression: DateExpression) -> bool:
    """Return whether an expression is two digits that may be a year."""
    written = expression.written
    return not expression.unambiguous and written is not None and written.month is None


def _dates_the_question(line: TokenLine, mention: Mention) -> bool:
    """Return whether a date after a noun says when: «قیمت نفت آبان ۱۴۰۴», not «پوتین دیروز»."""
    expression, written = mention.expression, mention.expression.written
    if expression.grain is Granularity.YEAR:
        return False  # «برنامه‌های سال ۹۴» may have been made before.
    whole = expression.grain in (Granularity.PART, Granularity.DECADE)
    has_year = written.year is not None if written else whole
    return not mention.linked and has_year and not _NAMED_NEAR.search(line.before(mention.begin))


def _is_reported(line: TokenLine, mention: Mention) -> bool:
    """Return whether a word of reporting governs a date."""
    before = line.before(mention.begin)
    after = line.after(mention.end)
    # "the 2015 report" is called so; reports of 2015 are of that year.
    is_name = (
        not mention.linked
        and mention.relation is not DateRelation.FROM
        and mention.expression.grain is Granularity.YEAR
        and line.plain(mention.begin).isdecimal()
        and mention.expression.written is not None
    )
    linking = mention.begin - (line.plain(mention.begin - 1) in ("OF", "FORe", "FROMe"))
    if match := _NEWS_BEFORE.search(line.before(linking)):
        return not (is_name and match["one"])
    if _PUBLISHED_BEFORE.search(before):
        return True
    if match := _NEWS_AFTER.match(after):
        return not (is_name and match["one"])
    if not mention.expression.unambiguous:  # «اخبار نفت ۹۱», but not «اخبار بازی آبان»
        return bool(
            _is_short_year(mention.expression)
            and _NEWS_ABOUT.search(before)
            and not _NAMED_NEAR.search(before)
        )
    if is_name or _NAMED_BEFORE.search(before):
        return False
    return bool(
        _NEWS_ABOUT.search(before)
        or _NEWS_ASKED.match(after)
        or (_WHAT_BEFORE.search(before) and _PUBLISHED_AFTER.match(after))
    )


def _standing(text: str, line: TokenLine, mention: Mention) -> _Standing:
    """Return whether a date is an adverb or belongs to a noun."""
    expression = mention.expression
    before, after = line.plain(mention.begin - 1), line.plain(mention.end)
    of_noun = _Standing.OPEN if expression.relative else _Standing.NAME
    if not expression.unambiguous and not mention.linked and not _is_short_year(expression):
        return _Standing.NAME
    bound = mention.linked or before in _OWNERS
    if bound and after == "s" and line.plain(mention.end - 1) == "R0e":
        return _Standing.NAME  # "in today's Afghanistan"
    if after in ("s", "NAMEDe"):
        return of_noun
    if after == "OF" or before == "s":
        return _Standing.NAME
    if mention.linked:
        describes = _DESCRIBING.search(line.before(mention.begin))
        return _Standing.OPEN if describes else _Standing.ADVERB
    first = not before or not before.isalnum()
    if before == "FORe" and expression.relative:
        return _Standing.OPEN  # "for the past two weeks"
    if before in _OWNERS or (mention.relation is DateRelation.FROM and not first):
        return _Standing.NAME
    return _unlinked(text, line, mention, first)


def _unlinked(text: str, line: TokenLine, mention: Mention, first: bool) -> _Standing:
    """Return the role of a date without a preposition, from its place and its neighbours."""
    expression = mention.expression
    before, after = line.plain(mention.begin - 1), line.plain(mention.end)
    symbols = [line.plain(word) for word in range(mention.begin, mention.end)]
    goes_on = after in _GOES_ON
    ends = bool(_MARKS.fullmatch(line.after(mention.end)))
    in_persian = bool(_ARABIC.search(text))
    if expression.relative and not any(symbol.endswith("p") for symbol in symbols):
        name = not first and _NAME.match(text, line.tokens[mention.begin].start)
        return _Standing.NAME if name else _Standing.ADVERB
    if expression.grain is Granularity.YEAR and len(symbols) == 1 and symbols[0].isdecimal():
        if first or not ends or not _ends_keywords(text, line, mention):
            return _Standing.NAME
        return _Standing.ADVERB if len(symbols[0]) > 2 else _Standing.OPEN
    if not first and _NAMED_NEAR.search(line.before(mention.begin)):
        return _Standing.OPEN if expression.relative else _Standing.NAME
    if first:
        says = ends or goes_on or expression.relative or not after.isalnum() or in_persian
    elif expression.relative:
        # «ایران امروز» is Iran today, and only sometimes Iran that does something today.
        says = before in _ENDED or (goes_on and symbols[-1] != "R0p")
    elif not ends:
        # In English no date without a preposition stands in the middle of a sentence.
        return _Standing.OPEN if in_persian or goes_on else _Standing.NAME
    elif mention.relation is DateRelation.RANGE:
        says = "DASH" not in symbols
    else:
        asking = _ASKING.search(line.before(mention.begin))
        says = before == "VERBp" or bool(asking and not in_persian)
    return _Standing.ADVERB if says else _Standing.OPEN


def _ends_keywords(text: str, line: TokenLine, mention: Mention) -> bool:
    """Return whether a year ends a list of keywords: «صادرات نفت ۱۳۹۱», not "Euro 2020"."""
    token = line.tokens[mention.begin - 1]
    return (
        token.plain.isalpha()
        and token.plain.islower() | bool(_ARABIC.match(token.plain))
        and not text[token.start].isupper()
        and not _NAMED_NEAR.search(line.before(mention.begin))
        and not _SENTENCE.search(line.text)
    )
