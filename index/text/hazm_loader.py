"""hazm's normaliser, stemmer and lemmatiser without the rest of hazm.

`import hazm` also imports its taggers, parsers, embeddings and corpora, and with them nltk,
scikit-learn and gensim. Measured on Python 3.11 with `python -m retrieval ask`, medians of 5 runs
in turn: 1.7 s of processor time and 326 MB at most with this module, 3.4 s and 430 MB without. On
3.12 `import hazm` alone takes 2.1 s and 151 MB.
"""

import importlib
import importlib.util
import os
import re
import sys
import threading
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from index.text.letters import translation_table

# hazm's modules in the order of their dependencies, in 0.9 (Python 3.11) as in 0.12.
_PARTS = ("utils", "stemmer", "word_tokenizer", "lemmatizer", "normalizer")
# Packages whose own __init__.py imports more than is needed.
_BARE = ("hazm", "nltk", "nltk.stem", "nltk.tokenize")
# Of nltk these parts use two base classes, and nothing in them. The modules that have these import
# an XML parser, an HTTP client and another regex engine, which takes 25 ms.
_INTERFACES = {"nltk.stem.api": "StemmerI", "nltk.tokenize.api": "TokenizerI"}

_importing = threading.Lock()
_loaded: dict[str, ModuleType] = {}


def load_class(name: str) -> Any:
    """Return `Stemmer` or `Lemmatizer` of hazm; for its normaliser see `make_normalizer`."""
    with _importing:
        return getattr(_package(), name)


# The letters of words, in hazm's patterns.
_LETTERS = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"


def make_normalizer(verbs: Container[str], words: Mapping[str, tuple[int]]) -> Any:
    """Return hazm's normaliser.

    Args:
        verbs: the verb forms that are written with ZWNJ; hazm would conjugate all verbs for them.
        words: how often each word was counted; hazm would read its dictionary for that.
    """
    made = load_class("Normalizer")(persian_numbers=False, seperate_mi=False)
    # What its constructor would set, apart from the verbs and words: these are the names of 0.9,
    made._seperate_mi = True
    made.joint_mi_patterns = rf"\bن?می[{_LETTERS}]+"
    made.verbs, made.words = verbs, words
    # and these are those of 0.12.
    made._verbs, made._words = verbs, words
    # It looks for a repetition from every letter of a word on; from its first is enough.
    made.repeated_chars_pattern = rf"(?<![{_LETTERS}]){made.repeated_chars_pattern}"
    return made


def _package() -> ModuleType:
    """Return a package with the classes of hazm's parts, imported on the first call."""
    if (loaded := _loaded.get("hazm")) is not None:
        return loaded
    with _bare_packages() as package:
        for part in _PARTS:
            module = importlib.import_module(f"hazm.{part}")
            # In 0.9 the later ones ask the package for what is in the earlier ones.
            public = {name: value for name, value in vars(module).items() if name[0] != "_"}
            vars(package).update(public)
        # hazm makes the same table of 500 letters anew for every text.
        module.maketrans = _made_table  # type: ignore[attr-defined]
        # It looks up each of its forty patterns anew for every text.
        module.regex_replace = _replaced  # type: ignore[attr-defined]
        # `make_normalizer` sets the words.
        tokenizer = partial(module.WordTokenizer, words_file=Path(os.devnull))
        module.WordTokenizer = tokenizer  # type: ignore[attr-defined]
    _loaded["hazm"] = package
    return package


@cache
def _made_table(old: str, new: str) -> dict[int, int | str | None]:
    return translation_table(dict(zip(old, new, strict=False)))


def _replaced(patterns: Iterable[tuple[str, str]], text: str) -> str:
    for pattern, replacement in patterns:
        text = _compiled(pattern).sub(replacement, text)
    return text


_compiled = cache(re.compile)


@contextmanager
def _bare_packages() -> Iterator[ModuleType]:
    """Put empty packages in place of the real ones; later imports find the real ones again."""
    before = {name: module for name, module in list(sys.modules.items()) if _is_replaced(name)}
    for name in before:
        del sys.modules[name]
    try:
        for name in _BARE:
            spec = importlib.util.find_spec(name)
            if spec is None or spec.submodule_search_locations is None:
                raise ImportError(f"no package {name}", name=name)
            # Made, and its __init__.py not run.
            sys.modules[name] = importlib.util.module_from_spec(spec)
        for name, interface in _INTERFACES.items():
            sys.modules[name] = ModuleType(name)
            setattr(sys.modules[name], interface, type(interface, (), {}))
        yield sys.modules["hazm"]
    finally:
        for name in [name for name in sys.modules if _is_replaced(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_replaced(name: str) -> bool:
    return name.partition(".")[0] in ("hazm", "nltk")
