"""A snapshot in Milvus, opened to search.

A question takes four calls: passages by words, articles by words, passages by vector, and all that
is known of the candidates, with the articles they are from. What was fetched is kept for the
methods that are asked next (`index.engines.milvus.entity_reader`), and so are the index terms for
as long as the snapshot is open.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.engines.milvus.bm25 import LexicalQuery
from index.engines.milvus.client import MOST_ROWS, Found, MilvusServer
from index.engines.milvus.entities import ARTICLE_FIELDS, ArticleEntity
from index.engines.milvus.entity_reader import EntityReader, read_terms
from index.engines.milvus.facts import SnapshotFacts, read_facts
from index.engines.milvus.schema import (
    HNSW_VISITED,
    VECTOR,
    WORDS,
    CollectionNames,
    quoted,
)
from index.errors import IndexCorruptError
from index.search_index import (
    NO_FILTER,
    ArticleHits,
    Filter,
    Hits,
    IndexInfo,
    PassageTerms,
    SynonymGroup,
)
from index.text.passages import Passage
from index.text.persian import analyser_fingerprint

# Documents that are scored exactly for each one that is wanted, and at least: with fewer, a second
# search is often needed.
_SCORED_FOR_EACH: Final = 2
_LEAST_SCORED: Final = 200
# The newest articles are first looked for among so many times as many, as the days' mean tells.
_LOOKED_AT: Final = 2


class MilvusIndex:
    """An opened snapshot; implements `index.search_index.SearchIndex`."""

    def __init__(self, server: MilvusServer, names: CollectionNames, facts: SnapshotFacts) -> None:
        """Read the index terms of a snapshot; see `open` for one that was published."""
        self._server = server
        self._names = names
        self._facts = facts
        self._agencies = {name: number for number, (name, _) in enumerate(facts.agencies)}
        self._terms = read_terms(server.unhurried(), names)
        self._entities = EntityReader(server, names)

    @classmethod
    def open(cls, server: MilvusServer, names: CollectionNames) -> "MilvusIndex":
        """Open a snapshot that is whole.

        Raises:
            IndexMissingError: it is gone.
            IndexCorruptError: it was made with other Persian rules, or by another version.
        """
        try:
            facts = read_facts(server, names)
        except (KeyError, ValueError) as error:
            raise IndexCorruptError(
                f"{server.uri}: snapshot {names.snapshot} cannot be read: {error}; run "
                "`python -m index build` again"
            ) from error
        if facts.analyser != analyser_fingerprint():
            raise IndexCorruptError(
                f"{server.uri}: made with other Persian rules ({facts.analyser}, here "
                f"{analyser_fingerprint()}); run `python -m index build` again"
            )
        return cls(server, names, facts)

    @property
    def facts(self) -> IndexInfo:
        """Return what the index says of itself."""
        return self._facts.info

    @property
    def is_remote(self) -> bool:
        """Return True."""
        return True

    def prefetch(self, rows: Sequence[int], article_ids: Sequence[str] = ()) -> None:
        """Fetch passages, and articles with all their passages; see `SearchIndex`."""
        own = [row for one in self._entities.articles(article_ids) for row in one.rows.tolist()]
        self._entities.passages([*rows, *own])

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, filter_: Filter = NO_FILTER
    ) -> Hits:
        """Return the passages nearest to `vector`, at most 16,384; see `SearchIndex`."""
        [hits] = self.search_vectors_batch([vector], limit, filter_)
        return hits

    def search_vectors_batch(
        self, vectors: Sequence[NDArray[np.float32]], limit: int, filter_: Filter = NO_FILTER
    ) -> list[Hits]:
        """Return the passages nearest to each vector, at most 16,384; see `SearchIndex`."""
        condition = self._condition(filter_)
        if condition is None or not vectors:
            return [_hits([], limit) for _ in vectors]
        visited = {} if self._facts.exact else {"ef": max(HNSW_VISITED, limit)}
        found = self._server.search(
            self._names.passages,
            VECTOR,
            [vector.tolist() for vector in vectors],
            limit,
            condition=condition,
            outputs=("first",),
            parameters=visited,
        )
        for hits in found:
            self._keep_firsts(hits)
        return [_hits([(one.key, one.score) for one in hits], limit) for hits in found]

    def search_terms(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> Hits:
        """Return the passages that best match the query words; see `SearchIndex`."""
        [hits] = self.search_terms_batch([groups], limit, title_weight, filter_)
        return hits

    def search_terms_batch(
        self,
        queries: Sequence[Sequence[SynonymGroup]],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> list[Hits]:
        """Return the passages that best match each query's words; see `SearchIndex`."""
        weighed = [
            LexicalQuery(groups, title_weight, self._terms, self._facts.passages, articles=False)
            for groups in queries
        ]
        found = self._search_words(weighed, self._names.passages, limit, filter_)
        return [_hits(scored, limit) for scored in found]

    def search_articles(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> ArticleHits:
        """Return the articles that best match the query words; see `SearchIndex`."""
        [hits] = self.search_articles_batch([groups], limit, title_weight, filter_)
        return hits

    def search_articles_batch(
        self,
        queries: Sequence[Sequence[SynonymGroup]],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> list[ArticleHits]:
        """Return the articles that best match each query's words; see `SearchIndex`."""
        weighed = [
            LexicalQuery(groups, title_weight, self._terms, self._facts.articles, articles=True)
            for groups in queries
        ]
        found = self._search_words(weighed, self._names.articles, limit, filter_)
        hits = [_hits(scored, limit) for scored in found]
        return [ArticleHits(one.rows, one.scores) for one in hits]

    def passages_of(self, articles: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows of all passages of articles, by number, article by article."""
        spans = self._entities.spans(articles)
        rows = [np.arange(first, first + count, dtype=np.int64) for first, count in spans]
        return np.concatenate([np.empty(0, np.int64), *rows])

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of the given passages."""
        vectors = np.empty((len(rows), self.facts.dimension), dtype=np.float32)
        for at, entity in enumerate(self._entities.passages(rows)):
            vectors[at] = entity.vector
        return vectors

    def article_vectors(self, articles: Sequence[int]) -> NDArray[np.float32]:
        """Return the means of articles' vectors; see `SearchIndex`."""
        means = np.zeros((len(articles), self.facts.dimension), dtype=np.float32)
        for at, first in enumerate(self._entities.firsts(articles)):
            if first is not None:
                means[at] = first.mean
        return means

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages of the given rows, in their order."""
        return [entity.passage for entity in self._entities.passages(rows)]

    def passage_terms(self, rows: Sequence[int]) -> list[PassageTerms]:
        """Return the index terms of the passages of the given rows, in their order."""
        return [entity.terms for entity in self._entities.passages(rows)]

    def article_terms(self, articles: Sequence[int]) -> list[frozenset[str]]:
        """Return the index terms of articles; see `SearchIndex`."""
        firsts = self._entities.firsts(articles)
        return [frozenset() if one is None else one.article_terms for one in firsts]

    def article_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return, (len(rows),), a number of each passage's article, the same for one article."""
        return np.array(
            [entity.article for entity in self._entities.passages(rows)], dtype=np.int32
        )

    def agency_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return a number of the agency of each passage's article, (len(rows),), -1 for none."""
        return np.array([entity.agency for entity in self._entities.passages(rows)], dtype=np.int32)

    def is_lead(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Return, (len(rows),), whether each passage is an abstract or a title, no paragraph."""
        return np.array([entity.lead for entity in self._entities.passages(rows)], dtype=np.bool_)

    def dates(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the ordinal of the day of each passage's article, 0 where it has none."""
        return np.array([entity.day for entity in self._entities.passages(rows)], dtype=np.int32)

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None when the index has no such article."""
        entity = self._article(article_id)
        return None if entity is None else entity.article

    def article_rows(self, article_id: str) -> NDArray[np.int64]:
        """Return the rows of an article's passages in order; empty when it is not known."""
        entity = self._article(article_id)
        return np.empty(0, np.int64) if entity is None else entity.rows

    def near_duplicates(self, article_id: str) -> list[str]:
        """Return the ids of the articles that say nearly the same; see `SearchIndex`."""
        entity = self._article(article_id)
        return [] if entity is None else entity.duplicates

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles, most articles first."""
        return sorted(self._facts.agencies, key=lambda pair: -pair[1])

    def articles_with_code(self, code: str) -> list[str]:
        """Return the ids of the articles with an agency code, in order of rows."""
        if not code:
            return []
        condition = f"code == {quoted(code)}"
        found = self._server.query(self._names.articles, condition, ARTICLE_FIELDS)
        self._entities.keep_articles(found)
        return [one["id"] for one in sorted(found, key=lambda one: int(one["number"]))]

    def articles_linked(self, part: str) -> list[Article]:
        """Return the articles whose link contains a text; see `SearchIndex`."""
        # Servers differ in which patterns they can match, and no index would help.
        links = self._server.scan(self._names.articles, 'link != ""', ("number", "link"))
        numbers = sorted(int(one["number"]) for one in links if part in one["link"])
        found = self._server.fetch(self._names.articles, "number", numbers, ARTICLE_FIELDS)
        return [ArticleEntity(found[number]["record"]).article for number in numbers]

    def latest(self, limit: int, filter_: Filter = NO_FILTER) -> list[str]:
        """Return the ids of the newest articles that pass; see `SearchIndex`."""
        first, last = self.facts.first_date, self.facts.last_date
        if first is None or last is None or self._condition(filter_) is None:
            return []
        # Milvus cannot sort: the newest are looked for in ever longer spans of days.
        since, until = max(filter_.since or first, first), min(filter_.until or last, last)
        newest: list[tuple[int, int, str]] = []
        days = self._facts.days_of(_LOOKED_AT * limit, filter_.agencies)
        while until >= since and len(newest) < limit:
            begin = max(since, until - timedelta(days=min(days - 1, (until - since).days)))
            condition = self._condition(Filter(begin, until, filter_.agencies))
            found = self._server.query_all(
                self._names.articles, condition or "", ("number", "id", "day")
            )
            some = ((int(one["day"]), int(one["number"]), one["id"]) for one in found)
            newest += sorted(some, reverse=True)
            if begin == date.min:
                break
            until, days = begin - timedelta(days=1), 8 * days
        article_ids = [article_id for _, _, article_id in newest[:limit]]
        # Each of them is asked for next.
        self._entities.articles(article_ids)
        return article_ids

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order of rows."""
        found = self._server.scan(self._names.articles, "", ("number", "id"))
        return [one["id"] for one in sorted(found, key=lambda one: int(one["number"]))]

    def article_dates(self, filter_: Filter = NO_FILTER) -> NDArray[np.int32]:
        """Return the day of each article by its number; see `SearchIndex`."""
        days = np.full(self.facts.articles, -1, dtype=np.int32)
        condition = self._condition(filter_)
        if condition is not None:
            for one in self._server.scan(self._names.articles, condition, ("number", "day")):
                days[int(one["number"])] = int(one["day"])
        return days

    def document_frequency(self, term: str) -> int:
        """Return how many passages contain an index term in their text."""
        entry = self._terms.get(term)
        return 0 if entry is None else entry.passages[0]

    def has_term(self, term: str) -> bool:
        """Return whether any passage has an index term in its text or its title."""
        return term in self._terms

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return every index term with its document frequency, most frequent first."""
        counts = ((term, entry.passages[0]) for term, entry in self._terms.items())
        return sorted(
            ((term, count) for term, count in counts if count), key=lambda pair: (-pair[1], pair[0])
        )

    def _search_words(
        self, queries: Sequence[LexicalQuery], collection: str, limit: int, filter_: Filter
    ) -> list[list[tuple[int, float]]]:
        """Return for each query keys with exact scores; the best `limit` of all are among them."""
        condition = self._condition(filter_)
        scored: list[list[tuple[int, float]]] = [[] for _ in queries]
        # Places of the queries that are not answered yet; a vector without words finds nothing.
        waiting = [at for at, query in enumerate(queries) if query.vector]
        if condition is None:
            return scored
        outputs = [WORDS, "first"] + (["count"] if collection == self._names.articles else [])
        size = min(MOST_ROWS, max(_LEAST_SCORED, _SCORED_FOR_EACH * limit))
        while waiting:
            vectors = [queries[at].vector for at in waiting]
            found = self._server.search(
                collection, WORDS, vectors, size, condition=condition, outputs=outputs
            )
            unfinished = []
            for at, hits in zip(waiting, found, strict=True):
                exact = ((one.key, queries[at].score(one.fields[WORDS])) for one in hits)
                scored[at] = [(key, score) for key, score in exact if score > 0]
                scores = sorted((score for _, score in scored[at]), reverse=True)
                # No document that was not found scores more than the last one that was.
                enough = len(scores) >= limit and scores[limit - 1] >= hits[-1].score
                if not (enough or len(hits) < size or size == MOST_ROWS):
                    unfinished.append(at)
                if collection == self._names.passages:
                    self._keep_firsts(hits)
                else:
                    spans = ((one.key, (one.fields["first"], one.fields["count"])) for one in hits)
                    self._entities.keep_spans(
                        (key, (int(first), int(count))) for key, (first, count) in spans
                    )
            waiting, size = unfinished, min(MOST_ROWS, 2 * size)
        return scored

    def _condition(self, filter_: Filter) -> str | None:
        """Return a filter as a condition, "" for all; None where nothing can pass."""
        parts = []
        if filter_.since or filter_.until:
            first, last = self.facts.first_date, self.facts.last_date
            if first is None or last is None:
                return None
            if (filter_.until or first) < first or (filter_.since or last) > last:
                return None
            # From 1 on, which leaves out those without a date, 0.
            parts.append(f"day >= {(filter_.since or date.min).toordinal()}")
            parts.append(f"day <= {(filter_.until or date.max).toordinal()}")
        if filter_.agencies:
            numbers = [self._agencies[one] for one in filter_.agencies if one in self._agencies]
            if not numbers:
                return None
            parts.append(f"agency in {numbers}")
        return " and ".join(parts)

    def _keep_firsts(self, found: Sequence[Found]) -> None:
        self._entities.keep_firsts((one.key, int(one.fields["first"])) for one in found)

    def _article(self, article_id: str) -> ArticleEntity | None:
        return next(iter(self._entities.articles([article_id])), None)


def _hits(scored: Sequence[tuple[int, float]], limit: int) -> Hits:
    """Return the best `limit`; equal scores are ordered by row."""
    rows = np.array([row for row, _ in scored], dtype=np.int64)
    scores = np.array([score for _, score in scored], dtype=np.float32)
    best = np.lexsort((rows, -scores))[:limit]
    return Hits(rows[best], scores[best])
