"""How well questions find their passages, by the encoder alone and with the reranker."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.text.encoder_text import encoder_text
from index.training.cross_encoder import TrainableReranker
from index.training.dataset import TrainingSet, read_lines
from index.training.models import TrainableEncoder
from index.training.tokens import ModelTokenizer, Tokens

DEPTH = 10
# Cosines are scaled so that the best of so many is 1 and the last 0.
_SCALED = 50


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question with the rows that answer it; none where nothing does."""

    text: str
    language: str
    right: frozenset[int]
    answer: str


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over answerable questions, and how well a score tells them from the others.

    `auc` is the chance that an answerable question's best score is above an unanswerable one's;
    `nan` where there are none of either.
    """

    precision_at_1: float
    recall_at_5: float
    reciprocal_rank: float
    auc: float


@dataclass(frozen=True, slots=True)
class RankMeasures:
    """What some questions found.

    Attributes:
        rows: (questions, depth) rows, best first.
        best: (questions,) the score that "found" can be judged by.
    """

    rows: NDArray[np.int64]
    best: NDArray[np.float32]

    def ranks(self, questions: Sequence[EvalQuestion]) -> list[int | None]:
        """Return the rank of each question's first right row among the first ten."""
        return [
            next((at for at, row in enumerate(rows, start=1) if row in question.right), None)
            for rows, question in zip(self.rows[:, :DEPTH].tolist(), questions, strict=True)
        ]

    def measures(self, questions: Sequence[EvalQuestion]) -> Measures:
        """Return the measures."""
        ranks = [
            rank
            for rank, question in zip(self.ranks(questions), questions, strict=True)
            if question.right
        ]
        there = np.array([bool(question.right) for question in questions])
        return Measures(
            float(np.mean([rank == 1 for rank in ranks])),
            float(np.mean([rank is not None and rank <= 5 for rank in ranks])),
            float(np.mean([1 / rank if rank else 0.0 for rank in ranks])),
            area_under_curve(self.best[there], self.best[~there]),
        )


def read_eval_questions(
    path: Path, training: TrainingSet, languages: Sequence[str] = ("fa", "en")
) -> list[EvalQuestion]:
    """Read answerable and unanswerable questions in the format of `retrieval eval`.

    Raises:
        SourceError: the file cannot be read.
    """
    places: dict[tuple[str, int | None], set[int]] = {}
    for row, passage in enumerate(training.passages):
        numbers: tuple[int | None, ...] = passage.paragraphs or (None,)
        for number in numbers:
            places.setdefault((passage.article, number), set()).add(row)
    found = []
    for line in read_lines(path):
        if line["kind"] not in ("answerable", "unanswerable"):
            continue
        right: set[int] = set()
        if line["kind"] == "answerable":
            for number in (line["paragraph"], *(line.get("also") or ())):
                right |= places.get((line["article"], number), set())
        for language in languages:
            text = encoder_text(line[f"q_{language}"])
            answer = encoder_text(line.get("answer_fa") or "")
            found.append(EvalQuestion(text, language, frozenset(right), answer))
    return found


def rank_by_vectors(
    questions: NDArray[np.float32], passages: NDArray[np.float32], depth: int = _SCALED
) -> tuple[RankMeasures, NDArray[np.float32]]:
    """Return the passages nearest to each question, and their cosines scaled to 0 … 1."""
    scores = questions @ passages.T
    depth = min(depth, len(passages))
    nearest = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
    cosines = np.take_along_axis(scores, nearest, axis=1)
    order = np.argsort(-cosines, axis=1, kind="stable")
    rows = np.take_along_axis(nearest, order, axis=1)
    cosines = np.take_along_axis(cosines, order, axis=1)
    low, high = cosines[:, -1:], cosines[:, :1]
    return RankMeasures(rows, cosines[:, 0]), (cosines - low) / np.maximum(high - low, 1e-6)


def rerank(
    first: RankMeasures, scaled: NDArray[np.float32], logits: NDArray[np.float32], weight: float
) -> RankMeasures:
    """Reorder the first passages by scaled cosine plus a tenth of the weighted logit.

    Args:
        first: what the encoder found.
        scaled: (questions, depth) its scores.
        logits: (questions, n) the reranker's of the first n.
        weight: multiplies a tenth of a logit; infinity: the logit alone decides.
    """
    count = logits.shape[1]
    scores = logits if np.isinf(weight) else scaled[:, :count] + weight * logits / 10
    order = np.argsort(-scores, axis=1, kind="stable")
    rows = np.concatenate(
        [np.take_along_axis(first.rows[:, :count], order, axis=1), first.rows[:, count:]], axis=1
    )
    return RankMeasures(rows, logits.max(axis=1))


def encode_questions(
    encoder: TrainableEncoder, tokenizer: ModelTokenizer, texts: Sequence[str], limit: int = 512
) -> NDArray[np.float32]:
    """Return the vectors of questions."""
    return encoder.vectors([tokenizer.single(t, limit) for t in tokenizer.tokens(texts, "query")])


def score_first(
    reranker: TrainableReranker,
    tokenizer: ModelTokenizer,
    questions: Sequence[str],
    passages: Sequence[Tokens],
    rows: NDArray[np.int64],
    limits: tuple[int, int],
) -> NDArray[np.float32]:
    """Return the reranker's scores of each question's passages, in the shape of `rows`."""
    tokens = tokenizer.tokens(questions, "query")
    pairs = [
        tokenizer.pair(question, passages[row], limits)
        for question, found in zip(tokens, rows.tolist(), strict=True)
        for row in found
    ]
    return reranker.scores(pairs).reshape(rows.shape)


def area_under_curve(above: NDArray[np.float32], below: NDArray[np.float32]) -> float:
    """Return the chance that one of `above` is greater than one of `below`, ties counted half."""
    if not len(above) or not len(below):
        return float("nan")
    difference = above[:, None] - below[None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def token_f1(found: str, right: str) -> float:
    """Return the harmonic mean of precision and recall of a span's words."""
    got, wanted = found.split(), right.split()
    common = sum(min(got.count(word), wanted.count(word)) for word in set(got))
    return 2 * common / (len(got) + len(wanted)) if common else 0.0


def paired_interval(
    ours: Sequence[float], theirs: Sequence[float], samples: int = 10_000
) -> tuple[float, float, float]:
    """Return the mean difference of paired values and its 95 % bootstrap interval."""
    difference = np.array(ours) - np.array(theirs)
    chosen = np.random.default_rng(0).integers(0, len(difference), (samples, len(difference)))
    low, high = np.quantile(difference[chosen].mean(axis=1), [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def summary(measures: Measures) -> dict[str, Any]:
    """Return measures as they are shown."""
    return {
        "P@1": round(measures.precision_at_1, 3),
        "R@5": round(measures.recall_at_5, 3),
        "MRR@10": round(measures.reciprocal_rank, 3),
        "AUC": round(measures.auc, 3),
    }
