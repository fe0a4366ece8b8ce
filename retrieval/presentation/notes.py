"""What is told of how a question was read, wherever its answer is shown."""

from collections.abc import Iterator
from typing import Protocol

from index.search_index import Filter
from retrieval.answers import Answer


class NoteMessages(Protocol):
    """The words of one language, as the terminal or the bot has them."""

    def text(self, key: str, **values: str) -> str:
        """Return a text with its placeholders filled."""

    def isolate(self, value: str) -> str:
        """Keep a name from disturbing the order of the line that it is put into."""

    def limits(self, within: Filter) -> str:
        """Say what a filter lets through."""


def answer_notes(answer: Answer, words: NoteMessages) -> Iterator[str]:
    """Yield what was made of the question, where that is not plain."""
    if answer.offset:
        return
    scope = answer.scope
    if answer.follows_up:
        yield words.text("follows_up")
    if scope.unknown_source:
        yield words.text("unknown_source", source=words.isolate(scope.unknown_source))
    if scope.undated:
        yield words.text("undated")
    if scope.relaxed:
        yield words.text("widened")
    if scope.within:
        yield words.text("limited", limits=words.limits(scope.within))
