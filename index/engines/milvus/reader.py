"""A snapshot in Milvus, opened to search.

A question takes four calls: passages by words, articles by words, passages by vector, and all that
is known of the candidates, with the articles they are from. What was fetched is kept for the
methods that are asked next, and so are the index terms for as long as the snapshot is open.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.engines.milvus.bm25 import LexicalQuery, TermEntry
from index.engines.milvus.client import MOST_ROWS, Found, MilvusServer
from index.engines.milvus.entities import (
    ARTICLE_FIELDS,
    PASSAGE_FIELDS,
    ArticleEntity,
    LeastRecentlyUsed,
    PassageEntity,
)
from index.engines.milvus.facts import SnapshotFacts
from index.engines.milvus.schema import (
    FACTS_KEY,
    HNSW_VISITED,
    VECTOR,
    WORDS,
    CollectionNames,
    from_pieces,
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

# A question has some 400 candidates and articles of them; a passage takes about 5 kB.
_KEPT_PASSAGES: Final = 4096
_KEPT_ARTICLES: Final = 4096
_KEPT_NUMBERS: Final = 65_536
# Documents that are scored exactly for each one that is wanted, and at least: with fewer, a second
# search is often needed.
_SCORED_FOR_EACH: Final = 2
_LEAST_SCORED: Final = 200
# The first span of days in which the newest articles are looked for; the next is eight times that.
_FIRST_DAYS: Final = 8


class MilvusIndex:
    """An opened snapshot; implements `index.search_index.SearchIndex`."""

    def __init__(self, server: MilvusServer, names: CollectionNames, facts: SnapshotFacts) -> None:
        """Read the index terms of a snapshot; see `open` for one that was published."""
        self._server = server
        self._names = names
        self._facts = facts
        self._agencies = {name: number for number, (name, _) in enumerate(facts.agencies)}
        self._terms = _read_terms(server.unhurried(), names)
        self._passages: LeastRecentlyUsed[int, PassageEntity] = LeastRecentlyUsed(_KEPT_PASSAGES)
        self._articles: LeastRecentlyUsed[str, ArticleEntity] = LeastRecentlyUsed(_KEPT_ARTICLES)
        # The first passage of a passage's article, and the span of passages of an article.
        self._firsts: LeastRecentlyUsed[int, int] = LeastRecentlyUsed(_KEPT_NUMBERS)
        self._spans: LeastRecentlyUsed[int, tuple[int, int]] = LeastRecentlyUsed(_KEPT_NUMBERS)

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

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, filter_: Filter = NO_FILTER
    ) -> Hits:
        """Return the passages nearest to `vector`, at most 16,384; see `SearchIndex`."""
        condition = self._condition(filter_)
        if condition is None:
            return _hits([], limit)
        visited = {} if self._facts.exact else {"ef": max(HNSW_VISITED, limit)}
        found = self._server.search(
            self._names.passages,
            VECTOR,
            vector.tolist(),
            limit,
            condition=condition,
            outputs=("first",),
            parameters=visited,
        )
        self._keep_firsts(found)
        return _hits([(one.key, one.score) for one in found], limit)

    def search_terms(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> Hits:
        """Return the passages that best match the query words; see `SearchIndex`."""
        query = LexicalQuery(
            groups, title_weight, self._terms, self._facts.passages, articles=False
        )
        return _hits(self._search_words(query, self._names.passages, limit, filter_), limit)

    def search_articles(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> ArticleHits:
        """Return the articles that best match the query words; see `SearchIndex`."""
        query = LexicalQuery(groups, title_weight, self._terms, self._facts.articles, articles=True)
        hits = _hits(self._search_words(query, self._names.articles, limit, filter_), limit)
        return ArticleHits(hits.rows, hits.scores)

    def passages_of(self, articles: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows of all passages of articles, by number, article by article."""
        spans = self._read_spans(articles)
        known = [spans[number] for number in articles]
        rows = [np.arange(first, first + count, dtype=np.int64) for first, count in known]
        return np.concatenate([np.empty(0, np.int64), *rows])

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of the given passages."""
        vectors = np.empty((len(rows), self.facts.dimension), dtype=np.float32)
        for at, entity in enumerate(self._fetch(rows)):
            vectors[at] = entity.vector
        return vectors

    def article_vectors(self, articles: Sequence[int]) -> NDArray[np.float32]:
        """Return the means of articles' vectors; see `SearchIndex`."""
        means = np.zeros((len(articles), self.facts.dimension), dtype=np.float32)
        spans = self._read_spans(articles)
        filled = [(at, spans[one][0]) for at, one in enumerate(articles) if spans[one][1]]
        for (at, _), entity in zip(filled, self._fetch([row for _, row in filled]), strict=True):
            means[at] = entity.mean
        return means

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages of the given rows, in their order."""
        return [entity.passage for entity in self._fetch(rows)]

    def passage_terms(self, rows: Sequence[int]) -> list[PassageTerms]:
        """Return the index terms of the passages of the given rows, in their order."""
        return [entity.terms for entity in self._fetch(rows)]

    def article_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return, (len(rows),), a number of each passage's article, the same for one article."""
        return np.array([entity.article for entity in self._fetch(rows)], dtype=np.int32)

    def agency_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return a number of the agency of each passage's article, (len(rows),), -1 for none."""
        return np.array([entity.agency for entity in self._fetch(rows)], dtype=np.int32)

    def is_lead(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Return, (len(rows),), whether each passage is an abstract or a title, no paragraph."""
        return np.array([entity.lead for entity in self._fetch(rows)], dtype=np.bool_)

    def dates(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the ordinal of the day of each passage's article, 0 where it has none."""
        return np.array([entity.day for entity in self._fetch(rows)], dtype=np.int32)

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
        found = self._server.query(self._names.articles, condition, ("number", "id"))
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
        days = _FIRST_DAYS
        while until >= since and len(newest) < limit:
            begin = max(since, until - timedelta(days=min(days - 1, (until - since).days)))
            condition = self._condition(Filter(begin, until, filter_.agencies))
            found = self._server.scan(
                self._names.articles, condition or "", ("number", "id", "day")
            )
            some = ((int(one["day"]), int(one["number"]), one["id"]) for one in found)
            newest += sorted(some, reverse=True)
            if begin == date.min:
                break
            until, days = begin - timedelta(days=1), 8 * days
        return [article_id for _, _, article_id in newest[:limit]]

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
        self, query: LexicalQuery, collection: str, limit: int, filter_: Filter
    ) -> list[tuple[int, float]]:
        """Return keys with exact scores; the best `limit` of all documents are among them."""
        condition = self._condition(filter_)
        if not query.vector or condition is None:
            return []
        outputs = [WORDS, "first"] + (["count"] if collection == self._names.articles else [])
        size = min(MOST_ROWS, max(_LEAST_SCORED, _SCORED_FOR_EACH * limit))
        while True:
            found = self._server.search(
                collection, WORDS, query.vector, size, condition=condition, outputs=outputs
            )
            scored = [(one.key, query.score(one.fields[WORDS])) for one in found]
            scores = sorted((score for _, score in scored if score > 0), reverse=True)
            # No document that was not found scores more than the last one that was.
            enough = len(scores) >= limit and scores[limit - 1] >= found[-1].score
            if enough or len(found) < size or size == MOST_ROWS:
                break
            size = min(MOST_ROWS, 2 * size)
        if collection == self._names.articles:
            spans = ((one.key, (one.fields["first"], one.fields["count"])) for one in found)
            self._spans.put((key, (int(first), int(count))) for key, (first, count) in spans)
        else:
            self._keep_firsts(found)
        return [(key, score) for key, score in scored if score > 0]

    def _condition(self, filter_: Filter) -> str | None:
        """Return a filter as a condition, "" for all; None where nothing can pass."""
        parts = []
        if filter_.since or filter_.until:
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
        self._firsts.put((one.key, int(one.fields["first"])) for one in found)

    def _fetch(self, rows: Sequence[int]) -> list[PassageEntity]:
        """Return the passages of rows, and fetch with them the first ones of their articles."""
        rows = [int(row) for row in rows]
        kept = self._passages.get(rows)
        if missing := [row for row in dict.fromkeys(rows) if row not in kept]:
            firsts = self._firsts.get(missing).values()
            wanted = list(dict.fromkeys([*missing, *firsts]))
            fetched = self._server.fetch(self._names.passages, "row", wanted, PASSAGE_FIELDS)
            read = {row: PassageEntity.of(fields) for row, fields in fetched.items()}
            self._passages.put(read.items())
            self._spans.put((one.article, (one.first, one.count)) for one in read.values())
            self._articles.put(
                (entity.passage.article_id, ArticleEntity(entity.source))
                for entity in read.values()
                if entity.source
            )
            kept.update(read)
        return [kept[row] for row in rows]

    def _read_spans(self, articles: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return the first row of articles and their numbers of passages."""
        spans = self._spans.get(articles)
        if missing := [number for number in dict.fromkeys(articles) if number not in spans]:
            found = self._server.fetch(
                self._names.articles, "number", missing, ("number", "first", "count")
            )
            read = {key: (int(one["first"]), int(one["count"])) for key, one in found.items()}
            self._spans.put(read.items())
            spans.update(read)
        return spans

    def _article(self, article_id: str) -> ArticleEntity | None:
        if found := self._articles.get([article_id]):
            return found[article_id]
        condition = f"id == {quoted(article_id)}"
        entities = self._server.query(self._names.articles, condition, ARTICLE_FIELDS)
        if not entities:
            return None
        entity = ArticleEntity(entities[0]["record"])
        self._articles.put([(article_id, entity)])
        return entity


def read_facts(server: MilvusServer, names: CollectionNames) -> SnapshotFacts:
    """Return the facts of a snapshot.

    Raises:
        KeyError: the snapshot is not whole.
        ValueError: it has another format.
    """
    found = server.fetch(names.facts, "number", [FACTS_KEY], ("number", "record"))
    return SnapshotFacts.from_record(from_pieces(found[FACTS_KEY]["record"]))


def _read_terms(server: MilvusServer, names: CollectionNames) -> Mapping[str, TermEntry]:
    columns = ("passage_text", "passage_title", "article_text", "article_title")
    terms = {}
    for one in server.scan(names.terms, "number >= 0", ("number", "term", *columns)):
        passages, titles, articles, article_titles = (int(one[column]) for column in columns)
        terms[str(one["term"])] = TermEntry(
            int(one["number"]), (passages, titles), (articles, article_titles)
        )
    return terms


def _hits(scored: Sequence[tuple[int, float]], limit: int) -> Hits:
    """Return the best `limit`; equal scores are ordered by row."""
    rows = np.array([row for row, _ in scored], dtype=np.int64)
    scores = np.array([score for _, score in scored], dtype=np.float32)
    best = np.lexsort((rows, -scores))[:limit]
    return Hits(rows[best], scores[best])
