"""Answers: what `Retriever.ask` returns and every front end shows."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a passage comes from; None where the source does not say."""

    title: str
    agency: str | None
    date: date | None
    code: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """One passage of an answer.

    Attributes:
        article_id: id of the article that the passage is in.
        paragraphs: 0-based numbers of the article's paragraphs in it; empty for an abstract.
        text: the passage as the source has it.
        score: fused relevance in [0, 1], comparable within one answer only.
        citation: its source.
        highlight: (start, end) offsets of the answering sentence in `text`.
    """

    article_id: str
    paragraphs: tuple[int, ...]
    text: str
    score: float
    citation: Citation
    highlight: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """The archive's answer to one question.

    Attributes:
        question: the question as it was asked.
        language: "fa", "en", or "fa-Latn" for Persian in Latin letters.
        found: whether the archive answers the question.
        probability: calibrated chance in [0, 1] that it does.
        passages: best first; the nearest ones also when `found` is False, and empty when the
            question has no words.
    """

    question: str
    language: str
    found: bool
    probability: float
    passages: tuple[RetrievedPassage, ...]
