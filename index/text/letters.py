"""One spelling of letters, under every other analysis of a text.

Persian is typed in many ways that look alike: ي and ی, ۱۴۰۰ and 1400, presentation forms, kashida,
marks that cannot be seen. The models (`index.text.encoder_text`) and the words of the index
(`index.text.persian`) both begin with `fold_letters`, so no spelling is known to one and not to the
other. What people are shown is never changed.
"""

import re
import unicodedata

ZWNJ = "\u200c"

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
_TABLE = {
    **dict.fromkeys(_DROPPED),
    **{ord(old): new for old, new in _REPLACED.items()},
}
_THOUSANDS = re.compile(r"(?<=\d)[,٬،](?=\d{3}(?!\d))")


def fold_letters(text: str) -> str:
    """Return a text with one spelling of each letter, digit and ZWNJ.

    The compatibility forms of NFKC, Persian letters for Arabic ones, Latin digits without
    separators of thousands, small letters; without marks, kashida and characters of no width.

    Args:
        text: any text, also with characters that no text should have.

    Returns:
        The text, never longer than NFKC makes it. Applied again, the function changes nothing.
    """
    # A mark that is dropped may have kept apart a letter and an accent that are one character.
    while (folded := _folded(text)) != text:
        text = folded
    return text


def drop_marks(text: str) -> str:
    """Return a text in the letters of NFKC, without kashida, vowel signs and what has no width.

    Letters, digits, case and ZWNJ stay as they were typed.
    """
    return unicodedata.normalize("NFKC", text).translate(_MARKS)


_MARKS = {**dict.fromkeys(_DROPPED), ord("¬"): ZWNJ}


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    return _THOUSANDS.sub("", text).lower()
