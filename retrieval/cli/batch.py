"""Files of questions, answered line by line."""

import codecs
import errno
import json
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, TextIO, TypeGuard

import typer

from index.console import counted, echo
from index.errors import KhazarError, nearest
from index.text.special_characters import to_json
from retrieval.answerer import Answerer
from retrieval.answers import Answer
from retrieval.cli.ask import open_retriever, progress_display
from retrieval.errors import QuestionFileError
from retrieval.options import DEFAULT_OPTIONS, AskOptions
from retrieval.presentation.serialization import answer_record
from retrieval.query.filter_options import NO_OPTIONS, FilterOptions

# JSON can escape half of a character, which neither a tokenizer nor UTF-8 can hold.
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
# How a line's keys are called in `FilterOptions`.
_LIMITS: Final = {"from": "since", "to": "until", "source": "source"}
_KEYS: Final = ("id", "question", "after", *_LIMITS, "limit", "offset")
_MAX_LIMIT: Final = 100
_MAX_QUOTED: Final = 40


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Progress through a file of questions: the number answered, and the problems of the others."""

    answered: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a file of questions: the question, those before it, its options and its limits."""

    question: str
    after: tuple[str, ...]
    options: AskOptions
    limits: FilterOptions


def ask_file(
    questions: Path,
    out: Path | None,
    options: AskOptions,
    limits: FilterOptions,
    config: Path | None,
) -> None:
    """Answer a file of questions and report on standard error.

    Args:
        questions: the file; "-" for standard input.
        out: where the answers go; None: standard output.
        options: those of every question.
        limits: the articles to search, unless a line names others.
        config: the configuration file.

    Raises:
        QuestionError: the limits make no sense.
        QuestionFileError: the file of questions cannot be read or that of answers not written.
        typer.BadParameter: they are the same.
        typer.Exit: some lines are no questions.
    """
    if out is not None and out.exists() and questions.exists() and out.samefile(questions):
        raise typer.BadParameter("--out is the file of questions")
    report = BatchReport(0, ())
    with _open_questions(questions) as source, open_retriever(config) as retriever:
        # Checked before the file of answers is opened: a mistake must not empty it.
        limits.resolve(retriever)
        # Answers that go to the terminal show the progress themselves.
        with _open_answers(out) as sink, progress_display(hidden=out is None) as progress:
            task = progress.add_task("answering", total=None)
            for report in answer_file(retriever, source, str(questions), sink, options, limits):
                progress.update(task, completed=report.answered)
    for problem in report.problems:
        echo(problem, err=True)
    echo(f"{report.answered:,} answered, {counted(len(report.problems), 'problem')}", err=True)
    if report.problems:
        raise typer.Exit(1)


def answer_file(
    answerer: Answerer,
    source: BinaryIO,
    name: str,
    sink: TextIO,
    options: AskOptions = DEFAULT_OPTIONS,
    limits: FilterOptions = NO_OPTIONS,
) -> Iterator[BatchReport]:
    """Answer a file of questions, one JSON answer a line.

    A line is `{"id": ..., "question": ...}`. It may also have "after", a list of questions that are
    asked first, as in a conversation; "from", "to" and "source", which limit where all of them
    look; "limit" and "offset", the number of passages and how many to skip. If the first line is no
    JSON, each line is a question as it stands, and its id is its number. A line that is no question
    gets `{"id": ..., "error": ...}` in its place. Each answer is written before the next question
    is read, so that the two can be pipes.

    Args:
        answerer: answers the questions.
        source: the questions, in UTF-8, or in UTF-16 with a byte order mark, which is read to its
            end first.
        name: what to call the source in problems.
        sink: where the answers go.
        options: those of every question, if its line does not say otherwise.
        limits: where to look, if the line of a question does not say otherwise.

    Yields:
        The state after each question; the last one is the result.

    Raises:
        QuestionFileError: the file begins like UTF-16 and is not.
    """
    answered = 0
    problems: list[str] = []
    plain: bool | None = None
    for number, text in enumerate(_lines(source, name), start=1):
        if not _decoded(text, errors="replace"):
            continue
        if plain is None:
            plain = _is_plain(text)
        key: object = None
        try:
            record = {"id": number, "question": _decoded(text)} if plain else _parse(text)
            key = record.get("id")
            line = _read(record, options, limits)
            result = {"id": key, **answer_record(_answer(answerer, line))}
            answered += 1
        except KhazarError as error:
            problems.append(f"{name}:{number}: {error}")
            result = {"id": key, "error": str(error)}
        sink.write(to_json(result) + "\n")
        sink.flush()
        yield BatchReport(answered, tuple(problems))


def _answer(answerer: Answerer, line: _Line) -> Answer:
    options = line.options.with_changes(filter=line.limits.resolve(answerer))
    for question in line.after:
        before = answerer.ask(question, options, offset=0)
        options = options.with_changes(conversation=before.conversation)
    return answerer.ask(line.question, options)


def _lines(source: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the lines of a file in UTF-8."""
    first = source.readline()
    if not first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield first
        yield from source
        return
    try:
        text = (first + source.read()).decode("utf-16")
    except UnicodeDecodeError as error:
        raise QuestionFileError(f"{name}: not UTF-16: {error.reason}") from None
    for line in text.split("\n"):
        yield line.encode()


def _is_plain(line: bytes) -> bool:
    """Return whether a line is text, not JSON; an object with a mistake in it is JSON."""
    text = _decoded(line, errors="replace")
    if text.startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _decoded(line: bytes, errors: str = "strict") -> str:
    try:
        return line.decode("utf-8-sig", errors).strip()
    except UnicodeDecodeError as error:
        raise QuestionFileError(f"not UTF-8: {error}") from None


def _parse(line: bytes) -> dict[str, object]:
    try:
        record = json.loads(_decoded(line))
    except (ValueError, RecursionError) as error:
        raise QuestionFileError(f"not JSON: {error}") from None
    if not isinstance(record, dict):
        raise QuestionFileError(_EXPECTED)
    if _HALF_CHARACTER.search(json.dumps(record, ensure_ascii=False)):
        raise QuestionFileError("not a question: it holds half of a character")
    return record


_EXPECTED: Final = 'not a question: expected {"id": ..., "question": "..."}'


def _read(record: dict[str, object], options: AskOptions, limits: FilterOptions) -> _Line:
    for key in record:
        if key not in _KEYS:
            hint = nearest(key, _KEYS) or f"; the keys are {', '.join(_KEYS)}"
            raise QuestionFileError(f"unknown key {to_json(key[:_MAX_QUOTED])}{hint}")
    question = record.get("question")
    if not isinstance(question, str):
        raise QuestionFileError(_EXPECTED)
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
    if (limit := record.get("limit")) is not None:
        if not _is_count(limit) or limit not in range(1, _MAX_LIMIT + 1):
            raise QuestionFileError('not a question: "limit" must be a number from 1 to 100')
        options = options.with_changes(limit=limit)
    if (offset := record.get("offset")) is not None:
        if not _is_count(offset):
            raise QuestionFileError('not a question: "offset" must be a number, 0 or more')
        options = options.with_changes(offset=offset)
    return _Line(question, tuple(after), options, replace(limits, **typed))


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _open_questions(path: Path) -> AbstractContextManager[BinaryIO]:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None


@contextmanager
def _open_answers(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None
    try:
        with file:
            yield file
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise QuestionFileError(f"{path}: {error.strerror}") from None
