"""Those parts of hazm that Persian text needs, without the rest of it.

`import hazm` also imports its taggers, parsers, embeddings and corpora, with nltk, scikit-learn and
gensim behind them: two seconds and 150 MB, of which normalising and stemming use nothing.
"""

import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

# hazm 0.9's modules in the order in which they need each other, with what the later ones ask the
# package for.
_PARTS = {
    "utils": (
        *("default_verbs", "default_words", "words_list", "maketrans", "regex_replace"),
        *("NUMBERS", "informal_verbs", "informal_words", "stopwords_list"),
    ),
    "stemmer": ("Stemmer",),
    "word_tokenizer": ("WordTokenizer",),
    "lemmatizer": ("Conjugation", "Lemmatizer"),
    "normalizer": ("Normalizer",),
}
# Packages whose own first module imports what is not needed.
_BARE = ("hazm", "nltk", "nltk.stem", "nltk.tokenize")

_importing = threading.Lock()


def load_class(name: str) -> Any:
    """Return `Stemmer` or `Lemmatizer` of hazm; for its normaliser see `make_normalizer`."""
    if not _is_known():
        return getattr(importlib.import_module("hazm"), name)
    with _importing:
        return getattr(_parts(), name)


def make_normalizer(verbs: Container[str], words: Mapping[str, tuple[int]]) -> Any:
    """Return hazm's normaliser.

    Args:
        verbs: the forms that are written with ZWNJ, which hazm would conjugate all verbs to know.
        words: how often each word was counted, which hazm would read its dictionary to know.
    """
    if not _is_known():
        return load_class("Normalizer")(persian_numbers=False)
    made = load_class("Normalizer")(persian_numbers=False, seperate_mi=False)
    # What its constructor would set, except for the verbs and words.
    made._seperate_mi = True
    made.joint_mi_patterns = r"\bن?می[آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی]+"
    made.verbs, made.words = verbs, words
    return made


def _is_known() -> bool:
    """Tell whether hazm is of the version that this module takes apart.

    Others are right as they are, and slower to start.
    """
    return version("hazm").startswith("0.9.")


def _parts() -> ModuleType:
    """Return a package with hazm's parts, made on the first call."""
    if (made := _made.get("hazm")) is not None:
        return made
    with _bare_packages() as package:
        for part, names in _PARTS.items():
            module = importlib.import_module(f"hazm.{part}")
            for name in names:
                setattr(package, name, getattr(module, name))
            if part == "normalizer":
                # It makes the same table of 500 letters anew for every text.
                module.maketrans = cache(module.maketrans)  # type: ignore[attr-defined]
                # The words come from whoever makes one.
                tokenizer = partial(package.WordTokenizer, words_file=Path(os.devnull))
                module.WordTokenizer = tokenizer  # type: ignore[attr-defined]
    _made["hazm"] = package
    return package


_made: dict[str, ModuleType] = {}


@contextmanager
def _bare_packages() -> Iterator[ModuleType]:
    """Stand empty packages in for the real ones, which later imports find untouched."""
    before = {name: module for name, module in sys.modules.items() if _is_theirs(name)}
    for name in before:
        del sys.modules[name]
    try:
        for name in _BARE:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.submodule_search_locations is None:
                raise ImportError(f"no package {name}", name=name)
            package = ModuleType(name)
            package.__path__ = list(spec.submodule_search_locations)
            sys.modules[name] = package
        yield sys.modules["hazm"]
    finally:
        for name in [name for name in sys.modules if _is_theirs(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_theirs(name: str) -> bool:
    return name.partition(".")[0] in ("hazm", "nltk")
