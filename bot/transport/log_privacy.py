"""Discretion: what people write, and what they are called, stays out of the log.

The bot's own lines do not have it. But an exception's message may quote a question, and Telegram's
refusal a part of an answer; so whatever is logged while an update is dealt with is searched for the
words of that update.
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
# Shorter ones are in every line, and tell nothing.
_SHORTEST_TEXT: Final = 3
_SHORTEST_NAME: Final = 2


@dataclass(frozen=True)
class _Private:
    """What one update has of people.

    Attributes:
        texts: what they wrote.
        names: what they are called.
    """

    texts: frozenset[str]
    names: frozenset[str]

    @cached_property
    def forms(self) -> list[str]:
        """The texts as they may be quoted, longest first."""
        forms = {form for text in self.texts for form in _forms(text)}
        return sorted((form for form in forms if len(form) >= _SHORTEST_TEXT), key=len)[::-1]

    def hide(self, text: str) -> str:
        """Return a text without what is private."""
        # Hardly ever is there anything: to compile one pattern of it all would cost more.
        for form in self.forms:
            text = text.replace(form, _HIDDEN)
        for name in sorted(self.names, key=len, reverse=True):
            if len(name) >= _SHORTEST_NAME and name in text:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _HIDDEN, text)
        return text


_private: ContextVar[_Private | None] = ContextVar("private", default=None)


@contextmanager
def redact_update(update: Update) -> Iterator[None]:
    """Keep the words of an update out of what is logged inside the block.

    It holds for what the block awaits, and in threads that are given its context.
    """
    token = _private.set(_Private(frozenset(_texts(update)), frozenset(_names(update))))
    try:
        yield
    finally:
        _private.reset(token)


def redact(text: str) -> str:
    """Return a text without the words of the update that is being dealt with."""
    private = _private.get()
    return text if private is None else private.hide(text)


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it may be quoted: as it is, behind its command, on one line, escaped."""
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
