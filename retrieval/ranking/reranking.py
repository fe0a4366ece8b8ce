"""Reranking: the first passages read again, each together with the question."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.settings import NO_RERANKER, IndexSettings
from index.text import persian
from index.text.passages import Passage
from retrieval.ranking.batching import Batcher
from retrieval.ranking.ranking import Ranking

if TYPE_CHECKING:
    from index.encoders.passage_reading import PassageReading
    from index.encoders.reranker import Reranker

Pairs = Sequence[tuple[str, str]]
# Logits of the bundled model reach about 10 either way.
_LOGIT_SCALE = 10.0
_LEAD_CHARACTERS = 200


class Reranking(StrEnum):
    """What became of reranking for one query."""

    OFF = "off"
    DONE = "done"
    NOT_NEEDED = "not needed"
    OVERLOADED = "overloaded"


@dataclass(frozen=True, slots=True)
class RerankOptions:
    """Which passages are reranked, and when none is.

    Attributes:
        passages: how many of the first passages are reranked, at most.
        margin: lead of the first passage's fused score from which reranking is skipped.
        reach: how far behind the first passage's fused score passages are not reranked; the
            logits hardly ever lift one of them to the first place.
        queue: how many questions may wait; if more do, answers go out without reranking.
    """

    passages: int
    margin: float
    reach: float
    queue: int


class RerankService:
    """A reranker that is loaded when it is first needed and shared by several threads."""

    def __init__(self, load: Callable[[], "Reranker"]) -> None:
        """Rerank with what `load` returns, which is called once, by the first to need it."""
        self._load = load
        self._lock = threading.Lock()
        self._batcher: Batcher[Pairs, list[PassageReading]] | None = None

    @property
    def waiting(self) -> int:
        """How many questions wait to be reranked."""
        return self._batcher.waiting if self._batcher else 0

    @property
    def loaded(self) -> bool:
        """Whether the model is there already."""
        return self._batcher is not None

    def warm_up(self) -> None:
        """Load the model now.

        Raises:
            EncoderError: it cannot be loaded.
        """
        self._loaded()

    def submit(self, pairs: Pairs) -> "Future[list[PassageReading]]":
        """Have the pairs of one question read; those of several threads go together.

        Raises:
            EncoderError: the model cannot be loaded.
        """
        return self._loaded().submit(pairs)

    def _loaded(self) -> "Batcher[Pairs, list[PassageReading]]":
        with self._lock:
            if self._batcher is None:
                reranker = self._load()

                def read(questions: Sequence[Pairs]) -> "list[list[PassageReading]]":
                    readings = iter(reranker.read([p for pairs in questions for p in pairs]))
                    return [list(islice(readings, len(pairs))) for pairs in questions]

                self._batcher = Batcher(read, "reranker")
            return self._batcher


def make_rerank_service(name: str, settings: IndexSettings) -> RerankService | None:
    """Return a service of the configured reranker, not loaded yet; None for "none"."""
    if name == NO_RERANKER:
        return None

    def load() -> "Reranker":
        # OpenVINO is loaded with it.
        from index.encoders.reranker import load_reranker

        return load_reranker(name, settings)

    return RerankService(load)


def contenders(ranking: Ranking, options: RerankOptions) -> int:
    """Return how many of the first passages may come first once they are reranked.

    It is 0 where the first passage leads by `options.margin`, or has no other behind it.
    """
    gaps = ranking.scores[:1] - ranking.scores[:2]
    if len(gaps) < 2 or gaps[1] >= options.margin:
        return 0
    return within_reach(ranking, options)


def within_reach(ranking: Ranking, options: RerankOptions) -> int:
    """Return how many of the first passages are read when a ranking is reranked."""
    gaps = ranking.scores[:1] - ranking.scores[: options.passages]
    return int(np.count_nonzero(gaps < max(options.reach, options.margin)))


def scores_of(readings: "Sequence[PassageReading]") -> NDArray[np.float32]:
    """Return the (k,) logits of k readings."""
    return np.array([reading.score for reading in readings], np.float32)


def with_logits(ranking: Ranking, logits: NDArray[np.float32], weight: float) -> Ranking:
    """Return a ranking whose first passages are in the order of fused score and logit.

    The score is (fused + weight · (1 + logit / 10)) / (1 + 2 · weight), in [0, 1]; passages that
    were not reranked count as logit -10, and so stay behind in their order.

    Args:
        ranking: as it was fused.
        logits: (k,) of its first k passages.
        weight: of the logits against the fused score.
    """
    scaled = np.full(len(ranking.scores), -1.0)
    scaled[: len(logits)] = np.clip(logits / _LOGIT_SCALE, -1, 1)
    scores = (ranking.scores + weight * (1 + scaled)) / (1 + 2 * weight)
    order = np.concatenate(
        [np.argsort(-scores[: len(logits)], kind="stable"), np.arange(len(logits), len(scores))]
    )
    all_logits = np.full(len(ranking.scores), np.nan)
    all_logits[: len(logits)] = logits
    reordered = ranking.select(order)
    return replace(reordered, scores=scores[order], logits=all_logits[order])


def reranker_text(passage: Passage, lead: str) -> str:
    """Return a passage as the reranker reads it.

    Args:
        passage: the passage.
        lead: its article's lead, of which the first sentence goes before the passage: it says who
            speaks and what about. Empty: the article has none, or the passage is the lead.
    """
    sentences = persian.sentences(lead)
    start, end = sentences[0] if sentences else (0, 0)
    parts = (passage.title, lead[start:end][:_LEAD_CHARACTERS], passage.text)
    return "\n".join(part for part in parts if part)
