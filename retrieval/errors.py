"""Errors of asking; like all of `KhazarError`, each is one line for people."""

from index.errors import KhazarError


class QuestionError(KhazarError):
    """A question cannot be searched as it is."""


class QuestionFileError(KhazarError):
    """A file of questions cannot be read."""
