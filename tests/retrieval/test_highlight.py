import numpy as np

from index.contract import Alternative, TermGroup
from retrieval.highlight import answering_sentences, matched_weight

WEIGHTS = [
    (TermGroup((Alternative(("دانشجو",)), Alternative(("محصل",), 0.5))), 4.0),
    (TermGroup((Alternative(("خزر", "دریا")),)), 2.0),
]
TEXT = "هوا سرد است. شمار دانشجو زیاد شد. باران می‌بارد."


def alike(sentences) -> np.ndarray:
    return np.ones((len(sentences), 2), dtype=np.float32)


def test_matched_weight_takes_the_best_alternative_and_whole_ones_only() -> None:
    assert matched_weight({"دانشجو", "محصل"}, WEIGHTS) == 4.0
    assert matched_weight({"محصل", "خزر"}, WEIGHTS) == 2.0
    assert matched_weight({"محصل", "خزر", "دریا"}, WEIGHTS) == 4.0
    assert matched_weight(set(), WEIGHTS) == 0


def chosen(text: str, vector, weights, encode) -> str:
    ((start, end),) = answering_sentences([text], np.array(vector, np.float32), weights, encode)
    return text[start:end]


def test_the_sentence_with_the_words_is_chosen() -> None:
    assert chosen(TEXT, [1, 1], WEIGHTS, alike) == "شمار دانشجو زیاد شد."


def test_without_words_the_meaning_decides() -> None:
    def encode(sentences):
        return np.array([[1, 0] if "باران" in s else [0, 1] for s in sentences], np.float32)

    assert chosen(TEXT, [1, 0], [], encode) == "باران می‌بارد."


def test_only_sentences_of_the_first_passage_are_encoded_where_it_has_several() -> None:
    encoded: list[str] = []

    def encode(sentences):
        encoded.extend(sentences)
        return alike(sentences)

    one = "  یک جمله بی‌پایان "
    answering_sentences([one, TEXT], np.ones(2, np.float32), [], encode)
    assert encoded == []
    answering_sentences([TEXT, TEXT], np.ones(2, np.float32), [], encode)
    assert encoded == ["هوا سرد است.", "شمار دانشجو زیاد شد.", "باران می‌بارد."]
    assert chosen(one, [1, 0], WEIGHTS, encode) == "یک جمله بی‌پایان"


def test_nothing_is_encoded_where_the_words_decide() -> None:
    def encode(sentences):
        raise AssertionError(sentences)

    assert chosen(TEXT, [1, 0], WEIGHTS, encode) == "شمار دانشجو زیاد شد."


def test_meaning_decides_between_sentences_that_have_nearly_the_same_words() -> None:
    text = "شمار دانشجو زیاد شد. دانشجو کم شد."
    vectors = {"شمار دانشجو زیاد شد.": [0, 1], "دانشجو کم شد.": [1, 0]}

    def encode(sentences):
        return np.array([vectors[sentence] for sentence in sentences], np.float32)

    assert chosen(text, [1, 0], WEIGHTS, encode) == "دانشجو کم شد."


def test_each_passage_has_its_own_sentence() -> None:
    texts = ["خزر دریا است. نه.", TEXT]
    spans = answering_sentences(texts, np.ones(2, np.float32), WEIGHTS, alike)
    found = [text[start:end] for text, (start, end) in zip(texts, spans, strict=True)]
    assert found == ["خزر دریا است.", "شمار دانشجو زیاد شد."]
