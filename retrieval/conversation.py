"""Conversations: the turns that a question may follow up; passed in and returned, never stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from index.errors import KhazarError
from retrieval.query.query import detect_language

MAX_TURNS: Final = 4
# A longer subject of several follow-ups keeps its beginning and its end.
_MAX_SUBJECT: Final = 400


class ConversationError(KhazarError):
    """A stored conversation that cannot be read."""


@dataclass(frozen=True, slots=True)
class SourceArticle:
    """An article that an answer drew on.

    Attributes:
        article_id: its id.
        share: the score of its first passage, divided by that of the answer's best passage.
    """

    article_id: str
    share: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation with what its answer showed.

    Attributes:
        question: as it was asked.
        subject: the text that the next turn may refer to: the question, after the one that it
            follows up.
        follows: whether it was a follow-up itself.
        found: whether the archive answered it.
        articles: the articles in the answer, best first, each once.
        paragraphs: of the passage shown first, which is of the first article.
    """

    question: str
    subject: str
    follows: bool
    found: bool
    articles: tuple[SourceArticle, ...]
    paragraphs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The last turns of a conversation, oldest first, at most `MAX_TURNS`."""

    turns: tuple[Turn, ...] = ()

    @property
    def antecedent(self) -> Turn | None:
        """The turn that a follow-up refers to.

        It is the last one with passages, except that an unanswered follow-up is skipped: the next
        question refers to the turn before it.
        """
        answered = [turn for turn in reversed(self.turns) if turn.articles]
        return next((turn for turn in answered if turn.found or not turn.follows), None)

    @property
    def language(self) -> str | None:
        """The language of the last question; None before the first one."""
        return detect_language(self.turns[-1].question) if self.turns else None

    def append(self, turn: Turn) -> "Conversation":
        """Return the conversation with one more turn."""
        return Conversation((*self.turns, turn)[-MAX_TURNS:])

    def to_json(self) -> str:
        """Return the conversation as JSON, to be stored between two turns."""
        return _CONVERSATION.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Conversation":
        """Parse the result of `to_json`.

        Raises:
            ConversationError: it is not a conversation.
        """
        try:
            return _CONVERSATION.validate_json(text)
        except ValidationError:
            raise ConversationError("not a conversation that Khazar wrote") from None


NO_CONVERSATION: Final = Conversation()
_CONVERSATION: Final = TypeAdapter(Conversation)


def join_questions(parts: Iterable[str]) -> str:
    """Join questions that follow each other up into one text of limited length."""
    subject = " ".join(parts)
    half = _MAX_SUBJECT // 2
    return subject if len(subject) <= _MAX_SUBJECT else f"{subject[:half]} {subject[-half:]}"
