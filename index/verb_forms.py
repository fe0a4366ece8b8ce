"""hazm's conjugated verbs in a file that is searched in place.

There are 250,000 forms; conjugating them anew takes most of a second and 90 MB, each time that
somebody asks one question. They are conjugated once and kept in the user's cache folder.
"""

import json
import logging
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.bundled import cache_directory
from index.cached_folder import cached_folder
from index.hazm_parts import hazm_class

_ZWNJ = "\u200c"
# Raise it whenever the same verbs would be written into different files.
_FORMAT = 1
_FORMS, _LEMMAS, _NAMES, _WRITTEN = "forms.npy", "lemmas.npy", "lemmas.json", "written.npy"
_log = logging.getLogger(__name__)


class VerbForms:
    """Conjugated verbs; immutable, so any number of threads may ask at once."""

    def __init__(self, folder: Path) -> None:
        """Open a folder that `write_verb_forms` wrote.

        Raises:
            OSError, ValueError: a file is missing or damaged.
        """
        # Read whole: a few megabytes, which stay when the folder goes.
        self._forms = np.load(folder / _FORMS)
        self._numbers = np.load(folder / _LEMMAS)
        self._written = np.load(folder / _WRITTEN)
        self._lemmas: list[str] = json.loads((folder / _NAMES).read_text(encoding="utf-8"))

    @classmethod
    def open(cls) -> Self:
        """Open the forms of the installed hazm, conjugated on the first call."""
        place = cache_directory() / f"verbs-{_FORMAT}-hazm-{version('hazm')}"
        try:
            return cls(cached_folder(place, write_verb_forms))
        except OSError as error:
            _log.info("verbs are conjugated at every start: %s", error)
        with TemporaryDirectory() as folder:
            write_verb_forms(Path(folder))
            return cls(Path(folder))

    def lemma(self, joined: str) -> str | None:
        """Return the past and present stem of a form written in one piece; None for no verb."""
        return _lemma(self, joined)

    def __contains__(self, form: str) -> bool:
        """Tell whether a form of می or نمی, as it is written with ZWNJ, is a verb's."""
        return _find(self._written, form) is not None

    def find(self, joined: str) -> str | None:
        """Do what `lemma` does, without remembering it."""
        place = _find(self._forms, joined)
        return None if place is None else self._lemmas[self._numbers[place]]


@lru_cache(maxsize=2**16)
def _lemma(forms: VerbForms, joined: str) -> str | None:
    return forms.find(joined)


def write_verb_forms(folder: Path) -> None:
    """Conjugate hazm's verbs and write them into an empty folder."""
    verbs: dict[str, str] = hazm_class("Lemmatizer")(joined_verb_parts=False).verbs
    joined = {form.replace(_ZWNJ, ""): lemma for form, lemma in verbs.items() if " " not in form}
    lemmas = sorted(set(joined.values()))
    numbers = {lemma: number for number, lemma in enumerate(lemmas)}
    forms = sorted(joined, key=str.encode)
    np.save(folder / _FORMS, _packed(forms))
    np.save(folder / _LEMMAS, np.array([numbers[joined[form]] for form in forms], np.uint16))
    (folder / _NAMES).write_text(json.dumps(lemmas, ensure_ascii=False), encoding="utf-8")
    begins = (f"می{_ZWNJ}", f"نمی{_ZWNJ}")
    written = sorted((form for form in verbs if form.startswith(begins)), key=str.encode)
    np.save(folder / _WRITTEN, _packed(written))


def _packed(sorted_forms: Iterable[str]) -> NDArray[np.bytes_]:
    return np.array([form.encode() for form in sorted_forms], dtype=np.bytes_)


def _find(forms: NDArray[np.bytes_], form: str) -> int | None:
    # A lone surrogate has no UTF-8 form, and is in no verb.
    key = form.encode("utf-8", "replace")
    if len(key) > forms.dtype.itemsize:
        return None
    place = int(np.searchsorted(forms, np.bytes_(key)))
    return place if place < len(forms) and forms[place] == key else None
