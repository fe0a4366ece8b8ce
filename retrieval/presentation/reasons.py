"""Reasons for an answer, as lines of text."""

from collections.abc import Iterator

from retrieval.pipeline.explanation import Explanation, PassageReasons
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages
from retrieval.presentation.notes import correction_lines
from retrieval.presentation.serialization import evidence_by_key
from retrieval.ranking.confidence import AnswerFeatures
from retrieval.ranking.reranking import Reranking
from retrieval.ranking.timing import STAGES, Timings


def summary_lines(explanation: Explanation | None, messages: Messages) -> Iterator[str]:
    """Yield how a question was read and how likely its answer is; None: nothing was ranked."""
    if explanation is None:
        yield messages.text("looked_up")
        return
    language = messages.text(f"in_{explanation.language}")
    yield messages.text("asked_in", language=language)
    yield messages.text("searched", text=bidi.isolate(explanation.searched))
    yield from correction_lines(explanation.corrections, messages)
    if explanation.follows is not None:
        yield messages.text("follows", question=bidi.isolate(explanation.follows))
    if explanation.evidence is not None:
        yield messages.text("chance", percent=messages.chance(explanation.probability))
    if explanation.reranking is not Reranking.OFF:
        yield messages.text(f"reranking_{explanation.reranking.name.lower()}")


def evidence_lines(evidence: AnswerFeatures, messages: Messages) -> Iterator[str]:
    """Yield the values that the chance of an answer is computed from."""
    for name, value in evidence_by_key(evidence).items():
        written = messages.percent(value) if name == "coverage" else messages.number(value, 2)
        yield messages.text(f"evidence_{name}", value=written)


def heading(number: int, reasons: PassageReasons, messages: Messages) -> str:
    """Return the line above the reasons of a passage."""
    return messages.text("passage", number=number, score=messages.number(reasons.score, 2))


def rank_lines(reasons: PassageReasons, messages: Messages) -> Iterator[str]:
    """Yield a passage's rank in each channel, and what was added to its score."""
    cosine = messages.number(reasons.cosine, 2)
    yield messages.text("by_meaning", rank=reasons.dense_rank, cosine=cosine)
    if reasons.lexical_rank is None:
        yield messages.text("not_by_words")
    else:
        score = messages.number(reasons.lexical, 1)
        yield messages.text("by_words", rank=reasons.lexical_rank, score=score)
    if reasons.logit is not None:
        score = messages.number(reasons.logit, 1)
        yield messages.text("reranked", rank=reasons.fused_rank, score=score)
    if reasons.prior:
        yield messages.text("bonus", value=messages.number(reasons.prior, 2))
    if reasons.recency:
        yield messages.text("recency", value=messages.number(reasons.recency, 2))


def word_lines(reasons: PassageReasons, messages: Messages) -> Iterator[str]:
    """Yield each word of the question, with the terms of it that the article has."""
    for word in reasons.words:
        yield messages.text(
            "matched" if word.terms else "unmatched",
            word=bidi.isolate(word.source),
            weight=messages.number(word.idf, 1),
            terms=messages.names(word.terms),
        )


def timing_line(timings: Timings, messages: Messages) -> str:
    """Return how many milliseconds a question took, and each stage of it."""
    stages = messages.text("separator").join(
        messages.text(f"stage_{name}", time=messages.number(1000 * timings[name], 1))
        for name in STAGES
        if name in timings
    )
    total = messages.number(1000 * sum(timings.values()), 1)
    return messages.text("took", total=total, stages=stages)
