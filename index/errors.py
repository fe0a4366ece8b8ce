"""The errors that people see: one line each, with what is wrong and what to do."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class KhazarError(Exception):
    """Base of all errors meant for people; the message is one line and needs no traceback."""


class SettingsError(KhazarError):
    """A setting in config.toml or the environment is wrong."""


class SourceError(KhazarError):
    """A source of articles, or one place in it, cannot be read."""


class EncoderError(KhazarError):
    """The embedding model cannot be loaded or does not fit the index."""


class IndexMissingError(KhazarError):
    """There is no published index in the configured folder."""


class IndexCorruptError(KhazarError):
    """Files of a snapshot are missing or do not match its manifest."""


class IndexBusyError(KhazarError):
    """Another process is changing the same index."""


def validation_message(error: "ValidationError") -> str:
    """Return the first problem of a validation as one line: `date: ...`."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = problem_message(first["type"], first["msg"])
    return f"{place}: {message}" if place else message


def problem_message(kind: str, message: str) -> str:
    """Return pydantic's message, or a plainer one for two kinds of problems."""
    plain = {"extra_forbidden": "unknown key", "union_tag_not_found": "the key kind is missing"}
    return plain.get(kind, message)
