"""The interface of what answers questions, for every front end."""

from typing import Protocol, Unpack

from index.article import Article
from index.dates import Calendar
from index.search_index import NO_FILTER, Filter
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
        self, *, since: str | None = None, until: str | None = None, source: str | None = None
    ) -> Filter:
        """Make a filter of typed dates and agencies; see `Retriever.filter`."""

    def article(self, article_id: str) -> Article | None:
        """Return an article of the index by its id, or None."""

    def related(self, article_id: str, limit: int = 5) -> tuple[RelatedArticle, ...]:
        """Return the articles nearest in meaning to another; see `Retriever.related`."""

    def timeline(
        self, topic: str, filter: Filter = NO_FILTER, calendar: Calendar | None = None
    ) -> Timeline | None:
        """Count the articles about a topic, by month; see `Retriever.timeline`."""
