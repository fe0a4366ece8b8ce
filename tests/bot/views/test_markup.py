from hypothesis import given, settings
from hypothesis import strategies as st

from bot.views.markup import MAX_UNITS, Span, pack, split, to_html, utf16_units
from tests.bot.support.telegram_html import parse, utf16_length

# Letters of one and of two UTF-16 units, markup, joiners and space.
LETTERS = st.sampled_from("abcالف🌊😀<>&\"' .؟\n\u200c\u200d\u0301\ufe0f")
SPANS = st.builds(Span, st.text(LETTERS, max_size=60), bold=st.booleans(), quote=st.booleans())
BLOCKS = st.lists(st.lists(SPANS, max_size=4).map(tuple), max_size=4)


def bare(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None, derandomize=True)
@given(BLOCKS, st.integers(2, 90))
def test_whatever_is_packed_fits_is_valid_and_complete(blocks, limit):
    messages = [parse(html) for html in pack(blocks, limit)]
    assert all(0 < utf16_length(message.text) <= limit for message in messages)
    spans = [span for block in blocks for span in block]
    assert bare("".join(m.text for m in messages)) == bare("".join(s.text for s in spans))
    for kind, styled in (
        ("bold", [span for span in spans if span.bold]),
        ("blockquote", [span for span in spans if span.quote]),
    ):
        shown = "".join(piece for message in messages for piece in message.shown(kind))
        assert bare(shown) == bare("".join(span.text for span in styled))


def test_length_is_counted_in_utf_16_units():
    assert utf16_units("a\u200cسلام🌊") == 8
    [one] = pack([(Span("🌊" * (MAX_UNITS // 2)),)])
    assert utf16_length(parse(one).text) == 4094
    first, second = pack([(Span("🌊" * (MAX_UNITS // 2 + 1)),)])
    assert (len(first), second) == (2047, "🌊")


def test_blocks_share_a_message_while_they_fit_and_stay_in_one_piece():
    blocks = [(Span(letter * 1500),) for letter in "abc"]
    assert pack(blocks) == ["a" * 1500 + "\n\n" + "b" * 1500, "c" * 1500]
    assert pack([(Span("a b"),), (Span("c"),)], limit=5) == ["a b", "c"]
    assert pack([(Span("a b"),), (Span("c"),)], limit=6) == ["a b\n\nc"]


def test_a_cut_is_at_a_sentence_end_else_at_a_space_else_between_letters():
    def cut(text: str, limit: int) -> list[str]:
        return [to_html(piece) for piece in split((Span(text),), limit)]

    assert cut("یک دو سه؟ چهار پنج شش. هفت", 17) == ["یک دو سه؟", "چهار پنج شش. هفت"]
    assert cut("یک. دو سه چهار پنج شش", 13) == ["یک. دو سه", "چهار پنج شش"]
    assert cut("abcdefgh", 3) == ["abc", "def", "gh"]
    assert cut("گفته\u200cاند", 5) == ["گفت", "ه\u200cاند"]


def test_bold_goes_on_after_a_cut():
    block = (Span("a ", quote=True), Span("b c d", bold=True, quote=True), Span(" e"))
    assert [to_html(piece) for piece in split(block, 4)] == [
        "<blockquote>a <b>b</b></blockquote>",
        "<blockquote><b>c d</b></blockquote>",
        "e",
    ]


def test_links_are_escaped():
    span = Span("<x>", link='https://a.ir/?q="1"&b=<2>')
    assert to_html((span,)) == (
        '<a href="https://a.ir/?q=&quot;1&quot;&amp;b=&lt;2&gt;">&lt;x&gt;</a>'
    )


def test_nothing_to_say_is_no_message():
    assert pack([]) == pack([()]) == pack([(Span(" \n"),)]) == []
