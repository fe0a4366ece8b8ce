"""Dates of records: a date that cannot be read costs the date, not the article."""

import datetime as dt
from dataclasses import dataclass, field

from index.dates import DateReader

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class RecordDates:
    """Reads the dates of the articles of one source.

    Attributes:
        reader: reads dates.
        doubts: what is wrong with those that have been read, a line each.
    """

    reader: DateReader
    doubts: list[str] = field(default_factory=list)

    def day(self, value: object, article: str) -> dt.date | None:
        """Return the day that a value names; None for one that is missing or cannot be read.

        Args:
            value: the value.
            article: what to call the article in a doubt.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        shown = repr(value[:_SHOWN]) if isinstance(value, str) else str(value)[:_SHOWN]
        begin = f"article {article[:80]}: date {shown}"
        try:
            written = self.reader.read(value)
        except ValueError as error:
            self.doubts.append(f"{begin} {error}: kept without a date")
            return None
        if written.approximate:
            self.doubts.append(
                f"{begin} is read as a lunar one, {written.day}, which may be off by two days"
            )
        return written.day
