"""`python -m retrieval ask`: one question. What it does not need is imported where it is used."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from index.console import echo
from index.engines.loading import PendingIndex
from retrieval.answerer import Answerer
from retrieval.answers import Answer, AnswerKind
from retrieval.options import AskOptions
from retrieval.pipeline.explanation import Explanation
from retrieval.presentation import bidi
from retrieval.presentation.citations import CitationFormat, quote_passages
from retrieval.presentation.messages import messages_for
from retrieval.presentation.notes import answer_notes, no_result_reason, small_talk_text
from retrieval.presentation.serialization import answer_record, explanation_record
from retrieval.retriever import Retriever

if TYPE_CHECKING:
    from rich.progress import Progress

    from retrieval.live import LiveRetriever


@dataclass(frozen=True, slots=True)
class AskResult:
    """An answer, and the explanation if one was asked for.

    Attributes:
        answer: the answer.
        explained: whether an explanation was asked for.
        explanation: of all passages up to the answer's last; None when nothing was searched for.
    """

    answer: Answer
    explained: bool
    explanation: Explanation | None

    def record(self, *, group: bool = False) -> dict[str, object]:
        """Return the JSON object of the answer; its key "why" has the reasons.

        `group` is as for `answer_record`.
        """
        record = answer_record(self.answer, group=group)
        if self.explained:
            why = self.explanation
            record["why"] = explanation_record(why, self.answer.offset) if why else None
        return record

    def show(self, console: Console) -> None:
        """Print the answer, and the reasons below it."""
        # Imported here: JSON output does not need it.
        from retrieval.presentation.terminal.display import show_answer
        from retrieval.presentation.terminal.explanation_view import show_explanation

        show_answer(console, self.answer)
        if self.explained:
            first = self.answer.offset + 1
            numbers = range(first, first + len(self.answer.passages))
            console.print()
            messages = messages_for(self.answer.language)
            show_explanation(console, self.explanation, numbers, messages)


def show_quotation(answer: Answer, format_: CitationFormat) -> None:
    """Print the passages of an answer as quotations with their sources, to paste elsewhere.

    What is not for pasting goes to standard error: notes, and that the archive has no answer.
    """
    messages = messages_for(answer.language)
    remarks = list(answer_notes(answer, messages))
    if answer.small_talk is not None:
        remarks = [small_talk_text(answer.small_talk, messages)]
    elif not answer.passages:
        remarks.append(no_result_reason(answer, messages))
    elif not answer.found and answer.kind is AnswerKind.ANSWER:
        remarks.append(messages.text("nearest", percent=messages.chance(answer.probability)))
    for remark in remarks:
        echo(bidi.without_isolates(remark), err=True)
    if answer.passages:
        echo(quote_passages(answer.passages, format_, messages, dt.date.today()))


def ask_once(answerer: Answerer, question: str, options: AskOptions, *, why: bool) -> AskResult:
    """Answer one question.

    Args:
        answerer: answers it.
        question: the question.
        options: its options.
        why: whether to explain the answer.

    Raises:
        QuestionError: the question is too long.
    """
    answer = answerer.ask(question, options)
    return AskResult(answer, why, answerer.explain(question, options) if why else None)


@contextmanager
def open_retriever(
    config: Path | None, *, warm: bool = True, opening: PendingIndex | None = None
) -> Iterator[Retriever]:
    """Open the retriever, and show a person at a terminal that it takes a moment.

    See `Retriever.open`.
    """
    try:
        with _opening("Opening the index…"):
            retriever = Retriever.open(config, warm=warm, opening=opening)
        with retriever:
            yield retriever
    finally:
        # Not every question is searched for; while OpenVINO loads a model, it changes the locale.
        if opening is not None:
            wait([opening.encoder])


def open_live_retriever(config: Path | None, status: str) -> "LiveRetriever":
    """Open a retriever that follows new snapshots; show `status` to a person at a terminal."""
    from retrieval.live import LiveRetriever

    with _opening(status):
        return LiveRetriever.open(config)


def _opening(status: str) -> AbstractContextManager[object]:
    console = Console(stderr=True)
    return console.status(status) if console.is_terminal else nullcontext()


def progress_display(*, hidden: bool = False) -> "Progress":
    """Return a progress display on standard error; nothing where that is not a terminal."""
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=hidden or not console.is_terminal)
