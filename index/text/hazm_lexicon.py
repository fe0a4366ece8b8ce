"""hazm's words and conjugated verbs in files that load fast.

Conjugating the 250,000 verb forms takes most of a second and 90 MB, and reading the 36,000 words of
hazm 0.9 an eighth of a second, for every question from a shell. So both are done once and kept in
the user's cache folder, sorted, where words are looked up without reading the rest.
"""

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.cache import cache_directory, get_or_create_folder
from index.text.hazm_loader import load_class

_ZWNJ = "\u200c"
# As `index.text.persian.normalise` writes a word, in one piece.
NORMAL_LETTERS = str.maketrans("أإٱؤئةۀيك", "اااویههیک", f"ء{_ZWNJ}")
# Increase it whenever the same words would give different files.
_FORMAT = 3
_FORMS, _LEMMAS, _WRITTEN = "forms.npy", "lemmas.npy", "written.npy"
_LISTED, _COUNTS, _NORMAL, _NAMES = "listed.npy", "counts.npy", "normal.npy", "names.json"
_REMEMBERED = 2**15
_log = logging.getLogger(__name__)


class WordFile(Collection[str]):
    """Words in their sorted, memory-mapped file, which remains if the folder is deleted.

    Attributes:
        find: returns a word's place in the file, or None.
    """

    def __init__(self, path: Path, heads: Iterable[str] | None = None) -> None:
        """Open a file.

        Args:
            path: one that `_save_words` wrote.
            heads: all that stands before the first ZWNJ in one of the words; None: not known.
        """
        self._words: NDArray[np.bytes_] = np.load(path, mmap_mode="r").view(np.ndarray)
        # Words repeat, and a search takes longer than all else that is done with most of them.
        place = partial(_place, self._words, None if heads is None else frozenset(heads))
        self.find = lru_cache(_REMEMBERED)(place)

    def __len__(self) -> int:
        return len(self._words)

    def __iter__(self) -> Iterator[str]:
        return iter(b"\n".join(self._words.tolist()).decode().split("\n") if len(self) else ())

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.find(word) is not None


def _place(words: NDArray[np.bytes_], heads: frozenset[str] | None, word: str) -> int | None:
    """Return a word's place among sorted ones, or None."""
    if heads is not None:
        # hazm looks up pairs of any two words, and few begin like one that is known.
        head, joiner, _ = word.partition(_ZWNJ)
        if joiner and head not in heads:
            return None
    key = word.encode("utf-8", "surrogatepass")
    if len(key) > words.dtype.itemsize:
        return None
    place = int(words.searchsorted(np.bytes_(key)))
    return place if place < len(words) and words[place] == key else None


class ConjugationTable:
    """Conjugated verbs."""

    def __init__(self, folder: Path, lemmas: Sequence[str], heads: Iterable[str]) -> None:
        """Open the forms in a folder.

        Args:
            folder: one that `write_words` wrote.
            lemmas: what the forms' numbers mean.
            heads: all that stands before a ZWNJ in a form.
        """
        self._forms = WordFile(folder / _FORMS)
        self._numbers: NDArray[np.uint16] = np.load(folder / _LEMMAS, mmap_mode="r")
        self._written = WordFile(folder / _WRITTEN, heads)
        self._lemmas = lemmas

    def lemma(self, joined: str) -> str | None:
        """Return the past and present stem of a form written in one piece, or None."""
        place = self._forms.find(joined)
        return None if place is None else self._lemmas[self._numbers[place]]

    def __contains__(self, form: object) -> bool:
        """Return whether a form written with ZWNJ (می‌روم, رفته‌ام) is a verb form."""
        return form in self._written


class ListedWords(Mapping[str, tuple[int]]):
    """The words of hazm's dictionary, each with how often it was counted.

    The count is in a tuple, as hazm's normaliser wants it.
    """

    def __init__(self, folder: Path, heads: Iterable[str]) -> None:
        """Open the words in a folder.

        Args:
            folder: one that `write_words` wrote.
            heads: all that stands before the first ZWNJ in a word.
        """
        self._words = WordFile(folder / _LISTED, heads)
        self._counts: NDArray[np.int64] = np.load(folder / _COUNTS, mmap_mode="r")

    def __len__(self) -> int:
        return len(self._words)

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def __getitem__(self, word: str) -> tuple[int]:
        place = self._words.find(word)
        if place is None:
            raise KeyError(word)
        return (int(self._counts[place]),)


class HazmLexicon:
    """hazm's verbs and dictionary; immutable, so any number of threads may use it at once.

    Attributes:
        verbs: its conjugated verbs.
        listed: the words of its dictionary.
        normal: the same as `index.text.persian.normalise` writes them, in one piece.
    """

    def __init__(self, folder: Path) -> None:
        """Open a folder that `write_words` wrote.

        Raises:
            OSError, EOFError, ValueError, KeyError: a file is missing or damaged.
        """
        names: dict[str, Any] = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        self.verbs = ConjugationTable(folder, names["lemmas"], names["verb_heads"])
        self.listed: Mapping[str, tuple[int]] = ListedWords(folder, names["word_heads"])
        self.normal: Collection[str] = WordFile(folder / _NORMAL)

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
    forms = _save_words(folder / _FORMS, joined)
    np.save(folder / _LEMMAS, np.array([numbers[joined[form]] for form in forms], np.uint16))
    written = _save_words(folder / _WRITTEN, (form for form in verbs if _ZWNJ in form))
    counts = {word: count for word, (count, *_) in lemmatizer.words.items()}
    listed = _save_words(folder / _LISTED, counts)
    np.save(folder / _COUNTS, np.array([counts[word] for word in listed], np.int64))
    _save_words(folder / _NORMAL, {word.translate(NORMAL_LETTERS) for word in listed})
    names = {"lemmas": lemmas, "verb_heads": _heads(written), "word_heads": _heads(listed)}
    (folder / _NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")


def _heads(words: Iterable[str]) -> list[str]:
    """Return what stands before the first ZWNJ in words, each once."""
    return sorted({word.partition(_ZWNJ)[0] for word in words if _ZWNJ in word})


def _save_words(path: Path, words: Iterable[str]) -> list[str]:
    """Write words for `WordFile`; return them in the order of the file."""
    ordered = sorted(words, key=str.encode)
    np.save(path, np.array([word.encode() for word in ordered], dtype=np.bytes_))
    return ordered
