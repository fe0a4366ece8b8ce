"""The options of a question, the same for every front end."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final, Self, TypedDict, Unpack

from index.search_index import NO_FILTER, Filter
from retrieval.conversation import Conversation

# A filter, or what one is read from: a day, or words such as «آبان ۱۴۰۴» and "ILNA last month".
FilterLike = Filter | dt.date | str


class AskKeywords(TypedDict, total=False):
    """The fields of `AskOptions` as keyword arguments: `ask(question, limit=5)`."""

    limit: int | None
    offset: int
    conversation: Conversation | None
    filter: FilterLike
    rerank: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class AskOptions:
    """Options of one question. A new option is a field here and in `AskKeywords`.

    Attributes:
        limit: passages in the answer at most; None means `[retrieval] limit`.
        offset: passages to skip at the beginning, which an earlier page has shown.
        conversation: the turns before; a question that follows them up is read with them.
        filter: the articles to search: a filter, which `Retriever.filter` makes of dates and
            names, or a day, or words that name a date, a range or an agency: "آبان ۱۴۰۴".
        rerank: whether the reranker may be asked, where there is one and it is needed.
        waiting: other questions that wait for an answer meanwhile; see `[retrieval] rerank_queue`.

    Raises:
        ValueError: the limit is not positive, or the offset negative.

    >>> AskOptions(limit=3).with_changes(filter="ILNA last month").limit
    3
    """

    limit: int | None = None
    offset: int = 0
    conversation: Conversation | None = None
    filter: FilterLike = NO_FILTER
    rerank: bool = True
    waiting: int = 0

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"limit must be at least 1, not {self.limit}")
        if self.offset < 0:
            raise ValueError(f"offset must not be negative, but is {self.offset}")

    @property
    def may_read(self) -> bool:
        """Whether the first passage may be read for the words in it that answer."""
        return self.rerank and not self.waiting

    def with_changes(self, **changes: Unpack[AskKeywords]) -> Self:
        """Return these options with some of them changed."""
        return replace(self, **changes) if changes else self


DEFAULT_OPTIONS: Final = AskOptions()
