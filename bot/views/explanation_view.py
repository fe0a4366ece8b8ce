"""Reasons for an answer, in a few lines."""

from collections.abc import Iterator
from typing import Final

from bot.views.markup import Block, Span
from retrieval.pipeline.explanation import Explanation, PassageReasons
from retrieval.presentation.messages import Messages
from retrieval.presentation.reasons import heading, rank_lines, summary_lines

# Passages that are explained, at most.
MOST_EXPLAINED: Final = 3


def explanation_blocks(explanation: Explanation | None, messages: Messages) -> Iterator[Block]:
    """Yield the reasons for an answer; None: nothing was ranked."""
    yield (Span("\n".join(summary_lines(explanation, messages))),)
    if explanation is None:
        return
    for number, reasons in enumerate(explanation.passages, start=1):
        lines = (
            messages.text("bullet", line=line)
            for line in (*rank_lines(reasons, messages), *_word_lines(reasons, messages))
        )
        yield (
            Span(f"{heading(number, reasons, messages)}\n", bold=True),
            Span("\n".join(lines)),
        )


def _word_lines(reasons: PassageReasons, messages: Messages) -> Iterator[str]:
    for key, matched in (("why_matched", True), ("why_unmatched", False)):
        words = [word.source for word in reasons.words if bool(word.terms) is matched]
        if words:
            yield messages.text(key, words=messages.names(tuple(dict.fromkeys(words))))
