"""One spelling of letters, under every other analysis of a text.

Persian is typed in many ways that look alike: ي and ی, ۱۴۰۰ and 1400, presentation forms, kashida,
marks that cannot be seen. The models (`index.text.encoder_text`) and the words of the index
(`index.text.persian`) both begin with `fold_letters`, so no spelling is known to one and not to the
other. What people are shown is never changed.
"""

import re
import unicodedata
from collections.abc import Mapping

ZWNJ = "\u200c"
# ASCII, Latin-1 and the letters and digits of Arabic script.
_USUAL = {code: code for code in (*range(0x100), *range(0x600, 0x700), ord(ZWNJ))}


def translation_table(mapping: Mapping[str, str | None]) -> dict[int, int | str | None]:
    """Return a table for `str.translate` that has all usual characters.

    For each character that a table lacks, `str.translate` raises and catches an error: a Persian
    text took 2.5 times as long.

    Args:
        mapping: what to replace each character by; None drops it.
    """
    return {**_USUAL, **{ord(old): new for old, new in mapping.items()}}


# Kashida, superscript alef, soft hyphen, zero-width characters but ZWNJ, short vowels and other
# marks, and bidi controls carry no meaning.
_DROPPED = (
    *(0x640, 0x670, 0xAD, 0xFEFF, 0x200B, 0x200D, 0x2060),
    *range(0x64B, 0x660),
    *(0x200E, 0x200F),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
_REPLACED = {
    **dict.fromkeys("يى", "ی"),
    **dict.fromkeys("كڪ", "ک"),
    **dict.fromkeys("ہھەةۀ", "ه"),
    **dict.fromkeys("أإٱ", "ا"),
    "ؤ": "و",
    "٪": "%",
    "٫": ".",
    "İ": "i",  # its small form would be two characters
    **dict.fromkeys("_#", " "),
    "¬": ZWNJ,  # some old exports write it so
    **{chr(zero + digit): str(digit) for zero in (0x6F0, 0x660) for digit in range(10)},
}
_TABLE = translation_table({**dict.fromkeys(map(chr, _DROPPED)), **_REPLACED})
# The separator first: few characters are one, so most are not looked at any further.
_THOUSANDS = re.compile(r"[,٬،](?<=\d[,٬،])(?=\d{3}(?!\d))")


def fold_letters(text: str) -> str:
    """Return a text with one spelling of each letter, digit and ZWNJ.

    The compatibility forms of NFKC, Persian letters for Arabic ones, Latin digits without
    separators of thousands, small letters; without marks, kashida and characters of no width.

    Args:
        text: any text, also with characters that no text should have.

    Returns:
        The text, never longer than NFKC makes it. Applied again, the function changes nothing.
    """
    text = _folded(text)
    # A mark that is dropped may have kept apart a letter and an accent that are one character. No
    # other step finds anything to do in what it has made itself.
    while not unicodedata.is_normalized("NFKC", text):
        text = _folded(text)
    return text


def drop_marks(text: str) -> str:
    """Return a text in the letters of NFKC, without kashida, vowel signs and what has no width.

    Letters, digits, case and ZWNJ stay as they were typed.
    """
    return unicodedata.normalize("NFKC", text).translate(_MARKS)


_MARKS = translation_table({**dict.fromkeys(map(chr, _DROPPED)), "¬": ZWNJ})


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    return _THOUSANDS.sub("", text).lower()
