"""Answers: what `Retriever.ask` returns and every front end shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from index.search_index import NO_FILTER, Filter
from retrieval.conversation import NO_CONVERSATION, Conversation
from retrieval.dates.periods import Period
from retrieval.query.query import Correction
from retrieval.query.small_talk import SmallTalkTopic


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of a passage; None for what the source does not state."""

    title: str
    agency: str | None
    date: date | None
    code: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class LikelySpan:
    """The words of a passage that are most likely the answer, however likely that is.

    Attributes:
        start: offset of the first character in the passage's text.
        end: offset behind the last one.
        confidence: calibrated chance in [0, 1] that they are right.
        features: what the confidence is computed from, by name; see `SpanFeatures`.
    """

    start: int
    end: int
    confidence: float
    features: Mapping[str, float]


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
        answer_span: (start, end) offsets in `text` of the words that answer, inside `highlight`;
            None where that is not sure.
        likely_span: the likeliest such words, for measuring; None where the passage was not read
            for them.
    """

    article_id: str
    paragraphs: tuple[int, ...]
    text: str
    score: float
    citation: Citation
    highlight: tuple[int, int]
    answer_span: tuple[int, int] | None = None
    likely_span: LikelySpan | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that were searched for an answer.

    Attributes:
        filter: the filter that was applied: the caller's, and the question's own constraints.
        period: the days that the question means, though they may not be a limit; None: it names
            none.
        relaxed: whether a period that the question names was dropped, because nothing from it
            answers.
        undated: whether the question names a period or asks for the newest, but no article of the
            archive has a date.
        unknown_source: an agency that the question names and the archive does not have.
        unknown_code: a code that the question names and no article has.
    """

    filter: Filter = NO_FILTER
    period: Period | None = None
    relaxed: bool = False
    undated: bool = False
    unknown_source: str | None = None
    unknown_code: str | None = None


WHOLE_ARCHIVE = Scope()


class AnswerKind(StrEnum):
    """What an answer is: passages that may answer a question, a list of articles, or a reply."""

    ANSWER = "answer"
    LIST = "list"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, slots=True)
class SmallTalkReply:
    """What there is to say to a message that asks nothing of the archive.

    Attributes:
        topic: what the message is for.
        example: a question that the archive can answer.
    """

    topic: SmallTalkTopic
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The archive's answer to one question.

    Attributes:
        question: the question as it was asked.
        language: "fa", "en", or "fa-Latn" for Persian in Latin letters.
        found: whether the archive answers the question; never for small talk, nor for a single
            word, which asks nothing that an article could answer.
        probability: calibrated chance in [0, 1] that it does.
        passages: best first; the nearest ones also when `found` is False, and empty when the
            question has no words or nothing passes its filter.
        conversation: to pass in with the next question.
        follows_up: whether the question was treated as a follow-up.
        scope: the articles that were searched.
        offset: number of passages on earlier pages.
        more: whether there is another page.
        reranking: what became of reranking: "off", "done", "not needed" or "overloaded".
        kind: what the answer is. A list has one passage of each article, the newest first.
        small_talk: the reply to small talk; None for every other kind. Small talk has no passages
            and leaves the conversation as it was.
        corrections: words of the question that the archive does not have, and what was searched
            for in their place.
    """

    question: str
    language: str
    found: bool
    probability: float
    passages: tuple[RetrievedPassage, ...]
    conversation: Conversation = NO_CONVERSATION
    follows_up: bool = False
    scope: Scope = WHOLE_ARCHIVE
    offset: int = 0
    more: bool = False
    reranking: str = "off"
    kind: AnswerKind = AnswerKind.ANSWER
    small_talk: SmallTalkReply | None = None
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class RelatedArticle:
    """An article that is near to another.

    Attributes:
        article_id: its id.
        score: cosine of its nearest passage with the mean of the other's.
        citation: its source.
    """

    article_id: str
    score: float
    citation: Citation
