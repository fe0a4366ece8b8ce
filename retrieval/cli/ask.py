"""What `python -m retrieval ask` does: one question with its reasons, or a file of questions."""

import errno
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

import typer
from rich.console import Console
from rich.progress import Progress

from index.console import counted
from index.snapshots.loading import PendingIndex
from retrieval.answers import Answer
from retrieval.errors import QuestionFileError
from retrieval.live import LiveRetriever
from retrieval.pipeline.explanation import Explanation
from retrieval.presentation.serialization import (
    BatchReport,
    answer_file,
    answer_record,
    explanation_record,
)
from retrieval.query.filter_options import FilterOptions
from retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True)
class AskResult:
    """An answer, and why it is the one.

    Attributes:
        answer: the answer.
        explained: whether it was asked why.
        explanation: of all passages up to the answer's last; None when nothing was searched for.
    """

    answer: Answer
    explained: bool
    explanation: Explanation | None

    def record(self) -> dict[str, object]:
        """Return the JSON object of the answer; its key "why" has the reasons."""
        record = answer_record(self.answer)
        if self.explained:
            why = self.explanation
            record["why"] = explanation_record(why, self.answer.offset) if why else None
        return record

    def show(self, console: Console) -> None:
        """Print the answer, and the reasons below it."""
        # Scripts that read JSON need nothing of this.
        from retrieval.presentation.display import show_answer, show_explanation
        from retrieval.presentation.messages import messages_for

        show_answer(console, self.answer)
        if self.explained:
            first = self.answer.offset + 1
            numbers = range(first, first + len(self.answer.passages))
            console.print()
            messages = messages_for(self.answer.language)
            show_explanation(console, self.explanation, numbers, messages)


def ask_once(
    retriever: Retriever,
    question: str,
    *,
    limit: int | None,
    offset: int,
    limits: FilterOptions,
    why: bool,
) -> AskResult:
    """Answer one question.

    Args:
        retriever: answers it.
        question: the question.
        limit: passages in the answer at most; None: the retriever's default.
        offset: passages to leave out at the beginning.
        limits: where to look.
        why: whether to explain the answer.

    Raises:
        QuestionError: the question is too long, or the limits make no sense.
    """
    within = limits.read(retriever)
    answer = retriever.ask(question, limit=limit, offset=offset, within=within)
    explanation = None
    if why:
        # What has no passage has reasons, too.
        last = max(offset + len(answer.passages), 1)
        explanation = retriever.explain(question, within=within, limit=last)
    return AskResult(answer, why, explanation)


def ask_file(
    questions: Path, out: Path | None, limit: int | None, limits: FilterOptions, config: Path | None
) -> None:
    """Answer a file of questions and report on standard error.

    Args:
        questions: the file; "-" for standard input.
        out: where the answers go; None: standard output.
        limit: passages in an answer at most; None: the retriever's default.
        limits: where to look, if a question does not say otherwise.
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
    with _read(questions) as source, open_retriever(config) as retriever:
        # Before the answers' file, which no mistake in what was typed must empty.
        limits.read(retriever)
        # Answers that go to the terminal show the progress themselves.
        with _write(out) as sink, progress_display(hidden=out is None) as progress:
            task = progress.add_task("answering", total=None)
            for report in answer_file(retriever, source, str(questions), sink, limit, limits):
                progress.update(task, completed=report.answered)
    for problem in report.problems:
        typer.echo(problem, err=True)
    typer.echo(
        f"{report.answered:,} answered, {counted(len(report.problems), 'problem')}", err=True
    )
    if report.problems:
        raise typer.Exit(1)


def open_retriever(
    config: Path | None, *, warm: bool = True, opening: PendingIndex | None = None
) -> Retriever:
    """Open the retriever, which takes a moment: a person at a terminal is told so.

    See `Retriever.open`.
    """
    with _opening():
        return Retriever.open(config, warm=warm, opening=opening)


def open_live_retriever(config: Path | None) -> LiveRetriever:
    """Open a retriever that takes new snapshots up; see `open_retriever`."""
    with _opening():
        return LiveRetriever.open(config)


def _opening() -> AbstractContextManager[object]:
    console = Console(stderr=True)
    return console.status("Opening the index…") if console.is_terminal else nullcontext()


def progress_display(*, hidden: bool = False) -> Progress:
    """Return a progress display on standard error; nothing where that is not a terminal."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=hidden or not console.is_terminal)


def _read(path: Path) -> AbstractContextManager[BinaryIO]:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None


@contextmanager
def _write(path: Path | None) -> Iterator[TextIO]:
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
