"""Errors of questions; each is a `KhazarError`, whose message is one line for people."""

from typing import Final

from index.errors import KhazarError
from retrieval.catalogues import ANSWERS, load_catalogue

# Of a longer value its beginning is quoted.
_MAX_QUOTED: Final = 80


class LocalizedError(KhazarError):
    """An error whose message is a text of the catalogues, in English by itself.

    `retrieval.presentation.messages.Messages.error` writes it in the reader's language.

    Attributes:
        key: of the text.
        values: of its placeholders: texts as somebody typed them, numbers, lists of names.
    """

    def __init__(self, key: str, **values: str | int | tuple[str, ...]) -> None:
        """Take the key of a text, and what to fill in; a typed text is shortened to one line."""
        self.key = key
        self.values = {
            name: _quotable(value) if isinstance(value, str) else value
            for name, value in values.items()
        }
        written = {name: _in_english(value) for name, value in self.values.items()}
        super().__init__(str(load_catalogue(ANSWERS, "en")[key]).format(**written))


class QuestionError(LocalizedError):
    """A question that cannot be searched for, or a filter that makes no sense."""


class QuestionFileError(KhazarError):
    """A file of questions, or one that belongs to it, that cannot be read or written."""


class RetrieverClosedError(KhazarError):
    """A retriever that is used after it was closed."""

    def __init__(self) -> None:
        super().__init__("the retriever is closed; open another one with Retriever.open()")


class TranslationError(KhazarError):
    """A translation that cannot be had; the answer is shown without it."""


def _quotable(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_QUOTED else f"{line[:_MAX_QUOTED]}…"


def _in_english(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return value if isinstance(value, str) else f"{value:,}"
