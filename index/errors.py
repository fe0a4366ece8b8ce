"""The errors that people see: one line each, with what is wrong and what to do."""

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


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


class IndexUnavailableError(KhazarError):
    """The server that has the index does not answer."""


class IndexBusyError(KhazarError):
    """Another process is changing the same index."""


def validation_message(error: "ValidationError") -> str:
    """Return the first problem of a validation as one line: `date: ...`."""
    first = error.errors(include_url=False)[0]
    # Of a wrong key, pydantic names the key and then "[key]".
    place = ".".join(str(part) for part in first["loc"] if part != "[key]")
    message = problem_message(first)
    return f"{place}: {message}" if place else message


def problem_message(problem: "ErrorDetails") -> str:
    """Return a problem that pydantic found in the words that all commands use."""
    kind = problem["type"]
    limits: dict[str, object] = problem.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return f"must be {limits['expected']}"
    if kind in _WRONG:
        return _WRONG[kind].format(**limits)
    family = next((words for part, words in _FAMILIES.items() if kind.startswith(part)), None)
    # The rest are our own: they are raised with a message of ours.
    return family or problem["msg"].removeprefix("Value error, ")


# Kinds of problems by their whole names in pydantic, and by how their names begin.
_WRONG = {
    "missing": "missing",
    "extra_forbidden": "unknown key",
    "union_tag_not_found": "the key kind is missing",
    "greater_than_equal": "must be {ge:g} or more",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be {le:g} or less",
    "less_than": "must be less than {lt:g}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "has not the form that is expected here",
    "finite_number": "must be a finite number",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}
_FAMILIES = {
    "string": "must be a text",
    "int": "must be a whole number",
    "float": "must be a number",
    "decimal": "must be a number",
    "bool": "must be true or false",
    "datetime": "must be a date and time",
    "date": "must be a date",
    "path": "must be a path",
    "tuple": "must be a list",
    "list": "must be a list",
    "set": "must be a list",
    "frozen_set": "must be a list",
    "dict": "must be a table of keys and values",
    "model": "must be a table of keys and values",
    "mapping": "must be a table of keys and values",
    "json": "is not JSON",
}


def nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return `; did you mean X?`, with a prefix before X, if a known name is near, or else ""."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"; did you mean {prefix}{found[0]}?" if found else ""
