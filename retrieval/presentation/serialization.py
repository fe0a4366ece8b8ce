"""Answers as JSON, and files of questions answered line by line."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import BinaryIO, Final, TextIO

from index.errors import KhazarError
from index.text.special_characters import to_json
from retrieval.answerer import Answerer
from retrieval.answers import Answer, RetrievedPassage, Scope
from retrieval.errors import QuestionFileError
from retrieval.options import DEFAULT_OPTIONS, AskOptions
from retrieval.pipeline.explanation import Explanation, PassageReasons
from retrieval.presentation import bidi
from retrieval.presentation.messages import messages_for
from retrieval.presentation.notes import small_talk_text
from retrieval.query.filter_options import NO_OPTIONS, FilterOptions
from retrieval.ranking.confidence import AnswerFeatures

# JSON can escape half of a character, which neither a tokenizer nor UTF-8 can hold.
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
# How a line's keys are called in `FilterOptions`.
_LIMITS: Final = {"from": "since", "to": "until", "source": "source"}
# JSON keys of `AnswerFeatures` that are not the names of the fields.
_EVIDENCE_KEYS: Final = {
    "lexical_score": "strength",
    "max_missing_idf": "missing",
    "lexical_margin": "lead",
}


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Progress through a file of questions: the number answered, and the problems of the others."""

    answered: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a file of questions: the question, those before it, and where to look."""

    question: str
    after: tuple[str, ...]
    limits: FilterOptions


def answer_record(answer: Answer) -> dict[str, object]:
    """Return the JSON object of an answer, its keys as in `Answer`.

    The value of "small_talk" is null, or has the topic, the example and the text of the reply.
    """
    return {
        "question": answer.question,
        "kind": str(answer.kind),
        "language": answer.language,
        "found": answer.found,
        "probability": round(answer.probability, 4),
        "follows_up": answer.follows_up,
        "corrections": [asdict(one) for one in answer.corrections],
        "scope": _scope_record(answer.scope),
        "offset": answer.offset,
        "more": answer.more,
        "passages": [_passage_record(passage) for passage in answer.passages],
        "small_talk": _small_talk_record(answer),
    }


def explanation_record(explanation: Explanation, offset: int = 0) -> dict[str, object]:
    """Return the JSON object of an explanation, its keys as in `Explanation`.

    Args:
        explanation: of a question's first passages.
        offset: how many of them to leave out.
    """
    evidence = explanation.evidence
    return {
        "language": explanation.language,
        "searched": explanation.searched,
        "follows": explanation.follows,
        "corrections": [asdict(one) for one in explanation.corrections],
        "probability": round(explanation.probability, 4),
        "evidence": _rounded(evidence_by_key(evidence)) if evidence else None,
        "reranking": str(explanation.reranking),
        "passages": [_reasons_record(reasons) for reasons in explanation.passages[offset:]],
        "milliseconds": {
            name: round(1000 * seconds, 2) for name, seconds in explanation.timings.items()
        },
    }


def evidence_by_key(features: AnswerFeatures) -> dict[str, float]:
    """Return the features of an answer by the keys that they have in JSON."""
    return {_EVIDENCE_KEYS.get(name, name): value for name, value in features.values().items()}


def answer_file(
    answerer: Answerer,
    source: BinaryIO,
    name: str,
    sink: TextIO,
    options: AskOptions = DEFAULT_OPTIONS,
    limits: FilterOptions = NO_OPTIONS,
) -> Iterator[BatchReport]:
    """Answer a file of `{"id": ..., "question": ...}` lines, one JSON answer a line.

    A line may also have "after", a list of questions that are asked first, as in a conversation,
    and "from", "to" and "source", which limit where all of them look. A line that is no question
    gets `{"id": ..., "error": ...}` in its place. Each answer is written before the next question
    is read, so that the two can be pipes.

    Args:
        answerer: answers the questions.
        source: the questions, in UTF-8.
        name: what to call the source in problems.
        sink: where the answers go.
        options: those of every question.
        limits: where to look, if the line of a question does not say otherwise.

    Yields:
        The state after each question; the last one is the result.
    """
    answered = 0
    problems: list[str] = []
    for number, text in enumerate(source, start=1):
        if not text.strip():
            continue
        key: object = None
        try:
            parsed = _parse(text)
            key = parsed.get("id")
            line = _read(parsed, limits)
            record = {"id": key, **answer_record(_answer(answerer, line, options))}
            answered += 1
        except KhazarError as error:
            problems.append(f"{name}:{number}: {error}")
            record = {"id": key, "error": str(error)}
        sink.write(to_json(record) + "\n")
        sink.flush()
        yield BatchReport(answered, tuple(problems))


def _answer(answerer: Answerer, line: _Line, options: AskOptions) -> Answer:
    options = options.with_changes(filter=line.limits.resolve(answerer))
    for question in line.after:
        before = answerer.ask(question, options)
        options = options.with_changes(conversation=before.conversation)
    return answerer.ask(line.question, options)


def _parse(text: bytes) -> dict[str, object]:
    try:
        record = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError too
        raise QuestionFileError(f"not JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("question"), str):
        raise QuestionFileError('not a question: expected {"id": ..., "question": "..."}')
    if _HALF_CHARACTER.search(json.dumps(record, ensure_ascii=False)):
        raise QuestionFileError("not a question: it holds half of a character")
    return record


def _read(record: dict[str, object], limits: FilterOptions) -> _Line:
    after = record.get("after") or []
    if not isinstance(after, list) or not all(isinstance(turn, str) for turn in after):
        raise QuestionFileError('not a question: "after" must be a list of questions')
    typed: dict[str, str] = {}
    for name, field in _LIMITS.items():
        value = record.get(name)
        if value is not None:
            if not isinstance(value, str):
                raise QuestionFileError(f'not a question: "{name}" must be a text')
            typed[field] = value
    return _Line(str(record["question"]), tuple(after), replace(limits, **typed))


def _scope_record(scope: Scope) -> dict[str, object]:
    filter_ = scope.filter
    return {
        "within": {
            "since": filter_.since.isoformat() if filter_.since else None,
            "until": filter_.until.isoformat() if filter_.until else None,
            "agencies": list(filter_.agencies),
        },
        "period": scope.period
        and {
            "since": scope.period.since.isoformat() if scope.period.since else None,
            "until": scope.period.until.isoformat() if scope.period.until else None,
        },
        "widened": scope.relaxed,
        "undated": scope.undated,
        "unknown_source": scope.unknown_source,
        "unknown_code": scope.unknown_code,
    }


def _passage_record(passage: RetrievedPassage) -> dict[str, object]:
    citation = passage.citation
    return {
        "article_id": passage.article_id,
        "paragraphs": list(passage.paragraphs),
        "text": passage.text,
        "score": round(passage.score, 4),
        "highlight": list(passage.highlight),
        "answer_span": list(passage.answer_span) if passage.answer_span else None,
        "citation": {
            "title": citation.title,
            "agency": citation.agency,
            "date": citation.date.isoformat() if citation.date else None,
            "code": citation.code,
            "url": citation.url,
        },
    }


def _small_talk_record(answer: Answer) -> dict[str, object] | None:
    reply = answer.small_talk
    if reply is None:
        return None
    text = bidi.without_isolates(small_talk_text(reply, messages_for(answer.language)))
    return {"topic": str(reply.topic), "example": reply.example, "reply": text}


def _reasons_record(reasons: PassageReasons) -> dict[str, object]:
    passage = reasons.passage
    return {
        "article_id": passage.article_id,
        "paragraphs": list(passage.paragraphs),
        "score": round(reasons.score, 4),
        "cosine": round(reasons.cosine, 4),
        "dense_rank": reasons.dense_rank,
        "lexical": round(reasons.lexical, 4),
        "lexical_rank": reasons.lexical_rank,
        "bonus": round(reasons.prior, 4),
        "recency": round(reasons.recency, 4),
        "fused_rank": reasons.fused_rank,
        "logit": None if reasons.logit is None else round(reasons.logit, 4),
        "words": [
            {"source": word.source, "terms": list(word.terms), "tells": round(word.idf, 4)}
            for word in reasons.words
        ],
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
