"""Errors of questions; each is a `KhazarError`, whose message is one line for people."""

from index.errors import KhazarError


class QuestionError(KhazarError):
    """A question that cannot be searched for, or a filter that makes no sense."""


class QuestionFileError(KhazarError):
    """A file of questions, or one that belongs to it, that cannot be read or written."""


class TranslationError(KhazarError):
    """A translation that cannot be had; the answer is shown without it."""
