import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.special_characters import (
    control_positions,
    replace_surrogates,
    to_json,
    without_controls,
)

HOSTILE = {
    "clipboard (OSC 52)": ("a\x1b]52;c;ZXZpbA==\x07b", "a]52;c;ZXZpbA==b"),
    "title (OSC 0)": ("\x1b]0;evil\x1b\\خبر", "]0;evil\\خبر"),
    "clear (CSI 2J)": ("خبر\x1b[2Jتازه", "خبر[2Jتازه"),
    "C1": ("a\x9b2Jb\x85c", "a2Jbc"),
    "delete": ("a\x7fb", "ab"),
    "carriage return": ("real\rfake", "realfake"),
    "override": ("نام\u202eevil", "نامevil"),
    "paired override": ("a\u202eb\u202cc", "abc"),
    "open isolate": ("\u2067سلام", "سلام"),
    "isolate over two lines": ("\u2067سلام\nخبر\u2069", "سلام\nخبر"),
    "end without isolate": ("a\u2069b", "ab"),
    "line separators": ("a\u2028b\u2029c", "abc"),
}
KEPT = [
    "می\u200cخواهد",
    "a\tb\nc",
    "\u2068Reuters\u2069 گفت",
    "\u200fکد خبر",
    "\u2067a \u2068b\u2069 c\u2069",
]


@pytest.mark.parametrize(("hostile", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_what_would_be_obeyed_is_dropped(hostile: str, shown: str) -> None:
    assert without_controls(hostile) == shown


@pytest.mark.parametrize("text", KEPT)
def test_what_text_needs_stays(text: str) -> None:
    assert without_controls(text) == text


@given(st.text(st.sampled_from("aب\n\t\x1b\x9b\u200c\u202b\u202e\u202c\u2066\u2068\u2069")))
def test_nothing_is_left_to_obey_and_the_rest_is_untouched(text: str) -> None:
    shown = without_controls(text)
    assert without_controls(shown) == shown
    allowed = {"\n", "\t"}
    assert all(unicodedata.category(one) != "Cc" or one in allowed for one in shown)
    for line in shown.split("\n"):
        assert sum(one in "\u2066\u2068" for one in line) == line.count("\u2069")
    dropped = set(control_positions(text))
    assert shown == "".join(one for at, one in enumerate(text) if at not in dropped)


@given(st.text())
def test_escaped_json_says_the_same_without_controls(text: str) -> None:
    line = to_json(text)
    assert json.loads(line) == text
    assert not control_positions(line)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("", ""),
        ("خزر 😀", "خزر 😀"),
        ("\ufeffخزر", "\ufeffخزر"),
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\udfff\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_each_half_of_a_character_becomes_one_mark(text: str, mended: str) -> None:
    assert replace_surrogates(text) == mended
