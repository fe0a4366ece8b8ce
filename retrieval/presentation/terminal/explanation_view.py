"""Why a question got its answer, for a terminal."""

from collections.abc import Sequence

from rich.console import Console

from retrieval.pipeline.explanation import Explanation
from retrieval.presentation import reasons
from retrieval.presentation.messages import Messages
from retrieval.presentation.terminal.lines import show_line


def show_explanation(
    console: Console,
    explanation: Explanation | None,
    numbers: Sequence[int],
    messages: Messages,
) -> None:
    """Print why a question got its answer.

    Args:
        console: where to print.
        explanation: of the question; None for one without a search.
        numbers: of the passages to explain, from 1.
        messages: texts of the language to explain in.
    """
    for line in reasons.summary_lines(explanation, messages):
        show_line(console, line, messages)
    if explanation is None:
        return
    if explanation.evidence is not None:
        show_line(console, messages.text("evidence"), messages)
        for line in reasons.evidence_lines(explanation.evidence, messages):
            show_line(console, line, messages, indent=2)
    for number in numbers:
        passage = explanation.passages[number - 1]
        console.print()
        show_line(console, reasons.heading(number, passage, messages), messages, "bold")
        lines = (*reasons.rank_lines(passage, messages), *reasons.word_lines(passage, messages))
        for line in lines:
            show_line(console, line, messages, indent=2)
    console.print()
    show_line(console, reasons.timing_line(explanation.timings, messages), messages)
