"""Privacy of the log: users' texts and names are removed from it.

The bot's own records contain neither. But an exception may quote a question, and an error from
Telegram a part of an answer; so everything that is logged while an update is handled is searched
for the texts and names in that update.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from telegram import Message, Update

_HIDDEN: Final = "<private>"
# Shorter ones occur in every line and reveal nothing.
_MIN_TEXT_LENGTH: Final = 3
_MIN_NAME_LENGTH: Final = 2


@dataclass(frozen=True)
class _Private:
    """Users' texts and names in one update.

    Attributes:
        texts: the messages, captions and inline queries.
        names: the names of the user and the chat.
    """

    texts: frozenset[str]
    names: frozenset[str]

    @cached_property
    def forms(self) -> list[str]:
        """The texts in all forms in which they may be quoted, longest first."""
        forms = {form for text in self.texts for form in _forms(text)}
        return sorted((form for form in forms if len(form) >= _MIN_TEXT_LENGTH), key=len)[::-1]

    def redact(self, text: str) -> str:
        """Return a text without the private texts and names."""
        # There is rarely a match: compiling one pattern of all forms would cost more.
        for form in self.forms:
            text = text.replace(form, _HIDDEN)
        for name in sorted(self.names, key=len, reverse=True):
            if len(name) >= _MIN_NAME_LENGTH and name in text:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _HIDDEN, text)
        return text


_private: ContextVar[_Private | None] = ContextVar("private", default=None)


@contextmanager
def redact_update(update: Update) -> Iterator[None]:
    """Remove an update's texts and names from everything that is logged in the block.

    This covers coroutines that the block awaits, and threads that run in its context.
    """
    token = _private.set(_Private(frozenset(_texts(update)), frozenset(_names(update))))
    try:
        yield
    finally:
        _private.reset(token)


def redact(text: str) -> str:
    """Return a text without the texts and names in the update that is being handled."""
    private = _private.get()
    return text if private is None else private.redact(text)


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it may be quoted: whole, without its command, on one line, escaped."""
    text = text.strip()
    behind = text.partition(" ")[2].strip() if text.startswith(("/", "@")) else ""
    for whole in filter(None, (text, behind)):
        yield whole
        yield " ".join(whole.split())
        yield repr(whole)[1:-1]
        yield ascii(whole)[1:-1]


def _texts(update: Update) -> Iterator[str]:
    message = update.effective_message
    for one in (message, message.reply_to_message if message is not None else None):
        if isinstance(one, Message):
            yield from filter(None, (one.text, one.caption))
    if update.inline_query is not None:
        yield update.inline_query.query


def _names(update: Update) -> Iterator[str]:
    user, chat = update.effective_user, update.effective_chat
    if user is not None:
        yield from filter(None, (user.full_name, user.first_name, user.last_name, user.username))
    if chat is not None:
        yield from filter(None, (chat.title, chat.username))
