"""Date expressions in questions: «۲۷ آبان ۱۴۰۴», *May 2020*, *do hafte ghabl*.

Patterns over the symbols of `date_lexer` find them; `date_resolution` gives their days.
docs/dates.md says why no library does this.
"""

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from retrieval.dates.calendars import DateRange, PartialDate
from retrieval.dates.date_resolution import (
    Granularity,
    Groups,
    ResolvedDate,
    decade,
    lunar_date,
    months,
    numeric_date,
    numeric_month,
    recent,
    relative_date,
    season,
    trailing_window,
    weekday,
    whole_year,
    written_date,
)
from retrieval.token_line import TokenLine


@dataclass(frozen=True, slots=True)
class DateExpression:
    """An expression that stands for days.

    Attributes:
        begin: its first token.
        end: the token after its last one.
        days: the days; None for a day that does not exist, such as ۳۱ مهر.
        grain: the precision of the expression.
        written: the date, if it is written out; None for "last week".
        unambiguous: false if it is a date only next to a word for time or news: «آبان» alone.
    """

    begin: int
    end: int
    days: DateRange | None
    grain: Granularity
    written: PartialDate | None
    unambiguous: bool

    @property
    def relative(self) -> bool:
        """True if it counts from the day of the question, as "last week" does."""
        return self.written is None and self.grain not in (Granularity.PART, Granularity.DECADE)


_Reader: TypeAlias = Callable[[Groups, dt.date], ResolvedDate]


def match_expression(line: TokenLine, word: int, today: dt.date) -> DateExpression | None:
    """Return the expression that begins at a token, or None."""
    if not _BEGINNING.match(line.text, line.starts[word]):
        return None
    for pattern, read in _rules():
        if match := pattern.match(line.text, line.starts[word]):
            groups = match.groupdict()
            try:
                reading = read(groups, today)
            except (ValueError, OverflowError):  # No such day, or outside the calendar.
                reading = None
            return DateExpression(
                word,
                bisect_left(line.starts, match.end()),
                reading.days if reading else None,
                reading.grain if reading else Granularity.VAGUE,
                reading.written if reading else None,
                "bare" not in groups or groups["bare"] is None,
            )
    return None


# Parts of the patterns. Two digits are a year only if they cannot be a day of the month or a
# number of things; four digits before something counted are not a year.
_THINGS: Final = r"(?! (?:COUNTED|HOUR|DAY|WEEK|MONTH|YEAR)[a-z]*(?: |$))(?! ERAx)"
_ERA: Final = r"(?: (?P<era>ERA[jg]))?"
_SHORT: Final = rf"(?P<short>[0-9]{{2}}|N[0-9]{{2}}){_THINGS}"
_YEAR_WORDS: Final = "LASTYEARp|THISYEARp|YEARp (?:LASTp|AGOp)|LASTe YEARe|THISe YEARe"
_SHORT_OF_MONTH: Final = rf"(?P<short>0[0-9]|3[2-9]|[4-9][0-9]|N(?:3[2-9]|[4-9][0-9])){_THINGS}"
# Two digits alone are a year at the end of a phrase: «در ۹۱ چه شد», not «در ۹۱ کشور».
_ENDS: Final = (
    "(?= [^\\w ]| (?:ASK|WHAT|VERB|STOP|IN|PREP|TOPIC|FROM|TA|AND|NEWS|ONWARD|TILLNOW)|$)"
)


def _of_year(short: str) -> str:
    return (
        r"(?: (?:(?:[,،]|OF|YEARp|YEARe|THE) )*"
        rf"(?:(?P<year>[0-9]{{4}}(?! COUNTEDp)(?! ERAx)|{_YEAR_WORDS})|{short}){_ERA})"
    )


# A Gregorian month takes no year of two digits: "in November 45 families" counts families.
_OF_YEAR: Final = _of_year(rf"(?(jalali){_SHORT_OF_MONTH}|(?!))")
_PART: Final = (
    "(?:THE )?(?P<part>(?:EARLY|MID|LATE|SOME|HALF[12]|QUARTER[1-4]|WEEK[1-4])[pe])"
    "(?: DASH)?(?: (?:OF|THE|INe))* "
)
# Months of Afghanistan ("x") are words of their own and take no year of two digits.
_MONTH: Final = (
    r"(?P<month>(?:(?P<jalali>J[0-9]{2}[pe]w?(?![a-z]))|[JG][0-9]{2}[pe][wx]?))(?: \.(?= [0-9]))?"
)
_LATIN_MONTH: Final = r"(?P<month>(?:(?P<jalali>J)|G)[0-9]{2}ew?)(?: \.(?= [0-9]))?"
_MONTHS: Final = (
    r"[JG][0-9]{2}[pe]w?(?: MONTHp)?(?:(?: [,،])? [JG][0-9]{2}[pe]w?(?: MONTHp)?)*(?: [,،])?"
)
_JALALI_MONTH: Final = r"(?P<month>(?P<jalali>J[0-9]{2}[pe]w?(?![a-z])))"
_PERSIAN_MONTH: Final = r"(?P<month>(?:(?P<jalali>J[0-9]{2}pw?(?![a-z]))|[JG][0-9]{2}p[wx]?))"
_MONTH_OF: Final = "(?:THE )?MONTHe OF |MONTHp "
_DAY: Final = r"(?P<day>[0-9]{1,2}|O[0-9]{2})"
_ON_A: Final = r"(?:THE )?(?:(?:DAYp|HALFDAY) )*(?:D[0-6](?: HALFDAY)?(?: [,،])? )?(?:THE )?"
_COUNT: Final = r"(?P<count>N[0-9]+e?|[0-9]{1,3})"
_NUMBER_DAY: Final = r"(?P<day>N(?:[1-9]|[12][0-9]|3[01]))"
_UNIT: Final = "(?P<unit>WEEK|MONTH|YEAR)"
_DATE_UNIT: Final = "(?P<unit>DAY|WEEK|MONTH|YEAR)"
_ANY_UNIT: Final = "(?P<unit>HOUR|DAY|WEEK|MONTH|YEAR)"
_SHORT_UNIT: Final = "(?P<unit>DAY|WEEK|MONTH)"
_P: Final = "(?P<language>p)"
_E: Final = "(?P<language>e)"

# The first match counts, so longer patterns come first. The group "bare" marks expressions that are
# dates only next to a word for time or news.
_PATTERNS: Final[tuple[tuple[str, _Reader], ...]] = (
    (rf"{_ON_A}(?P<numeric>[0-9]+(?P<parted>[-/.])[0-9]+(?P=parted)[0-9]+)", numeric_date),
    ("(?P<numeric>(?:[0-9]{4}/[0-9]{1,2}|[0-9]{1,2}/[0-9]{4}))", numeric_month),
    (
        rf"{_ON_A}(?:{_DAY} )?(?:MONTHp )?(?P<month>L[0-9]{{2}}[pe]x)(?: MONTHp)?(?: ,)?"
        r"(?: YEARp)? (?P<year>[0-9]{4})(?: ERAx)?",
        lunar_date,
    ),
    (
        rf"{_ON_A}{_DAY}(?: (?:م|ام|مین|OF))?(?: MONTHp)? {_MONTH}(?: MONTHp)?{_OF_YEAR}?",
        written_date,
    ),
    # Numbers in words: Persian ones before any month, those in Latin letters before a Jalali one.
    (
        rf"{_ON_A}{_NUMBER_DAY}(?: MONTHp)? (?:{_PERSIAN_MONTH})(?: MONTHp)?{_OF_YEAR}?",
        written_date,
    ),
    (rf"{_ON_A}{_NUMBER_DAY} {_JALALI_MONTH}(?: MONTHp)?{_OF_YEAR}?", written_date),
    (rf"(?<!BETWEEN )(?P<months>{_MONTHS}) AND {_MONTH}(?: MONTHp)?{_OF_YEAR}", months),
    (rf"(?<!BETWEEN )(?P<months>{_MONTHS}) AND {_MONTH}(?: MONTHp)?(?P<bare>)", months),
    (
        rf"{_ON_A}{_LATIN_MONTH} (?:THE )?(?!3[2-9]|[4-9][0-9]){_DAY}{_THINGS}{_OF_YEAR}?",
        written_date,
    ),
    (rf"(?:{_PART})?(?:{_MONTH_OF})?{_MONTH}(?: MONTHp)?{_OF_YEAR}", written_date),
    (rf"{_MONTH}(?: MONTHp)? (?P<last>LASTp)", written_date),
    (rf"(?P<last>LASTe) {_MONTH}", written_date),
    (rf"(?:{_PART}|{_MONTH_OF}){_MONTH}", written_date),
    (rf"{_MONTH} MONTHp", written_date),
    (rf"{_MONTH}(?P<bare>)", written_date),
    (
        rf"(?:{_PART})?(?:THE )?(?:(?P<seasons>S[1-4]) AND )?(?P<season>S[1-4])"
        rf"(?: (?:MONTHp|INe))?{_of_year(_SHORT_OF_MONTH)}",
        season,
    ),
    (r"(?:THE )?(?P<season>S[1-4]) (?P<last>LASTp|AGOp)", season),
    (r"(?P<last>LASTe|THISe) (?P<season>S[1-4])", season),
    (rf"(?:{_PART})?(?:THE )?DECADEp (?P<decade>[0-9]{{4}}|[0-9]0|N[0-9]0){_ERA}", decade),
    (rf"(?:{_PART})?(?:THE )?(?P<decade>[0-9]{{3}}0)s", decade),
    (rf"(?:{_PART})?THE (?:['’] )?(?P<decade>[2-9]0)s(?P<english>)", decade),
    (
        rf"(?:{_PART})?(?:(?:THE )?YEARe |YEARS?p (?:ERA[jg] )?)?"
        rf"(?P<year>[0-9]{{4}}){_THINGS}{_ERA}",
        whole_year,
    ),
    (rf"YEARS?p {_SHORT}{_ERA}", whole_year),
    (rf"(?=[A-Z0-9]+p ){_PART}(?:YEARp )?{_SHORT}{_ERA}", whole_year),
    (rf"(?P<short>0[0-9]|[5-9][0-9]){_ENDS}(?P<bare>)", whole_year),
    (rf"(?:{_PART})(?P<year>{_YEAR_WORDS})", whole_year),
    ("(?P<year>LASTYEARp|THISYEARp)", whole_year),
    (r"(?:HALFDAY )?R(?P<back>[0-2])[pe]", relative_date),
    (rf"(?P<this>THISp|INe) (?P<unit>WEEK|MONTH){_P}", relative_date),
    (rf"(?P<this>THISe) {_UNIT}{_E}", relative_date),
    (rf"{_UNIT}{_P} (?P<this>CURRENTp)", relative_date),
    (rf"{_DATE_UNIT}{_P} (?:LASTp|AGOp){_ERA}", relative_date),
    (rf"LASTe {_UNIT}{_E}(?! OF)", relative_date),
    (rf"{_COUNT} {_DATE_UNIT}{_P} AGOp", relative_date),
    (rf"{_COUNT} {_DATE_UNIT}{_E} AGOe", relative_date),
    (rf"{_COUNT} {_ANY_UNIT}{_P} (?:LASTp|RECENTp)", trailing_window),
    (rf"{_UNIT}{_P} RECENTp", trailing_window),
    (rf"(?:THE )?(?:PASTe|LASTe) {_COUNT} {_ANY_UNIT}{_E}(?! OF)", trailing_window),
    (rf"(?:THE )?PASTe {_ANY_UNIT}{_E}(?! OF)", trailing_window),
    (rf"THE LASTe {_UNIT}{_E}(?P<bare>)(?! OF)", trailing_window),
    (rf"FEW {_SHORT_UNIT}p (?:LASTp|RECENTp|AGOp)", recent),
    (rf"{_SHORT_UNIT}Sp (?:LASTp|RECENTp)", recent),
    (rf"(?:THE )?(?:PASTe|LASTe) FEW {_SHORT_UNIT}e", recent),
    (rf"(?:THE )?RECENTe {_SHORT_UNIT}e", recent),
    (rf"FEW {_SHORT_UNIT}e AGOe", recent),
    ("LATELY", recent),
    (r"RECENT[pe](?P<bare>)", recent),
    (r"(?:(?:DAYp|HALFDAY) )*D(?P<weekday>[0-6])(?: HALFDAY)? (?P<last>LASTp|AGOp)", weekday),
    (r"(?P<last>LASTe) D(?P<weekday>[0-6])", weekday),
    (r"(?:DAYp|HALFDAY) D(?P<weekday>[0-6])", weekday),
    (r"D(?P<weekday>[0-6]) HALFDAY", weekday),
    (r"D(?P<weekday>[0-6])(?P<bare>)", weekday),
)
# Most words begin no expression, so they are not tried against each pattern; "the", "in" and "how
# many" begin most questions, and hardly ever a date.
_BEGINNING: Final = re.compile(
    "(?:THE )*(?:[0-9]|[NO][0-9]|[JGL][0-9]{2}[pe]|S[1-4]|D[0-6]|HALFDAY |R[0-2]|LATELY|DECADE"
    "|['’] |FEW (?:DAY|WEEK|MONTH)|INe (?:WEEK|MONTH)|EARLY|MID|LATE|SOME|HALF[12]|QUARTER"
    "|WEEK[1-4]|(?:THIS|LAST|PAST|RECENT|HOUR|DAY|WEEK|MONTH|YEAR)(?:S|YEAR)?[pe])"
)


@cache
def _rules() -> Sequence[tuple[re.Pattern[str], _Reader]]:
    """Compile the patterns on the first call: most questions name no time."""
    return [(re.compile(f"(?:{pattern})(?= |$)"), reader) for pattern, reader in _PATTERNS]
