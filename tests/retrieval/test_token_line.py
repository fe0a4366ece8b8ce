import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import token_line
from retrieval.query.courtesy import read_question
from retrieval.token_line import TokenizedText, TokenLine, count_words, pattern


def test_tokens_have_one_spelling_and_their_place_in_the_text() -> None:
    text = "به گزارش ايلنا، می‌رود. ۱۲"
    tokens = TokenizedText(text).tokens
    assert [token.plain for token in tokens] == ["به", "گزارش", "ایلنا", ",", "میرود", ".", "12"]
    assert [text[token.start : token.end] for token in tokens if token.plain.isalnum()] == [
        *("به", "گزارش", "ايلنا", "می‌رود", "۱۲")
    ]


def test_a_match_leads_back_to_its_tokens() -> None:
    line: TokenLine = TokenizedText("oil, and News of ILNA").line
    match = pattern("news of (?P<name>ilna)").search(line.text)
    assert match is not None
    assert [token.plain for token in line.tokens_of(match, 0)] == ["news", "of", "ilna"]
    assert [token.start for token in line.tokens_of(match, "name")] == [17]


@given(st.text("ابپ یک‌نa1 ،.؟«»()\n"), st.data())
def test_a_cut_text_has_the_tokens_of_what_is_left(text: str, data: st.DataObject) -> None:
    tokenized = TokenizedText(text)
    words = [token for token in tokenized.tokens if token.plain.isalnum()]
    if words:
        word = data.draw(st.sampled_from(words))
        cut = tokenized.without(word.start, word.end)
        assert cut.tokens == TokenizedText(cut.text).tokens


def test_a_question_is_normalised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    normalised: list[str] = []
    in_one_piece = token_line.in_one_piece

    def recorded(words: list[str]) -> list[str]:
        normalised.extend(words)
        return in_one_piece(words)

    monkeypatch.setattr(token_line, "in_one_piece", recorded)
    asked = read_question("صادرات فرش دستباف هریس به کجاست؟").text
    assert count_words(asked.text) == 6
    assert normalised == ["صادرات", "فرش", "دستباف", "هریس", "به", "کجاست"]
