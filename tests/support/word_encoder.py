"""A fake encoder, the same on every machine: texts that share words have near vectors."""

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from index.encoders.encoder import TextKind
from index.text.persian import index_terms, words


class WordEncoder:
    """A deterministic `index.encoders.encoder.PassageEncoder`: texts that share words are close.

    A text's vector is the normalised sum of one random unit vector for each of its index terms,
    seeded by the term. A text without words has a vector of its own. Queries and passages are
    encoded alike; tokens are words.

    Attributes:
        encoded: every text that was encoded, in order, for tests that count.
    """

    DIMENSION = 128

    def __init__(
        self, name: str = "words", fingerprint: str = "words-1", max_tokens: int = 500
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.max_tokens = max_tokens
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        self.encoded.extend(texts)
        vectors = [
            sum((_term_vector(term) for term in index_terms(text)), np.zeros(self.DIMENSION))
            if index_terms(text)
            else _term_vector("")
            for text in texts
        ]
        stacked = np.array(vectors, dtype=np.float32).reshape(-1, self.DIMENSION)
        return stacked / np.linalg.norm(stacked, axis=1, keepdims=True)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]


@cache
def _term_vector(term: str) -> NDArray[np.float64]:
    seed = hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest()
    vector = np.random.default_rng(int.from_bytes(seed)).standard_normal(WordEncoder.DIMENSION)
    return vector / np.linalg.norm(vector)
