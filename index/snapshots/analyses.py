"""Analyses of articles, kept in each snapshot so that the next one can reuse them.

prepared/terms.jsonl     a row an article: index terms of its title, and of each passage, whose
                         sentences a line break separates
prepared/checksums.npy   (articles, 16) uint8: checksum of the article that it was made of
prepared/sketches.npy    (articles, 64) uint32: see index.text.minhash
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.search_index import PassageTerms
from index.snapshots.row_store import RowStore, RowWriter
from index.text.minhash import SKETCH_SIZE, Sketch
from index.text.passages import Passage

_TERMS = "terms.jsonl"
_CHECKSUMS = "checksums.npy"
_SKETCHES = "sketches.npy"
_CHECKSUM_BYTES = 16
# The steps of one question ask for the same articles.
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of an article's text, without its passages and vectors.

    Attributes:
        checksum: of the article as it is archived.
        title_terms: index terms of its title, with a space between them.
        terms: index terms of each passage's text, likewise, with a line break between sentences.
        sketch: for finding near-duplicates.
    """

    checksum: bytes
    title_terms: str
    terms: tuple[str, ...]
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class AnalyzedArticle:
    """An article, the passages that it was cut into, and what was made of them."""

    article: Article
    passages: tuple[Passage, ...]
    analysis: Analysis


class AnalysisWriter:
    """Writes the analyses of articles, in the order of their rows."""

    def __init__(self, folder: Path) -> None:
        """Begin a new folder; it is made."""
        folder.mkdir()
        self._folder = folder
        self._rows = RowWriter(folder / _TERMS)
        self._checksums = bytearray()
        self._sketches = bytearray()

    def add(self, analysis: Analysis) -> None:
        """Write one article's."""
        self._rows.add([analysis.title_terms, *analysis.terms])
        self._checksums += analysis.checksum
        self._sketches += analysis.sketch.tobytes()

    def finish(self) -> NDArray[np.uint32]:
        """Complete the folder; return the (articles, 64) sketches."""
        self._rows.finish()
        checksums = np.frombuffer(self._checksums, np.uint8).reshape(-1, _CHECKSUM_BYTES)
        sketches = np.frombuffer(self._sketches, np.uint32).reshape(-1, SKETCH_SIZE)
        np.save(self._folder / _CHECKSUMS, checksums)
        np.save(self._folder / _SKETCHES, sketches)
        return sketches

    def close(self) -> None:
        """Close the files; without `finish` they are of no use."""
        self._rows.close()


class AnalysisStore:
    """The analyses of a snapshot's articles, by row."""

    def __init__(self, folder: Path) -> None:
        """Open a folder that `AnalysisWriter` wrote.

        Raises:
            OSError, ValueError: a file is missing or damaged.
        """
        self._rows = RowStore(folder / _TERMS)
        self._recent = lru_cache(maxsize=_REMEMBERED)(partial(_terms_of, self._rows))
        self._checksums = np.load(folder / _CHECKSUMS, mmap_mode="r")
        self._sketches = np.load(folder / _SKETCHES, mmap_mode="r")
        if not len(self._rows) == len(self._checksums) == len(self._sketches):
            raise ValueError(f"{folder.name} holds different numbers of articles")

    def __len__(self) -> int:
        return len(self._rows)

    def checksum(self, row: int) -> bytes:
        """Return the checksum of the article that a row was made of."""
        return bytes(self._checksums[row])

    def __getitem__(self, row: int) -> Analysis:
        title_terms, *terms = self._rows[row]
        return Analysis(self.checksum(row), title_terms, tuple(terms), self._sketches[row])

    def passage_terms(self, row: int, number: int) -> PassageTerms:
        """Return the terms of one of an article's passages, by its 0-based number."""
        title, texts = self._recent(row)
        sentences = texts[number].split("\n")
        return PassageTerms(title, tuple(frozenset(one.split()) for one in sentences))

    def article_terms(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the terms of each article's title and of all its passages, by article."""
        for row in range(len(self)):
            title, *texts = self._rows[row]
            yield title.split(), [term for text in texts for term in text.split()]

    def terms(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the terms of each passage's title and text, by passage."""
        for row in range(len(self)):
            title, *texts = self._rows[row]
            title_terms = title.split()
            for text in texts:
                yield title_terms, text.split()


def _terms_of(rows: RowStore, row: int) -> tuple[frozenset[str], list[str]]:
    """Return the terms of an article's title, and those of each passage as they are kept."""
    title, *texts = rows[row]
    return frozenset(title.split()), texts
