"""The interface between retrieval and an index; a snapshot on disk implements it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.text.passages import Passage


@dataclass(frozen=True, slots=True)
class Hits:
    """A ranked list of passages, best first.

    Attributes:
        rows: (k,) int64 passage rows.
        scores: (k,) float32 scores of one channel, comparable within this list only.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ArticleHits:
    """A ranked list of articles, best first.

    Attributes:
        articles: (k,) int64 numbers, as `SearchIndex.article_numbers` gives them.
        scores: (k,) float32 lexical scores, comparable within this list only.
    """

    articles: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """One way to say a query word: index terms that must all occur, and the trust in it."""

    terms: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class SynonymGroup:
    """One word of a query; the best alternative in a passage's text counts, and in its title."""

    alternatives: tuple[WeightedTerms, ...]


@dataclass(frozen=True, slots=True)
class PassageTerms:
    """The index terms of a passage, as `index.text.persian.index_terms` gives them, each once.

    Attributes:
        title: those of its article's title.
        sentences: those of each of its text's sentences, as `index.text.persian.sentences` cuts it.
    """

    title: frozenset[str]
    sentences: tuple[frozenset[str], ...]

    @property
    def text(self) -> frozenset[str]:
        """Those of its text."""
        return frozenset().union(*self.sentences)


@dataclass(frozen=True, slots=True)
class Filter:
    """A limit of a search to some articles; false when all match.

    Attributes:
        since: the first day; an article without a date does not pass.
        until: the last day; an article without a date does not pass.
        agencies: names exactly as the archive has them, one of which must be the article's;
            empty: any, and articles without an agency.
    """

    since: date | None = None
    until: date | None = None
    agencies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.agencies)

    def matches(self, article: Article) -> bool:
        """Return whether an article passes."""
        if self.agencies and article.agency not in self.agencies:
            return False
        if not (self.since or self.until):
            return True
        if article.date is None:
            return False
        return (self.since or date.min) <= article.date <= (self.until or date.max)


NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """Facts about an index.

    Attributes:
        snapshot: name of the published state that is open.
        articles: number of articles.
        passages: number of passages; rows are 0 to passages - 1.
        encoder: the encoder's name as configured when the index was built.
        fingerprint: identifies the encoder; question vectors must come from the same one.
        dimension: length of a vector.
        first_date: the earliest day of an article; None when no article has a date.
        last_date: the latest day of an article; None when no article has a date.
    """

    snapshot: str
    articles: int
    passages: int
    encoder: str
    fingerprint: str
    dimension: int
    first_date: date | None
    last_date: date | None


class SearchIndex(Protocol):
    """An opened index; every method may be called from several threads at once."""

    @property
    def facts(self) -> IndexInfo:
        """Return what the index says of itself."""

    @property
    def is_remote(self) -> bool:
        """Return whether each call is a round trip to a server, so that fewer, larger ones pay."""

    def prefetch(self, rows: Sequence[int], article_ids: Sequence[str] = ()) -> None:
        """Have ready what will be asked of passages, and of articles with all their passages.

        Results are the same without it. A remote index fetches them together; ids that it does not
        know are left out.
        """

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, filter_: Filter = NO_FILTER
    ) -> Hits:
        """Return the passages nearest to `vector`, (dimension,) normalised, by inner product.

        They are the best `limit` of those whose articles pass `filter_`, or all of these when
        there are fewer.
        """

    def search_vectors_batch(
        self, vectors: Sequence[NDArray[np.float32]], limit: int, filter_: Filter = NO_FILTER
    ) -> list[Hits]:
        """Return what `search_vectors` does for each vector; a remote index is called once."""

    def search_terms(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> Hits:
        """Return the passages that best match the query words by BM25 over text and title.

        They are the best `limit` of those whose articles pass `filter_`, or all of these that match
        when there are fewer. A filter changes no score: words are weighed by the whole index.
        """

    def search_terms_batch(
        self,
        queries: Sequence[Sequence[SynonymGroup]],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> list[Hits]:
        """Return what `search_terms` does for each query; a remote index is called once."""

    def search_articles(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> ArticleHits:
        """Return the articles that best match the query words by BM25 over text and title.

        An article's text is that of all its passages, so that words count together that are spread
        over it. Limit, filter and weights are those of `search_terms`.
        """

    def search_articles_batch(
        self,
        queries: Sequence[Sequence[SynonymGroup]],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> list[ArticleHits]:
        """Return what `search_articles` does for each query; a remote index is called once."""

    def passages_of(self, articles: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows of all passages of articles, by number, article by article."""

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of the given passages."""

    def article_vectors(self, articles: Sequence[int]) -> NDArray[np.float32]:
        """Return, (len(articles), dimension), the mean of each article's vectors, of length 1.

        Articles are given by number; one without passages has zeros.
        """

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages of the given rows, in their order."""

    def article_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return, (len(rows),), a number of each passage's article, the same for one article."""

    def agency_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return a number of the agency of each passage's article, (len(rows),), -1 for none."""

    def is_lead(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Return, (len(rows),), whether each passage is an abstract or a title, no paragraph."""

    def passage_terms(self, rows: Sequence[int]) -> list[PassageTerms]:
        """Return the index terms of the passages of the given rows, in their order."""

    def article_terms(self, articles: Sequence[int]) -> list[frozenset[str]]:
        """Return the index terms of articles, by number: of the title and of all passages."""

    def article_ids(self) -> Sequence[str]:
        """Return the ids of all articles, in order of rows."""

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None when the index has no such article."""

    def article_rows(self, article_id: str) -> NDArray[np.int64]:
        """Return the rows of an article's passages in order; empty when it is not known."""

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles, most articles first."""

    def articles_with_code(self, code: str) -> list[str]:
        """Return the ids of the articles with an agency code, Latin digits, in order of rows."""

    def articles_linked(self, part: str) -> list[Article]:
        """Return the articles whose link contains a text, in order of rows.

        It reads all articles, 12 MB for 4,000 of them: for a link that somebody gives, not for
        every question.
        """

    def near_duplicates(self, article_id: str) -> list[str]:
        """Return the ids of the articles that say nearly the same as one, in order of rows.

        Empty when there is none, or the index has no such article.
        """

    def latest(self, limit: int, filter_: Filter = NO_FILTER) -> list[str]:
        """Return the ids of the newest `limit` of the articles that have a date and pass `filter_`.

        The newest comes first; of one day, what is later in the archive.
        """

    def dates(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the day of each passage's article, (len(rows),), as `date.toordinal()` has it.

        It is 0 where the article has no date.
        """

    def article_dates(self, filter_: Filter = NO_FILTER) -> NDArray[np.int32]:
        """Return, (articles,), the day of each article by its number, as `date.toordinal()` has it.

        It is 0 where the article has no date, and -1 where it does not pass the filter.
        """

    def document_frequency(self, term: str) -> int:
        """Return how many passages contain an index term in their text."""

    def has_term(self, term: str) -> bool:
        """Return whether any passage has an index term in its text or its title."""

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return every index term with its document frequency, most frequent first."""
