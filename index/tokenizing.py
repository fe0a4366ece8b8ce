"""Tokenising without transformers, with no more of the vocabulary in memory than texts need.

A multilingual Unigram vocabulary has 250,000 pieces, which take a second to load and 280 MB. A text
can only have pieces whose characters it has; so for texts of common characters (those of Persian
and English), a tokenizer of the pieces of these characters alone gives the very same tokens. The
whole one is loaded when the first other text comes.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

_WHOLE = "tokenizer.json"
_COMMON = "tokenizer_common.json"
_NUMBERS = "tokenizer_common.npy"
# Fewer pieces load fast enough.
_MANY = 100_000


def _is_common(character: str) -> bool:
    """Tell whether a character is of Persian or English text, or the mark of a space."""
    code = ord(character)
    return (
        0x20 <= code < 0x7F
        or 0x600 <= code < 0x700
        or 0x2000 <= code < 0x2070
        or (character in "\xad«»﴾﴿▁")
    )


class TextTokenizer:
    """Texts to token numbers, special tokens apart; any number of threads may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Open what `write_tokenizer` wrote.

        Raises:
            OSError, ValueError: a file is missing or damaged.
        """
        self._folder = folder
        self._common: Tokenizer | None = None
        self._whole: Tokenizer | None = None
        self._loading = threading.Lock()
        if (folder / _COMMON).is_file():
            self._common = _load(folder / _COMMON)
            self._numbers = np.load(folder / _NUMBERS)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of each text, without special tokens and limit."""
        common = self._common
        if common is None:
            return _numbers(self._load_whole(), texts)
        found: list[list[int]] = [[]] * len(texts)
        by_common = [at for at, text in enumerate(texts) if _has_common_only(common, text)]
        encoded = common.encode_batch_fast(
            [texts[at] for at in by_common], add_special_tokens=False
        )
        for at, one in zip(by_common, encoded, strict=True):
            found[at] = self._numbers[one.ids].tolist() if one.ids else []
        if others := sorted(set(range(len(texts))).difference(by_common)):
            numbers = _numbers(self._load_whole(), [texts[at] for at in others])
            for at, one_numbers in zip(others, numbers, strict=True):
                found[at] = one_numbers
        return found

    def _load_whole(self) -> Tokenizer:
        with self._loading:
            if self._whole is None:
                self._whole = _load(self._folder / _WHOLE)
            return self._whole


def write_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write a tokenizer, and where it is large what it is for common characters."""
    content = tokenizer.to_str()
    (folder / _WHOLE).write_text(content, encoding="utf-8")
    if common := _of_common_characters(json.loads(content)):
        reduced, numbers = common
        text = json.dumps(reduced, ensure_ascii=False, separators=(",", ":"))
        (folder / _COMMON).write_text(text, encoding="utf-8")
        np.save(folder / _NUMBERS, np.array(numbers, dtype=np.int32))


def _of_common_characters(whole: dict[str, Any]) -> tuple[dict[str, Any], list[int]] | None:
    """Return a tokenizer's JSON with common pieces only, and the numbers that they have in it.

    None where the vocabulary is small or of another kind: only Unigram takes the best division
    into pieces, on which pieces that a text cannot have make no difference.
    """
    model = whole["model"]
    if model["type"] != "Unigram" or len(model["vocab"]) < _MANY or model.get("byte_fallback"):
        return None
    pieces: list[tuple[str, float]] = model["vocab"]
    added = {token["id"] for token in whole["added_tokens"]}
    # The cost of what is unknown is reckoned from the lowest score of all.
    lowest = min(range(len(pieces)), key=lambda number: pieces[number][1])
    kept = [
        number
        for number, (piece, _) in enumerate(pieces)
        if number in added or number in (lowest, model["unk_id"]) or all(map(_is_common, piece))
    ]
    # Those that the vocabulary does not list come after it.
    numbers = kept + sorted(number for number in added if number >= len(pieces))
    places = {number: place for place, number in enumerate(numbers)}
    return {
        **whole,
        "added_tokens": [{**token, "id": places[token["id"]]} for token in whole["added_tokens"]],
        # Special tokens are put around the numbers afterwards.
        "post_processor": None,
        "model": {
            **model,
            "unk_id": None if model["unk_id"] is None else places[model["unk_id"]],
            "vocab": [pieces[number] for number in kept],
        },
    }, numbers


def _has_common_only(tokenizer: Tokenizer, text: str) -> bool:
    normaliser = tokenizer.normalizer
    normalised = text if normaliser is None else normaliser.normalize_str(text)
    return all(map(_is_common, set(normalised)))


def _load(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_buffer(path.read_bytes())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _numbers(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [one.ids for one in encoded]
