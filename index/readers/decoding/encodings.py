"""Detection of a text file's encoding from its beginning; conservative rather than clever."""

import codecs
import re
from dataclasses import dataclass

from index.source_settings import TextEncoding

# In Windows-1256 every byte has a meaning, so decoding without an error proves nothing. Persian and
# Arabic texts show in their letters: Arabic ones next to each other, the most common ones often.
_ARABIC = re.compile(r"[\u0621-\u064a\u067e\u0686\u0698\u06a9\u06af\u06ba\u06be\u06c1\u06d2]")
_ACCENTED = re.compile(r"[À-ÿŒœƒ]")
_TOUCHING = re.compile(rf"{_ARABIC.pattern}[A-Za-zÀ-ÿ]|[A-Za-zÀ-ÿ]{_ARABIC.pattern}")
_COMMON = frozenset("ايىنرمدهوتبلس")
_MIN_LETTERS = 8
_MIN_COMMON = 0.45
_MAX_ODD = 0.02
# High bytes of UTF-16 in Persian and English: Latin, Arabic, and punctuation such as the ZWNJ.
_HIGH_BYTES = bytes((0x00, 0x06, 0x20))
_MIN_HIGH = 0.9
# Bytes of a text that are examined.
SAMPLE_BYTES = 64 * 2**10

_BYTE_ORDER_MARKS: tuple[tuple[bytes, TextEncoding], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Detection:
    """A text's encoding, and how many bytes at its start are a byte order mark."""

    encoding: TextEncoding
    mark: int = 0


def detect(sample: bytes) -> Detection | None:
    """Return the encoding of a text by its first bytes; None if that would be a guess.

    Text that is UTF-8 but for a few damaged bytes counts as UTF-8: the damaged lines are then
    reported one by one. No more than `SAMPLE_BYTES` are looked at.
    """
    sample = sample[:SAMPLE_BYTES]
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return None
    for mark, encoding in _BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return Detection(encoding, len(mark))
    if utf16 := _utf16(sample):
        return Detection(utf16)
    if _is_utf8(sample):
        return Detection("utf-8")
    if _is_windows_1256(sample):
        return Detection("windows-1256")
    return None


def _utf16(sample: bytes) -> TextEncoding | None:
    even, odd = sample[0::2], sample[1::2]
    if len(odd) < _MIN_LETTERS:
        return None
    found: TextEncoding | None = None
    for encoding, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        share = sum(map(high.count, _HIGH_BYTES)) / len(high)
        # In UTF-8 neither half looks so; in a file of NUL bytes both do.
        if share >= _MIN_HIGH and sum(map(low.count, b"\0\x06")) < len(low) / 2:
            if high.count(0x20) > len(high) / 4:
                continue
            found = "utf-16-le" if encoding == "utf-16-le" else "utf-16-be"
    return found


def _is_utf8(sample: bytes) -> bool:
    # A character that is cut by the sample's end is no damage.
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    else:
        return True
    damaged = text.count("\ufffd")
    characters = sum(character > "\x7f" for character in text) - damaged
    return damaged <= max(characters / 5, len(sample) / 1000)


def _is_windows_1256(sample: bytes) -> bool:
    text = sample.decode("cp1256")
    letters = _ARABIC.findall(text)
    if len(letters) < _MIN_LETTERS:
        return False
    odd = len(_ACCENTED.findall(text)) + len(_TOUCHING.findall(text))
    odd += sum(character < " " and character not in "\t\r\n\f" for character in text)
    common = sum(letter in _COMMON for letter in letters)
    return odd <= len(letters) * _MAX_ODD and common >= len(letters) * _MIN_COMMON
