"""hazm's words and conjugated verbs in files that load fast.

Conjugating the 250,000 verb forms takes most of a second and 90 MB, and reading the 36,000 words of
hazm 0.9 an eighth of a second, for every question from a shell. So both are done once and kept in
the user's cache folder.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.cache import cache_directory, get_or_create_folder
from index.text.hazm_loader import load_class

_ZWNJ = "\u200c"
# Increase it whenever the same words would give different files.
_FORMAT = 2
_FORMS, _LEMMAS, _NAMES, _WRITTEN = "forms.npy", "lemmas.npy", "names.json", "written.npy"
_log = logging.getLogger(__name__)


class ConjugationTable:
    """Conjugated verbs, searched in their memory-mapped file."""

    def __init__(self, folder: Path, lemmas: Sequence[str], heads: Iterable[str]) -> None:
        """Open the forms in a folder.

        Args:
            folder: one that `write_words` wrote.
            lemmas: what the forms' numbers mean.
            heads: all that stands before a ZWNJ in a form.
        """
        # Read whole: a few megabytes, which remain if the folder is deleted.
        self._forms = np.load(folder / _FORMS)
        self._numbers = np.load(folder / _LEMMAS)
        self._written = np.load(folder / _WRITTEN)
        self._lemmas = lemmas
        self._heads = frozenset(heads)

    def lemma(self, joined: str) -> str | None:
        """Return the past and present stem of a form written in one piece, or None."""
        place = _find(self._forms, joined)
        return None if place is None else self._lemmas[self._numbers[place]]

    def __contains__(self, form: object) -> bool:
        """Return whether a form written with ZWNJ (می‌روم, رفته‌ام) is a verb form."""
        # Pairs of any two words are looked up, and few begin like a verb.
        if not isinstance(form, str) or form.partition(_ZWNJ)[0] not in self._heads:
            return False
        return _find(self._written, form) is not None


class HazmLexicon:
    """hazm's verbs and dictionary; immutable, so any number of threads may use it at once.

    Attributes:
        verbs: its conjugated verbs.
        listed: the words of its dictionary, each with how often it was counted, in a tuple as
            hazm's normaliser wants it.
    """

    def __init__(self, folder: Path) -> None:
        """Open a folder that `write_words` wrote.

        Raises:
            OSError, EOFError, ValueError, KeyError: a file is missing or damaged.
        """
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        self.verbs = ConjugationTable(folder, names["lemmas"], names["heads"])
        self.listed: dict[str, tuple[int]] = {
            word: (count,) for word, count in names["words"].items()
        }

    @classmethod
    def open(cls) -> Self:
        """Open the words of the installed hazm; the first call writes them into the cache."""
        place = cache_directory() / f"words-{_FORMAT}-hazm-{version('hazm')}"
        try:
            return cls(get_or_create_folder(place, write_words))
        except OSError as error:
            _log.info("hazm's words are read anew at every start: %s", error)
        with TemporaryDirectory() as folder:
            write_words(Path(folder))
            return cls(Path(folder))


def write_words(folder: Path) -> None:
    """Conjugate hazm's verbs and write them and its words into an empty folder."""
    lemmatizer = load_class("Lemmatizer")(joined_verb_parts=False)
    verbs: dict[str, str] = lemmatizer.verbs
    joined = {form.replace(_ZWNJ, ""): lemma for form, lemma in verbs.items() if " " not in form}
    lemmas = sorted(set(joined.values()))
    numbers = {lemma: number for number, lemma in enumerate(lemmas)}
    forms = sorted(joined, key=str.encode)
    np.save(folder / _FORMS, _packed(forms))
    np.save(folder / _LEMMAS, np.array([numbers[joined[form]] for form in forms], np.uint16))
    written = sorted((form for form in verbs if _ZWNJ in form), key=str.encode)
    np.save(folder / _WRITTEN, _packed(written))
    names = {
        "lemmas": lemmas,
        "heads": sorted({form.partition(_ZWNJ)[0] for form in written}),
        "words": {word: count for word, (count, *_) in lemmatizer.words.items()},
    }
    (folder / _NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")


def _packed(sorted_forms: Iterable[str]) -> NDArray[np.bytes_]:
    return np.array([form.encode() for form in sorted_forms], dtype=np.bytes_)


def _find(forms: NDArray[np.bytes_], form: str) -> int | None:
    key = form.encode("utf-8", "surrogatepass")
    if len(key) > forms.dtype.itemsize:
        return None
    place = int(np.searchsorted(forms, np.bytes_(key)))
    return place if place < len(forms) and forms[place] == key else None
