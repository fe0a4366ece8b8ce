"""Answers as JSON, and files of questions answered line by line."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol, TextIO

from index.errors import KhazarError
from retrieval.answers import Answer, RetrievedPassage
from retrieval.errors import QuestionFileError

# JSON can escape half of a character, which neither a tokenizer nor UTF-8 can hold.
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")


class Asker(Protocol):
    """What answers questions: a `Retriever`."""

    def ask(self, question: str, *, limit: int | None = None) -> Answer:
        """Answer a question; see `Retriever.ask`."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """How many questions of a file were answered, and what was wrong with the others."""

    answered: int
    problems: tuple[str, ...]


def answer_record(answer: Answer) -> dict[str, object]:
    """Return the JSON object of an answer, its keys as in `Answer`."""
    return {
        "question": answer.question,
        "language": answer.language,
        "found": answer.found,
        "probability": round(answer.probability, 4),
        "passages": [_passage_record(passage) for passage in answer.passages],
    }


def answer_file(
    asker: Asker, source: BinaryIO, name: str, sink: TextIO, limit: int | None = None
) -> Iterator[BatchReport]:
    """Answer a file of `{"id": ..., "question": ...}` lines, one JSON answer a line.

    A line that is no question gets `{"id": ..., "error": ...}` in its place. Each answer is
    written before the next question is read, so that the two can be pipes.

    Args:
        asker: answers the questions.
        source: the questions, in UTF-8.
        name: what to call the source in problems.
        sink: where the answers go.
        limit: passages in an answer at most.

    Yields:
        The state after each question; the last one is the result.
    """
    answered = 0
    problems: list[str] = []
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        key: object = None
        try:
            key, question = _parse(line)
            record = {"id": key, **answer_record(asker.ask(question, limit=limit))}
            answered += 1
        except KhazarError as error:
            problems.append(f"{name}:{number}: {error}")
            record = {"id": key, "error": str(error)}
        sink.write(json.dumps(record, ensure_ascii=False) + "\n")
        sink.flush()
        yield BatchReport(answered, tuple(problems))


def _parse(line: bytes) -> tuple[object, str]:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError too
        raise QuestionFileError(f"not JSON: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("question"), str):
        raise QuestionFileError('not a question: expected {"id": ..., "question": "..."}')
    if _HALF_CHARACTER.search(json.dumps(record, ensure_ascii=False)):
        raise QuestionFileError("not a question: it holds half of a character")
    return record.get("id"), record["question"]


def _passage_record(passage: RetrievedPassage) -> dict[str, object]:
    citation = passage.citation
    return {
        "article_id": passage.article_id,
        "paragraphs": list(passage.paragraphs),
        "text": passage.text,
        "score": round(passage.score, 4),
        "highlight": list(passage.highlight),
        "citation": {
            "title": citation.title,
            "agency": citation.agency,
            "date": citation.date.isoformat() if citation.date else None,
            "code": citation.code,
            "url": citation.url,
        },
    }
