import unicodedata

import pytest
from bidi import get_display
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.presentation.bidi import FSI, LRI, LRM, PDI, RLI, RLM
from retrieval.presentation.terminal.visual_order import joined_letters, visual_order

ZWNJ, ZWJ = "\u200c", "\u200d"
# Letters of both directions, digits of three scripts, separators, brackets, marks.
LETTERS = f"ابگی abC۱۲34٥.,/:-+%$()[]«»!؟{ZWNJ}\u064b\u0301{LRM}{RLM}"
isolates = st.recursive(
    st.text(LETTERS, max_size=12),
    lambda inner: st.tuples(
        st.text(LETTERS, max_size=6), st.sampled_from([LRI, RLI, FSI]), inner
    ).map(lambda parts: f"{parts[0]}{parts[1]}{parts[2]}{PDI}"),
    max_leaves=4,
)
lines = st.lists(isolates, max_size=3).map("".join)


def seen(line: str, *, right_to_left: bool) -> str:
    return "".join(cluster.text for cluster in visual_order(line, right_to_left=right_to_left))


@pytest.mark.parametrize(
    ("line", "right_to_left", "expected"),
    [
        ("سلام Khazar!", True, "!Khazar مالس"),
        ("سلام Khazar!", False, "مالس Khazar!"),
        ("[۱] شرکت Boeing 737 (MAX) گفت.", True, ".تفگ Boeing 737 (MAX) تکرش [۱]"),
        ("۲۷ آبان ۱۴۰۴ · ۱۲/۵ درصد", True, "دصرد ۱۲/۵ · ۱۴۰۴ نابآ ۲۷"),
        ("«نفت» (اوپک)", True, "(کپوا) «تفن»"),
        (f"[{LRI}r1{PDI}] خبر", True, "ربخ [r1]"),
        (f"{FSI}ایلنا{PDI} · 18 November", False, "انلیا · 18 November"),
        (f"منبع: {FSI}https://example.org/a/{PDI}", True, "https://example.org/a/ :عبنم"),
        # Nested: a Persian name in an English value in a Persian line.
        (f"الف {LRI}a {RLI}ب ج{PDI} c{PDI} د", True, "د a ج ب c فلا"),
        # Marks stay on their letters; ZWNJ has no glyph.
        (f"مثلاً می{ZWNJ}رود", True, "دوریم اًلثم"),
        (f"ا {LRI}never ended", True, "never ended ا"),
        ("", True, ""),
        ("   ", True, "   "),
    ],
)
def test_a_line_is_put_in_the_order_in_which_it_is_seen(line, right_to_left, expected) -> None:
    assert seen(line, right_to_left=right_to_left) == expected


@given(lines, st.booleans())
@example("a (b) ج", True)
@example("ا (b[c) d]", False)
def test_the_order_is_that_of_another_implementation(line: str, right_to_left: bool) -> None:
    """The Rust crate, which knows no positions, and does not mirror."""
    invisible = f"{ZWNJ}{LRM}{RLM}{LRI}{RLI}{FSI}{PDI}"
    # Marks of a letter follow it in both, where there are none.
    bare = "".join(c for c in line if unicodedata.bidirectional(c) != "NSM")
    other = get_display(bare, base_dir="R" if right_to_left else "L")
    mine = [bare[one.position] for one in visual_order(bare, right_to_left=right_to_left)]
    assert "".join(mine) == "".join(c for c in other if c not in invisible)


@given(lines, st.booleans())
def test_every_character_with_a_glyph_is_shown_once(line: str, right_to_left: bool) -> None:
    clusters = visual_order(line, right_to_left=right_to_left)
    glyphs = [
        at
        for at, letter in enumerate(line)
        if unicodedata.bidirectional(letter) not in ("NSM", "BN", "LRI", "RLI", "FSI", "PDI")
        and letter not in (LRM, RLM)
    ]
    assert sorted(cluster.position for cluster in clusters) == glyphs


@given(st.text("abc 12.,()[]/:", max_size=40))
def test_latin_text_stays_as_it_is(line: str) -> None:
    assert seen(line, right_to_left=False) == line


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("گفت", "\ufb94\ufed4\ufe96"),
        # A ZWNJ parts letters, a ZWJ joins them, and both stay.
        (f"می{ZWNJ}رود", f"\ufee3\ufbfd{ZWNJ}\ufead\ufeed\ufea9"),
        (f"ه{ZWJ}.ش", f"\ufeeb{ZWJ}.\ufeb5"),
        # Lam and alef are one letter; their second place is an invisible character.
        ("لا بلا", "\ufefb\u2060 \ufe91\ufefc\u2060"),
        ("oil ۱۲", "oil ۱۲"),
    ],
)
def test_letters_get_the_forms_that_stand_beside_each_other(text: str, joined: str) -> None:
    assert joined_letters(text) == joined


@given(st.text(f"ابپتجچدرزژسکگلمنوهیآأؤئةۀ ـ\u064b\u0650{ZWNJ}{ZWJ}ab1۱.", max_size=40))
def test_joined_letters_are_as_many(text: str) -> None:
    joined = joined_letters(text)
    assert len(joined) == len(text)
    plain = unicodedata.normalize("NFKC", joined.replace("\u2060", ""))
    assert plain == unicodedata.normalize("NFKC", text)
