"""Dates of records: a date that cannot be read costs the date, not the article."""

import datetime as dt

from index.dates import DateReader


class RecordDates:
    """Reads the date of one record.

    Attributes:
        doubts: what is wrong with it, a line each.
    """

    def __init__(self, reader: DateReader) -> None:
        self._reader = reader
        self.doubts: list[str] = []

    def day(self, value: object) -> dt.date | None:
        """Return the day that a value names; None for one that is missing or cannot be read."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        shown = repr(value[:40]) if isinstance(value, str) else str(value)[:40]
        try:
            written = self._reader.read(value)
        except ValueError as error:
            self.doubts.append(f"date: {shown} {error}: the article is kept without a date")
            return None
        if written.approximate:
            self.doubts.append(
                f"date: {shown} is read as a day of the lunar calendar, {written.day}, which may "
                "be off by two days"
            )
        return written.day
