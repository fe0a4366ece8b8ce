"""Passages and articles read from a server by their keys; what was read last is kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from index.engines.milvus.bm25 import TermEntry
from index.engines.milvus.client import MilvusServer
from index.engines.milvus.entities import (
    ARTICLE_FIELDS,
    PASSAGE_FIELDS,
    ArticleEntity,
    LeastRecentlyUsed,
    PassageEntity,
)
from index.engines.milvus.schema import CollectionNames, quoted

# A question has some 400 candidates and articles of them; a passage takes about 5 kB.
_KEPT_PASSAGES: Final = 4096
_KEPT_ARTICLES: Final = 4096
_KEPT_NUMBERS: Final = 65_536


class EntityReader:
    """Reads entities of one snapshot; for several threads."""

    def __init__(self, server: MilvusServer, names: CollectionNames) -> None:
        """Read from a server's collections."""
        self._server = server
        self._names = names
        self._passages: LeastRecentlyUsed[int, PassageEntity] = LeastRecentlyUsed(_KEPT_PASSAGES)
        self._articles: LeastRecentlyUsed[str, ArticleEntity] = LeastRecentlyUsed(_KEPT_ARTICLES)
        # The first passage of a passage's article, and the span of passages of an article.
        self._firsts: LeastRecentlyUsed[int, int] = LeastRecentlyUsed(_KEPT_NUMBERS)
        self._spans: LeastRecentlyUsed[int, tuple[int, int]] = LeastRecentlyUsed(_KEPT_NUMBERS)

    def keep_firsts(self, firsts: Iterable[tuple[int, int]]) -> None:
        """Keep the first passages of passages' articles: they are fetched with the passages."""
        self._firsts.put(firsts)

    def keep_spans(self, spans: Iterable[tuple[int, tuple[int, int]]]) -> None:
        """Keep the first row and the number of passages of articles, by number."""
        self._spans.put(spans)

    def keep_articles(self, entities: Iterable[Mapping[str, Any]]) -> None:
        """Keep articles, given as their `ARTICLE_FIELDS`."""
        self._articles.put((str(one["id"]), ArticleEntity(one["record"])) for one in entities)

    def passages(self, rows: Sequence[int]) -> list[PassageEntity]:
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

    def spans(self, articles: Sequence[int]) -> list[tuple[int, int]]:
        """Return the first row of articles and their numbers of passages."""
        spans = self._spans.get(articles)
        if missing := [number for number in dict.fromkeys(articles) if number not in spans]:
            found = self._server.fetch(
                self._names.articles, "number", missing, ("number", "first", "count")
            )
            read = {key: (int(one["first"]), int(one["count"])) for key, one in found.items()}
            self._spans.put(read.items())
            spans.update(read)
        return [spans[number] for number in articles]

    def firsts(self, articles: Sequence[int]) -> list[PassageEntity | None]:
        """Return the first passage of articles, by number; None for one without passages."""
        spans = self.spans(articles)
        entities = iter(self.passages([first for first, count in spans if count]))
        return [next(entities) if count else None for _, count in spans]

    def articles(self, ids: Sequence[str]) -> list[ArticleEntity]:
        """Return the articles of some ids, those that are known."""
        kept = self._articles.get(ids)
        if missing := [one for one in dict.fromkeys(ids) if one not in kept]:
            condition = f"id in [{', '.join(map(quoted, missing))}]"
            found = self._server.query(self._names.articles, condition, ARTICLE_FIELDS)
            read = {str(one["id"]): ArticleEntity(one["record"]) for one in found}
            self._articles.put(read.items())
            kept.update(read)
        return [kept[one] for one in ids if one in kept]


def read_terms(server: MilvusServer, names: CollectionNames) -> Mapping[str, TermEntry]:
    """Return the index terms of a snapshot."""
    columns = ("passage_text", "passage_title", "article_text", "article_title")
    terms = {}
    for one in server.scan(names.terms, "number >= 0", ("number", "term", *columns)):
        passages, titles, articles, article_titles = (int(one[column]) for column in columns)
        terms[str(one["term"])] = TermEntry(
            int(one["number"]), (passages, titles), (articles, article_titles)
        )
    return terms
