"""Answers: what `Retriever.ask` returns and every front end shows."""

import datetime as dt
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any, Final

from index.article import Article
from index.search_index import NO_FILTER, Filter
from index.text.special_characters import without_controls
from retrieval.conversation import NO_CONVERSATION, Conversation
from retrieval.dates.periods import Period
from retrieval.query.query import Correction
from retrieval.query.small_talk import SmallTalkTopic

# Characters of a text that `repr` shows.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of a passage; None for what the source does not state.

    Attributes:
        title: the headline.
        agency: the publisher's name.
        date: the day of publication.
        code: the agency's own number for the article.
        url: address of the article.
        kicker: the line above the headline; of a forwarded post it says where it is from.
        time: when on that day, of a post.
    """

    title: str
    agency: str | None
    date: dt.date | None
    code: str | None
    url: str | None
    kicker: str | None = None
    time: dt.time | None = None

    @classmethod
    def of(cls, article: Article) -> "Citation":
        """Return an article's citation."""
        return cls(
            title=article.title,
            agency=article.agency,
            date=article.date,
            code=article.code,
            url=article.link,
            kicker=article.kicker.strip() or None,
            time=article.time,
        )

    def __repr__(self) -> str:
        """Return the beginning of the title, the agency, the day and the code."""
        day = self.date.isoformat() if self.date else None
        parts = [_quoted(self.title), self.agency, day, self.code]
        return f"<Citation {' · '.join(part for part in parts if part)}>"


@dataclass(frozen=True, slots=True)
class PassageTranslation:
    """A machine translation into English: of a passage's title and of its answering sentence."""

    title: str
    sentence: str


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
        republications: articles of other agencies that tell the story of its article, which are
            left out of the answer.
        translation: of an answer to an English question, where `[translation]` names a service.
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
    republications: tuple[Citation, ...] = ()
    translation: PassageTranslation | None = None
    likely_span: LikelySpan | None = None

    def __repr__(self) -> str:
        """Return the article, the paragraphs, the score and the beginning of the text."""
        numbers = ",".join(map(str, self.paragraphs))
        place = f"{self.article_id}[{numbers}]"
        return f"<RetrievedPassage {place} {self.score:.2f} {_quoted(self.text)}>"


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
        beginning: what was read of a question that is too long; None: all of it.
        untranslated: whether the passages should have translations, and the service failed.
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
    beginning: str | None = None
    untranslated: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what `ask --json` prints: texts, numbers, lists and dicts.

        >>> record = answer.to_dict()
        >>> list(record)[:5]
        ['question', 'kind', 'language', 'found', 'probability']
        >>> record["passages"][0]["citation"]["date"]
        '2025-11-18'
        """
        record: dict[str, Any] = _presented("serialization", "answer_record", self)
        return record

    def __repr__(self) -> str:
        """Return whether it is found, how surely, the question, and what there is.

        >>> answer
        <Answer found ...% “چند دانشجو در آستراخان درس می‌خوانند؟”: 2 passages of 1 article>
        """
        passages, articles = len(self.passages), len({one.article_id for one in self.passages})
        state = {
            AnswerKind.ANSWER: f"{'found' if self.found else 'not found'} {self.probability:.0%}",
            AnswerKind.LIST: "list",
            AnswerKind.SMALL_TALK: f"small talk {self.small_talk.topic if self.small_talk else ''}",
        }[self.kind]
        counts = (
            f"{passages} {'passage' if passages == 1 else 'passages'} of "
            f"{articles} {'article' if articles == 1 else 'articles'}"
        )
        return f"<Answer {state} {_quoted(self.question)}: {counts}>"

    def _repr_html_(self) -> str:
        """Return the answer as HTML, which notebooks show."""
        return str(_presented("notebook", "answer_html", self))


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


def _quoted(text: str) -> str:
    """Return the beginning of a text; Python's own quotes would write out each ZWNJ."""
    return f"“{textwrap.shorten(without_controls(text), _SHOWN, placeholder='…')}”"


def _presented(module: str, function: str, answer: Answer) -> Any:
    """Call a function of `retrieval.presentation` on an answer.

    Presentation is built on answers, so they find it by name, and when somebody wants to see them.
    """
    return getattr(import_module(f"retrieval.presentation.{module}"), function)(answer)
