"""Limits as people type them; `Retriever.filter` makes a filter of them for one archive."""

from dataclasses import dataclass
from typing import Final, Protocol

from index.search_index import NO_FILTER, Filter


class FilterResolver(Protocol):
    """What knows the archive's agencies: a `Retriever`."""

    def filter(
        self, *, since: str | None = None, until: str | None = None, source: str | None = None
    ) -> Filter:
        """Make a filter of what somebody typed; see `Retriever.filter`."""


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """Where to look.

    Attributes:
        since: the first day, month or year, in either calendar; None: the archive's first.
        until: the last day, month or year, in either calendar; None: the archive's last.
        source: an agency, in any of its names; None: all of them.
    """

    since: str | None = None
    until: str | None = None
    source: str | None = None

    def read(self, maker: FilterResolver) -> Filter:
        """Return the filter that the limits mean.

        Raises:
            QuestionError: a date cannot be read, the range ends before it begins, or the archive
                has no such agency.
        """
        if self == NO_OPTIONS:
            return NO_FILTER
        return maker.filter(since=self.since, until=self.until, source=self.source)


NO_OPTIONS: Final = FilterOptions()
