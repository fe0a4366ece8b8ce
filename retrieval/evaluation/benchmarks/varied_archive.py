"""Archives of any size, made by varying the articles of a real one.

The first articles are the real ones, so that questions about them have their answers. In the copies
after them about half of the words are replaced by words of other articles, drawn by their
frequency. An unchanged passage has its vector from an index of the real articles; every other
passage has a real vector, moved by the difference of two more, so that the vectors have the density
and the directions of real ones. The model encodes only questions.
"""

import hashlib
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.encoders.encoder import PassageEncoder, TextKind
from index.snapshots.analyses import Analysis, AnalysisStore, AnalyzedArticle
from index.snapshots.snapshot import PREPARED, Snapshot
from index.snapshots.snapshot_pointer import published_folder
from index.text.minhash import sketch
from index.text.passages import Passage

_WORD, _TERM = re.compile(r"(\w+)"), re.compile(r"(\S+)")
_EXCHANGED = 0.5
_MOST_DAYS = 2000
_CHECKSUM_BYTES = 16
# A vector moved this far has a cosine of about 0.9 with the original.
_MOVES = (0.25, 0.6)


class WordExchanger:
    """Exchanges words of texts for words of all of the texts, drawn by their frequency."""

    def __init__(self, texts: Iterable[str], word: re.Pattern[str], seed: int) -> None:
        """Take in the texts.

        Args:
            texts: what can be varied.
            word: a group, which is a word.
            seed: for the random numbers.
        """
        self._pieces = {
            text: np.array([sys.intern(piece) for piece in word.split(text)], dtype=object)
            for text in texts
        }
        self._pool = np.concatenate([pieces[1::2] for pieces in self._pieces.values()])
        self._random = np.random.default_rng(seed)

    def varied(self, text: str) -> str:
        """Return one of the texts with about half of its words exchanged."""
        pieces = self._pieces[text].copy()
        # Words are the odd pieces; between them is what divides them.
        exchanged = self._random.random(len(pieces) // 2) < _EXCHANGED
        words = 1 + 2 * np.flatnonzero(exchanged)
        pieces[words] = self._pool[self._random.integers(len(self._pool), size=len(words))]
        return "".join(pieces)


def vary_articles(articles: Sequence[Article], seed: int = 0) -> Iterator[Article]:
    """Yield articles endlessly: these, and then variations of them."""
    yield from articles
    texts = (
        text
        for article in articles
        for text in (article.title, article.abstract, *article.paragraphs)
    )
    exchanger = WordExchanger(texts, _WORD, seed)
    for copy in _copies(articles, seed):
        yield replace(
            copy,
            title=exchanger.varied(copy.title),
            abstract=exchanger.varied(copy.abstract),
            paragraphs=tuple(map(exchanger.varied, copy.paragraphs)),
        )


def vary_analyses(articles: Sequence[AnalyzedArticle], seed: int = 0) -> Iterator[AnalyzedArticle]:
    """Yield analysed articles endlessly: these, and then variations of them.

    Words and terms are exchanged independently, and each passage is a paragraph of its own.
    """
    yield from articles
    words = WordExchanger(
        (
            text
            for one in articles
            for text in (one.article.title, *(passage.text for passage in one.passages))
        ),
        _WORD,
        seed,
    )
    terms = WordExchanger(
        (text for one in articles for text in (one.analysis.title_terms, *one.analysis.terms)),
        _TERM,
        seed,
    )
    copies = _copies([one.article for one in articles], seed)
    for copy, one in zip(copies, cycle(articles), strict=False):
        title = words.varied(copy.title)
        passages: list[Passage] = []
        paragraphs: list[str] = []
        for passage in one.passages:
            text, numbers = words.varied(passage.text), passage.paragraphs
            if numbers:
                numbers = (len(paragraphs),)
                paragraphs.append(text)
            passages.append(Passage(copy.id, title, numbers, text))
        lead = "\n".join(passage.text for passage in passages if not passage.paragraphs)
        article = replace(copy, title=title, abstract=lead, paragraphs=tuple(paragraphs))
        title_terms = terms.varied(one.analysis.title_terms)
        passage_terms = tuple(map(terms.varied, one.analysis.terms))
        analysis = Analysis(
            hashlib.blake2b(copy.id.encode(), digest_size=_CHECKSUM_BYTES).digest(),
            title_terms,
            passage_terms,
            sketch(" ".join((title_terms, *passage_terms)).split()),
        )
        yield AnalyzedArticle(article, tuple(passages), analysis)


def analyzed_articles(directory: Path) -> list[AnalyzedArticle]:
    """Return the articles of the published snapshot of an index directory, with their analyses."""
    folder = published_folder(directory)
    snapshot, analyses = Snapshot.open(folder), AnalysisStore(folder / PREPARED)
    return [
        AnalyzedArticle(
            article,
            tuple(snapshot.passages(snapshot.article_rows(article.id).tolist())),
            analyses[row],
        )
        for row, article in enumerate(snapshot.articles())
    ]


class PerturbingEncoder:
    """Encodes questions; passages get vectors from an index, or near to one."""

    def __init__(self, encoder: PassageEncoder, real: Snapshot) -> None:
        """Use the vectors of an index that `encoder` made."""
        self.name = encoder.name
        self.fingerprint = f"{encoder.fingerprint}, moved"
        self.max_tokens = encoder.max_tokens
        self._encoder = encoder
        rows = range(real.facts.passages)
        self._vectors = real.vectors(rows)
        texts = (passage.embedded_text for passage in real.passages(rows))
        self._rows = {text_number(text): row for row, text in enumerate(texts)}

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1; see `Encoder`."""
        if kind == "query":
            return self._encoder.encode(texts, kind)
        return self.vectors(map(text_number, texts))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        return self._encoder.count_tokens(texts)

    def vectors(self, numbers: Iterable[int]) -> NDArray[np.float32]:
        """Return the (n, dimension) vectors of the passages whose texts have some numbers."""
        return np.stack([self._vector(number) for number in numbers])

    def _vector(self, number: int) -> NDArray[np.float32]:
        if (row := self._rows.get(number)) is not None:
            return np.asarray(self._vectors[row])
        chance = random.Random(number)
        here, there, place = (self._vectors[chance.randrange(len(self._vectors))] for _ in range(3))
        moved = place + np.float32(chance.uniform(*_MOVES)) * (here - there)
        return np.asarray(moved / np.linalg.norm(moved))


def text_number(text: str) -> int:
    """Return the number, of eight bytes, that a text's vector is drawn by."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


def _copies(articles: Sequence[Article], seed: int) -> Iterator[Article]:
    """Yield the articles again and again, each time with other ids and earlier dates."""
    chance = random.Random(seed)
    for number, article in enumerate(cycle(articles), len(articles) + 1):
        days = timedelta(chance.randrange(_MOST_DAYS))
        yield replace(
            article,
            id=f"generated-{number}",
            date=article.date - days if article.date else None,
            code=None,
            link=None,
        )
