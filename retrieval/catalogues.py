"""Catalogues of texts for people: a TOML file `locales/LANGUAGE.toml` in a package."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

# The package whose catalogues have the texts of questions, answers and errors.
ANSWERS: Final = "retrieval.presentation"
# A text, or its forms by the plural categories of CLDR.
Text = str | Mapping[str, str]


@cache
def load_catalogue(package: str, language: str) -> Mapping[str, Text]:
    """Return the texts of a package in an interface language, "fa" or "en", by their keys."""
    source = resources.files(package) / "locales" / f"{language}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))
