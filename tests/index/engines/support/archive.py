"""A small archive for the contract of engines, and what is expected of it, reckoned plainly."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from index.article import Article
from index.search_index import Filter, SynonymGroup
from index.text.passages import Passage
from index.text.persian import index_terms, sentence_terms

LONG = "بندر انزلی در کنار دریای خزر است و کشتی‌ها از آن به آستراخان می‌روند. " * 400
STORY = (
    "وزیر نیرو از آغاز ساخت سد تازه در استان گیلان خبر داد و گفت این سد تا پایان سال آماده می‌شود.",
    "به گفته او آب آشامیدنی سه شهر از این سد فراهم خواهد شد و هزینه آن هزار میلیارد تومان است.",
)
ARTICLES = (
    Article(
        "ilna-1",
        "همکاریهای علمی در دریای خزر",
        ("بیش از ۵ هزار دانشجو در آستراخان درس میخوانند.", "کشتیرانی میان بنادر رونق دارد."),
        abstract="استاندار از تبادل دانشجو خبر داد.",
        agency="ایلنا",
        date=dt.date(2025, 11, 18),
        code="17",
        link="https://ilna.example/news/1",
    ),
    Article('fars"\\2', "Caspian football", ("The derby ended in a draw.", "بازی مساوی شد.")),
    Article("isna/3", "سد تازه گیلان", STORY, agency="ایسنا", date=dt.date(2025, 10, 2), code="17"),
    Article("irna 4", "سد تازه گیلان", STORY, agency="ایرنا", date=dt.date(2025, 10, 2)),
    Article(
        "ilna-5",
        "دریا دریا دریا",
        ("دریا آرام است.", "دریای خزر و دریای عمان.", "خزر"),
        agency="ایلنا",
        date=dt.date(2024, 1, 1),
        link="https://ilna.example/news/5?a=%D8%A8&b=_",
        tags=("دریا",),
    ),
    Article("نشانی-6", "", ("!!!",), agency="ایسنا", date=dt.date(1999, 12, 31)),
    Article("long-7", "بندر", (LONG, "پایان."), agency="ایرنا", date=dt.date(2025, 11, 18)),
    Article("cup-8", "Cup final", ("Rostov won the cup.",), date=dt.date(2025, 11, 17), code="9"),
)
SETTINGS = {"min_passage_tokens": 0}
_K1, _B = 1.2, 0.75


@dataclass(frozen=True)
class Expected:
    """What an index of the archive must know, from its passages as they were cut."""

    passages: tuple[Passage, ...]

    def articles(self) -> list[Article]:
        """The article of each passage."""
        by_id = {article.id: article for article in ARTICLES}
        return [by_id[passage.article_id] for passage in self.passages]

    def rows(self, filter_: Filter) -> list[int]:
        return [row for row, one in enumerate(self.articles()) if filter_.matches(one)]

    @cached_property
    def terms(self) -> list[tuple[list[str], list[str]]]:
        """The terms of each passage's title and text."""
        return [
            (index_terms(one.title), list(chain.from_iterable(sentence_terms(one.text))))
            for one in self.passages
        ]

    @cached_property
    def article_terms(self) -> list[tuple[list[str], list[str]]]:
        """The same of each article."""
        own = {article.id: (index_terms(article.title), []) for article in ARTICLES}
        for passage, (_, text) in zip(self.passages, self.terms, strict=True):
            own[passage.article_id][1].extend(text)
        return list(own.values())

    @cached_property
    def vocabulary(self) -> list[str]:
        """Every term that a query may have, and one that no text has."""
        found = chain.from_iterable(title + text for title, text in self.terms)
        return [*sorted(set(found)), "هیچ‌کجا"]


def bm25(
    documents: Sequence[tuple[list[str], list[str]]],
    groups: Sequence[SynonymGroup],
    title_weight: float,
) -> list[float | None]:
    """The score of each document, None where it does not match: the textbook's formula."""
    fields = [[text for _, text in documents], [title for title, _ in documents]]
    scores: list[float | None] = [None] * len(documents)
    for weight, texts in zip((1.0, title_weight), fields, strict=True):
        average = sum(map(len, texts)) / len(texts)
        frequencies = Counter(chain.from_iterable(map(set, texts)))
        for at, text in enumerate(texts):
            counts = Counter(text)
            # Lengths are kept in one byte; those of this archive's short texts are exact.
            norm = _K1 * (1 - _B + _B * _kept(len(text)) / average)
            for group in groups:
                ways = [
                    sum(
                        one.weight
                        * weight
                        * math.log(1 + (len(texts) - frequencies[t] + 0.5) / (frequencies[t] + 0.5))
                        * (_K1 + 1)
                        * counts[t]
                        / (counts[t] + norm)
                        for t in one.terms
                    )
                    for one in group.alternatives
                    if all(counts[term] for term in one.terms)
                ]
                if ways and weight:
                    scores[at] = (scores[at] or 0.0) + max(ways)
    return scores


def _kept(length: int) -> int:
    """The length that one byte keeps: four significant bits above 40, the rest cut off."""
    if length < 40:
        return length
    shift = (length - 24).bit_length() - 4
    return 24 + ((length - 24) >> shift << shift)


def neighbours(scores: Sequence[float | None]) -> Iterator[tuple[int, float]]:
    """Yield rows that match with their scores, best first, and equal ones by row."""
    found = [(row, score) for row, score in enumerate(scores) if score is not None]
    yield from sorted(found, key=lambda pair: (-pair[1], pair[0]))
