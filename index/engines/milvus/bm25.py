"""BM25 in sparse vectors, exactly as tantivy scores; see `index.search.lexical`.

A document's vector has, for each of its terms in text and in title, tf / (tf + k1 (1 - b + b length
/ average)); a query's vector has idf (k1 + 1) and the weights. Their inner product adds all
alternatives of a word, where only the best one counts: it is an upper bound, from which
`LexicalQuery.score` makes the exact score. Robertson and Zaragoza, "The Probabilistic Relevance
Framework: BM25 and Beyond", 2009.
"""

import hashlib
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from index.search_index import SynonymGroup

_K1: Final = 1.2
_B: Final = 0.75
TEXT: Final = 0
TITLE: Final = 1
# Terms are numbered from 1, so that dimensions 0 and 1 are free: a document without a term has a
# number there, since Milvus refuses an empty vector.
NO_TERMS: Final = {0: 1.0}
# A term has two dimensions, and Milvus has 2 ** 32 - 1 of them.
_NUMBERS: Final = 2**31 - 2


def _lengths() -> Iterator[int]:
    """Yield the lengths that tantivy can keep in its one byte for each document."""
    for code in range(256):
        if code < 24:
            yield code
        else:
            bits, shift = (code - 24) & 7, ((code - 24) >> 3) - 1
            yield 24 + (bits if shift < 0 else (bits | 8) << shift)


_LENGTHS: Final = tuple(_lengths())


def rounded_length(length: int) -> int:
    """Return the number of terms that a document is scored with: the next lower kept length."""
    return _LENGTHS[bisect_right(_LENGTHS, length) - 1]


@dataclass(slots=True)
class FieldTotals:
    """What is counted of one field over all documents: passages or articles.

    Attributes:
        terms: how many terms there are.
        frequencies: in how many documents each term is.
    """

    terms: int = 0
    frequencies: Counter[str] = field(default_factory=Counter)

    def add(self, terms: Sequence[str]) -> None:
        """Count one document."""
        self.terms += len(terms)
        self.frequencies.update(set(terms))


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """What BM25 needs to know of all documents.

    Attributes:
        documents: how many there are.
        average_text: mean number of terms in the text.
        average_title: mean number of terms in the title.
    """

    documents: int
    average_text: float
    average_title: float

    def idf(self, frequency: int) -> float:
        """Return the inverse document frequency of a term that so many documents have."""
        return math.log(1 + (self.documents - frequency + 0.5) / (frequency + 0.5))


@dataclass(frozen=True, slots=True)
class TermEntry:
    """An index term.

    Attributes:
        number: its dimensions are twice this, and one more for titles.
        passages: how many passages have it in their text, and how many in their title.
        articles: the same of articles.
    """

    number: int
    passages: tuple[int, int]
    articles: tuple[int, int]


def number_terms(terms: Iterable[str]) -> dict[str, int]:
    """Return a number for each term: a hash, made again where another term has the same.

    Terms are taken in ascending order, so that the same terms always get the same numbers.
    """
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for term in sorted(terms):
        number, salt = _hash(term), 0
        while number in taken:
            salt += 1
            number = _hash(f"{term}\0{salt}")
        taken.add(number)
        numbers[term] = number
    return numbers


def _hash(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return 1 + int.from_bytes(digest) % (_NUMBERS - 1)


def document_vector(
    title: Sequence[str],
    text: Sequence[str],
    numbers: Mapping[str, int],
    totals: DocumentTotals,
) -> dict[int, float]:
    """Return the sparse vector of a document."""
    vector: dict[int, float] = {}
    averages = {TEXT: totals.average_text, TITLE: totals.average_title}
    for which, terms in ((TEXT, text), (TITLE, title)):
        if not terms:
            continue
        length = rounded_length(len(terms))
        norm = _K1 * (1 - _B + _B * length / averages[which])
        for term, count in Counter(terms).items():
            vector[2 * numbers[term] + which] = count / (count + norm)
    return vector or NO_TERMS


class LexicalQuery:
    """The words of a query over one kind of document.

    Attributes:
        vector: the query's sparse vector; its inner product with a document's is no less than
            `score` gives the document. Empty when no document can match.
    """

    def __init__(
        self,
        groups: Sequence[SynonymGroup],
        title_weight: float,
        terms: Mapping[str, TermEntry],
        totals: DocumentTotals,
        *,
        articles: bool,
    ) -> None:
        """Weigh the words.

        Args:
            groups: the words.
            title_weight: what a term in the title counts, next to 1 in the text.
            terms: the terms of the index.
            totals: of the documents that are searched.
            articles: whether these are articles; False: passages.
        """
        self.vector: dict[int, float] = {}
        # Of each word, in each field, its alternatives: the dimensions and what each counts.
        self._words: list[list[list[tuple[int, float]]]] = []
        weights = {TEXT: 1.0, TITLE: title_weight}
        for group in groups:
            for which, weight in weights.items():
                ways: list[list[tuple[int, float]]] = []
                for one in group.alternatives:
                    known = [terms.get(term) for term in one.terms]
                    parts: list[tuple[int, float]] = []
                    for entry in known:
                        counts = entry and (entry.articles if articles else entry.passages)
                        if not entry or not counts or not counts[which]:
                            break
                        value = totals.idf(counts[which]) * (_K1 + 1) * one.weight * weight
                        parts.append((2 * entry.number + which, value))
                    if weight and parts and len(parts) == len(one.terms):
                        ways.append(parts)
                if ways:
                    self._words.append(ways)
        for ways in self._words:
            for parts in ways:
                for dimension, value in parts:
                    self.vector[dimension] = self.vector.get(dimension, 0.0) + value

    def score(self, document: Mapping[int, float]) -> float:
        """Return a document's exact score; 0 when it does not match."""
        return sum(
            max(
                sum(value * document[dimension] for dimension, value in parts)
                if all(dimension in document for dimension, _ in parts)
                else 0.0
                for parts in ways
            )
            for ways in self._words
        )
