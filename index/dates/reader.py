"""Reading of dates from sources: texts, timestamps and numbers, as days in one time zone."""

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from index.dates.calendars import (
    LUNAR_YEARS,
    YEARS,
    Calendar,
    full_jalali_year,
)
from index.dates.lexer import Lexeme, fold, lexemes, month_names, read_number, without_unseen
from index.dates.numeric import CalendarDay, is_plausible, read_numbers

DEFAULT_ZONE: Final = "Asia/Tehran"
NO_DATE: Final = "is not a date"
IN_FUTURE: Final = "is in the future"

_NUMBERS: Final = re.compile(
    r"(?<![\d/.-])(\d{1,2}|\d{4})(\s?[-/.]\s?)(\d{1,2})\2(\d{4}|\d{1,2})(?!\d|[-/]\d)"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_EPOCH: Final = re.compile(r"(\d{9,10}|\d{12,13})(?:\.\d+)?")
_MILLISECONDS: Final = 12  # digits
_TIME: Final = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?\s*+(?P<half>[ap]m)?+\s*+"
    r"(?:(?:utc|gmt)?(?P<offset>[+-]\d{2}:?\d{2})|z|utc|gmt|ut)(?![a-z0-9])"
)
_TIME_REACH: Final = 40
_LONGEST: Final = 300
_SYMBOLS: Final = {"ماه": "MONTHp", "برج": "MONTHp", "سال": "YEARp", "of": "OF", "the": "OF"}
_GAP: Final = r"(?: (?:[,،.-]|OF|YEARp|MONTHp))*"
_DAY: Final = r"(?P<day>[0-9]{1,2}|[NO][0-9]{1,2})(?: (?:م|ام|مین))?"
_MONTH: Final = r"(?P<month>[JGL][0-9]{2}[pe]w?x?)"
_YEAR: Final = "(?P<year>[0-9]{4})"
_NAMED: Final = tuple(
    re.compile(rf"(?<!\S){_GAP.join(parts)}(?!\S)")
    for parts in (
        (_DAY, f" {_MONTH}", " (?P<year>[0-9]{4}|[0-9]{2})"),
        (_MONTH, f" {_DAY}(?: [0-9]+:[0-9:]+)?", f" {_YEAR}"),
        (_YEAR, f" {_MONTH}", f" {_DAY}"),
    )
)
_CALENDARS: Final = {"J": Calendar.JALALI, "G": Calendar.GREGORIAN, "L": Calendar.LUNAR}
_YEARS: Final = {**YEARS, Calendar.LUNAR: LUNAR_YEARS}


@dataclass(frozen=True, slots=True)
class WrittenDay:
    """A day that a text names.

    Attributes:
        day: the day.
        calendar: the calendar that it is written in.
        start: where it begins in the text.
        end: where it ends.
    """

    day: dt.date
    calendar: Calendar
    start: int
    end: int

    @property
    def approximate(self) -> bool:
        """True if the day may be off by one or two: lunar months begin when the moon is seen."""
        return self.calendar is Calendar.LUNAR


class DateReader:
    """Reads the dates of one source.

    Accepted are Jalali, Gregorian and lunar dates in digits of any script, in any order of day,
    month and year (2025-11-18, ۲۷/۸/۱۴۰۴, ۰۴/۸/۲۷, 11/18/2025, 14040827), with names of months
    (۲۷ آبان‌ماه ۱۴۰۴, ۲۷ عقرب ۱۴۰۴, November 18, 2025), in words (بیست و هفتم آبان ۱۴۰۴), the
    timestamps of ISO 8601, e-mail and RSS, and seconds or milliseconds since 1970. A time with a
    zone is converted to the reader's zone; a day without one is that of its publisher.
    """

    def __init__(
        self, zone: dt.tzinfo | None = None, today: Callable[[], dt.date] | None = None
    ) -> None:
        """Read dates.

        Args:
            zone: the zone whose days count; None: Iran's.
            today: the day by which readings are judged; None: that of the clock.
        """
        self._zone = zone or _default_zone()
        self._today = today or (lambda: dt.datetime.now(self._zone).date())

    @property
    def zone(self) -> dt.tzinfo:
        """The zone whose days count."""
        return self._zone

    def read(self, value: object) -> WrittenDay:
        """Return the day that a value of a source names.

        Args:
            value: a text, a number or a date.

        Raises:
            ValueError: it is not a date (`NO_DATE`), or days in the future (`IN_FUTURE`).
        """
        written = self.read_any(value)
        if not is_plausible(written.day, self._today()):
            raise ValueError(IN_FUTURE)
        return written

    def read_any(self, value: object) -> WrittenDay:
        """Return the day that a value names, though it may be in the future.

        Raises:
            ValueError: it is not a date.
        """
        if isinstance(value, dt.date):
            # A table's own dates may have Jalali years.
            value = value.isoformat()
        text = str(value)[:_LONGEST]
        plain = without_unseen(fold(text)).strip()
        try:
            if day := self._from_digits(plain):
                return WrittenDay(day, Calendar.GREGORIAN, 0, len(text))
        except (ValueError, OverflowError, OSError):
            raise ValueError(NO_DATE) from None
        written = next(self._dates(plain), None)
        if written is None:
            raise ValueError(NO_DATE)
        return written

    def dates(self, text: str) -> Iterator[WrittenDay]:
        """Yield the days that a text names with a year of four digits, in their order."""
        folded = fold(text)
        for written in self._dates(folded):
            if re.search(r"\d{4}|\D{8}", folded[written.start : written.end]):
                yield written

    def _from_digits(self, plain: str) -> dt.date | None:
        """Return the day of a number: 20251118, or seconds since 1970; None for another text."""
        if match := _COMPACT.fullmatch(plain):
            return read_numbers((match[1], match[2], match[3]), self._today()).date
        if match := _EPOCH.fullmatch(plain):
            seconds = int(match[1]) / (1000 if len(match[1]) >= _MILLISECONDS else 1)
            return dt.datetime.fromtimestamp(seconds, self._zone).date()
        return None

    def _dates(self, plain: str) -> Iterator[WrittenDay]:
        """Yield the days of a folded text."""
        found: list[tuple[int, int, CalendarDay]] = []
        for match in _NUMBERS.finditer(plain):
            try:
                reading = read_numbers((match[1], match[3], match[4]), self._today())
            except ValueError:
                continue
            found.append((*match.span(), reading))
        found.extend(self._named(plain))
        for start, end, reading in sorted(found, key=lambda one: one[0]):
            try:
                day = self._in_zone(reading.date, plain[end : end + _TIME_REACH])
            except (ValueError, OverflowError):
                continue
            yield WrittenDay(day, reading.calendar, start, end)

    def _named(self, plain: str) -> Iterator[tuple[int, int, CalendarDay]]:
        """Yield the days whose months have names."""
        if not any(character.isalpha() for character in plain):
            return
        symbols = list(_symbols(list(lexemes(plain))))
        line = " ".join(symbol.text for symbol in symbols)
        starts = [0]
        for symbol in symbols:
            starts.append(starts[-1] + len(symbol.text) + 1)
        for pattern in _NAMED:
            for match in pattern.finditer(line):
                first = symbols[bisect_left(starts, match.start())]
                last = symbols[bisect_left(starts, match.end()) - 1]
                calendar = _CALENDARS[match["month"][0]]
                try:
                    year = self._year(match["year"], calendar)
                except ValueError:
                    continue
                month, day = int(match["month"][1:3]), int(match["day"].lstrip("NO"))
                yield first.start, last.end, CalendarDay(calendar, year, month, day)

    def _year(self, digits: str, calendar: Calendar) -> int:
        """Return a year of a calendar.

        Raises:
            ValueError: it is none.
        """
        year, today = int(digits), self._today()
        if len(digits) < 4 and calendar is Calendar.JALALI:
            return full_jalali_year(year, today)
        if len(digits) < 4 and calendar is Calendar.GREGORIAN:
            century = today.year - today.year % 100
            return century + year if century + year <= today.year + 1 else century - 100 + year
        if year not in _YEARS[calendar]:
            raise ValueError(NO_DATE)
        return year

    def _in_zone(self, day: dt.date, rest: str) -> dt.date:
        """Return the day that it is in the reader's zone at the time that stands after a date."""
        match = _TIME.search(rest)
        if match is None:
            return day
        hour = int(match["hour"])
        if match["half"]:
            hour = hour % 12 + (12 if match["half"] == "pm" else 0)
        written = (match["offset"] or "+00:00").replace(":", "")
        offset = dt.timedelta(hours=int(written[:3]), minutes=int(written[0] + written[3:]))
        try:
            time = dt.time(hour, int(match["minute"]), tzinfo=dt.timezone(offset))
        except ValueError:  # 25:61, or +99:00
            return day
        return dt.datetime.combine(day, time).astimezone(self._zone).date()


def parse_date(text: str) -> dt.date:
    """Return the day that a text names, as `DateReader` reads it; it may be in the future.

    Raises:
        ValueError: it is not a date.
    """
    return DateReader().read_any(text).day


@cache
def _default_zone() -> ZoneInfo:
    return ZoneInfo(DEFAULT_ZONE)


def _symbols(words: list[Lexeme]) -> Iterator[Lexeme]:
    """Yield the words with symbols for months, numbers in words and what stands between them."""
    months = month_names()
    at = 0
    while at < len(words):
        first = words[at]
        symbol, size = _SYMBOLS.get(first.text), 1
        for length in (3, 2, 1):
            phrase = " ".join(word.text for word in words[at : at + length])
            if len(words) >= at + length and phrase in months:
                symbol, size = months[phrase], length
                break
        else:
            if symbol is None and (number := read_number(words, at)):
                kind = "O" if number.ordinal else "N"
                symbol = f"{kind}{number.value}" if number.value < 1000 else str(number.value)
                size = number.size
        yield Lexeme(symbol or first.text, first.start, words[at + size - 1].end)
        at += size
