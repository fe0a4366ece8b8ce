"""Evaluation runs: questions asked and judged, and kept in files."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from retrieval.answerer import Answerer
from retrieval.answers import Answer
from retrieval.conversation import Conversation
from retrieval.errors import QuestionFileError
from retrieval.evaluation.answer_spans import SpanJudgement, judge_span
from retrieval.evaluation.questions import EvalQuery

# Passages per answer that are judged.
DEPTH = 10
_RERANKED = "done"


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    """One passage of an answer, and whether it is right.

    Attributes:
        article: id of its article.
        paragraphs: numbers of its paragraphs; empty for a lead.
        score: as in the answer.
        relevant: whether it is relevant; see `EvalQuery.is_answered_by`.
        same_article: whether it is of the right article.
    """

    article: str
    paragraphs: tuple[int, ...]
    score: float
    relevant: bool
    same_article: bool


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One question as it was answered.

    Attributes:
        key: of the question; see `EvalQuery`.
        question: its text.
        language: of its text, according to the file.
        style: natural, colloquial, keyword or followup.
        answerable: whether the archive answers it.
        passages: of the answer, best first.
        found: what the answer says.
        probability: how sure it is.
        seconds: how long it took.
        follows_up: whether it was taken for a follow-up; None when nothing was asked before.
        highlighted: whether the answering sentence has the answer in it; None where the first
            passage is wrong or the file gives no answer.
        span: the likeliest answer in the first passage, judged; None where it was not read for one
            or the right one is not known.
        without_reranking: the same question answered without the reranker; None where this answer
            was not reranked.
    """

    key: str
    question: str
    language: str
    style: str
    answerable: bool
    passages: tuple[JudgedPassage, ...]
    found: bool
    probability: float
    seconds: float
    follows_up: bool | None = None
    highlighted: bool | None = None
    span: SpanJudgement | None = None
    without_reranking: "QueryResult | None" = None

    @property
    def relevant(self) -> tuple[bool, ...]:
        """Whether each passage is relevant."""
        return tuple(passage.relevant for passage in self.passages)

    @property
    def same_article(self) -> tuple[bool, ...]:
        """Whether each passage is of the right article."""
        return tuple(passage.same_article for passage in self.passages)


_RESULT = TypeAdapter(QueryResult)


def run_questions(answerer: Answerer, questions: Iterable[EvalQuery]) -> Iterator[QueryResult]:
    """Ask every question and judge the answers.

    A question whose answer was reranked is asked a second time without, which costs a fraction of
    reranking.
    """
    for asked in questions:
        conversation = None
        if asked.before is not None:
            conversation = answerer.ask(asked.before, limit=DEPTH).conversation
        answer, seconds = _timed_answer(answerer, asked, conversation, rerank=True)
        plain = None
        if answer.reranking == _RERANKED:
            again, again_seconds = _timed_answer(answerer, asked, conversation, rerank=False)
            plain = _judged(asked, again, again_seconds)
        yield _judged(asked, answer, seconds, plain)


def save_run(path: Path, results: Sequence[QueryResult]) -> None:
    """Write a run as JSON Lines, a question a line, for later comparisons.

    Raises:
        QuestionFileError: the file cannot be written.
    """
    lines = (_RESULT.dump_json(result, exclude_none=True) + b"\n" for result in results)
    try:
        path.write_bytes(b"".join(lines))
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None


def load_run(path: Path) -> list[QueryResult]:
    """Read what `save_run` wrote.

    Raises:
        QuestionFileError: the file is missing or is not a run.
    """
    try:
        return [_RESULT.validate_json(line) for line in path.read_bytes().splitlines()]
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None
    except ValidationError:
        raise QuestionFileError(f"{path}: not a saved evaluation run") from None


def _timed_answer(
    answerer: Answerer, asked: EvalQuery, conversation: Conversation | None, *, rerank: bool
) -> tuple[Answer, float]:
    begun = time.perf_counter()
    answer = answerer.ask(asked.text, limit=DEPTH, conversation=conversation, rerank=rerank)
    return answer, time.perf_counter() - begun


def _judged(
    asked: EvalQuery, answer: Answer, seconds: float, plain: QueryResult | None = None
) -> QueryResult:
    return QueryResult(
        key=asked.key,
        question=asked.text,
        language=asked.language,
        style=asked.question.style,
        answerable=asked.answerable,
        passages=tuple(
            JudgedPassage(
                article=passage.article_id,
                paragraphs=passage.paragraphs,
                score=passage.score,
                relevant=asked.is_answered_by(passage),
                same_article=asked.is_of_article(passage),
            )
            for passage in answer.passages
        ),
        found=answer.found,
        probability=answer.probability,
        seconds=seconds,
        follows_up=None if asked.before is None else answer.follows_up,
        highlighted=asked.is_highlighted_in(answer),
        span=judge_span(answer, asked.answer) if asked.answer or not asked.answerable else None,
        without_reranking=plain,
    )
