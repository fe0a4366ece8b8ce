"""The interface of what answers questions, for every front end."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, Unpack

from index.article import Article
from index.dates import Calendar
from index.search_index import NO_FILTER, Filter, IndexInfo
from retrieval.answers import Answer, RelatedArticle
from retrieval.options import DEFAULT_OPTIONS, AskKeywords, AskOptions
from retrieval.pipeline.explanation import Explanation
from retrieval.pipeline.timeline import Timeline


class Answerer(Protocol):
    """Answers questions: a `Retriever` over one snapshot, a `LiveRetriever` over the newest one.

    Options are an `AskOptions`, keywords (`limit=5`), or both; a keyword overrides the option.
    """

    @property
    def snapshot(self) -> str:
        """Name of the snapshot that the next question is asked of."""

    @property
    def facts(self) -> IndexInfo:
        """Facts about the open index."""

    def lease(self) -> "AbstractContextManager[Answerer]":
        """Lend what answers from the open snapshot, which stays open until it is returned."""

    def ask(
        self,
        question: str,
        options: AskOptions = DEFAULT_OPTIONS,
        **changes: Unpack[AskKeywords],
    ) -> Answer:
        """Answer a question; see `Retriever.ask`."""

    def explain(
        self,
        question: str,
        options: AskOptions = DEFAULT_OPTIONS,
        **changes: Unpack[AskKeywords],
    ) -> Explanation | None:
        """Explain the first passages of an answer; see `Retriever.explain`."""

    def filter(
        self,
        words: str = "",
        *,
        since: str | dt.date | None = None,
        until: str | dt.date | None = None,
        source: str | None = None,
    ) -> Filter:
        """Make a filter of dates and agencies; see `Retriever.filter`."""

    def latest(
        self, language: str, options: AskOptions = DEFAULT_OPTIONS, **changes: Unpack[AskKeywords]
    ) -> Answer:
        """List the newest articles; see `Retriever.latest`."""

    def agency_names(self) -> Mapping[str, Sequence[str]]:
        """Return each agency of the index with all names that it is known by."""

    def article(self, article_id: str) -> Article | None:
        """Return an article of the index by its id, or None."""

    def related(self, article_id: str, limit: int = 5) -> tuple[RelatedArticle, ...]:
        """Return the articles nearest in meaning to another; see `Retriever.related`."""

    def timeline(
        self, topic: str, filter: Filter = NO_FILTER, calendar: Calendar | None = None
    ) -> Timeline | None:
        """Count the articles about a topic, by month; see `Retriever.timeline`."""
