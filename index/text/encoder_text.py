"""One spelling for the models: what every title, passage and question is turned into first.

Persian is typed in many ways that look alike (ي and ی, ۱۴۰۰ and 1400, with and without ZWNJ). The
encoder and the reranker were trained on texts that had gone through `encoder_text`, and know no
others. What people are shown is never changed.
"""

import re
import unicodedata

# Part of every fingerprint: raise it whenever a text could be spelled otherwise.
SPELLING = "spelling-1"

# Kashida, superscript alef, soft hyphen, zero-width characters but ZWNJ, short vowels and other
# marks, and bidi controls carry no meaning that the models need.
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
    **dict.fromkeys("\u200c_#", " "),
    "¬": " ",  # some old exports write the ZWNJ so
    **{chr(zero + digit): str(digit) for zero in (0x6F0, 0x660) for digit in range(10)},
}
_TABLE = {
    **dict.fromkeys(_DROPPED),
    **{ord(old): new for old, new in _REPLACED.items()},
}
_THOUSANDS = re.compile(r"(?<=\d)[,٬،](?=\d{3}(?!\d))")


def encoder_text(text: str) -> str:
    """Return a text in the spelling that the encoder and the reranker were trained on.

    The compatibility forms of NFKC, Persian letters for Arabic ones, Latin digits without
    separators of thousands, small letters, single spaces; without marks, kashida and ZWNJ.

    Args:
        text: any text, also with characters that no text should have.

    Returns:
        The text, never longer than NFKC makes it. Applied again, the function changes nothing.
    """
    # A mark that is dropped may have kept apart a letter and an accent that are one character.
    while (spelled := _spelled(text)) != text:
        text = spelled
    return text


def _spelled(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    return " ".join(_THOUSANDS.sub("", text).lower().split())
