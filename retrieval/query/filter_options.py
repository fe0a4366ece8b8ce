"""Filters as people type them, before an archive resolves its agencies' names."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Protocol

from index.search_index import NO_FILTER, Filter


class FilterResolver(Protocol):
    """Makes filters for one archive, as a `Retriever` does."""

    def filter(
        self,
        words: str = "",
        *,
        since: str | dt.date | None = None,
        until: str | dt.date | None = None,
        source: str | None = None,
    ) -> Filter:
        """Make a filter of typed dates and agencies; see `Retriever.filter`."""


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """The articles to search, as typed.

    Attributes:
        since: the first day, month or year, in either calendar; None: the archive's first.
        until: the last day, month or year, in either calendar; None: the archive's last.
        source: an agency, in any of its names; None: all of them.
    """

    since: str | None = None
    until: str | None = None
    source: str | None = None

    def resolve(self, resolver: FilterResolver) -> Filter:
        """Return the filter that these options stand for.

        Raises:
            QuestionError: a date cannot be read, the range ends before it begins, or the archive
                has no such agency.
        """
        if self == NO_OPTIONS:
            return NO_FILTER
        return resolver.filter(since=self.since, until=self.until, source=self.source)


NO_OPTIONS: Final = FilterOptions()
