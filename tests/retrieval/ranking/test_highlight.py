from index.search_index import SynonymGroup, WeightedTerms
from index.text.persian import sentence_terms
from retrieval.ranking.highlight import answering_sentence, covered_idf

WEIGHTS = [
    (SynonymGroup((WeightedTerms(("دانشجو",)), WeightedTerms(("محصل",), 0.5))), 4.0),
    (SynonymGroup((WeightedTerms(("خزر", "دریا")),)), 2.0),
]
TEXT = "هوا سرد است. شمار دانشجو زیاد شد. باران می‌بارد."


def test_matched_weight_takes_the_best_alternative_and_whole_ones_only() -> None:
    assert covered_idf({"دانشجو", "محصل"}, WEIGHTS) == 4.0
    assert covered_idf({"محصل", "خزر"}, WEIGHTS) == 2.0
    assert covered_idf({"محصل", "خزر", "دریا"}, WEIGHTS) == 4.0
    assert covered_idf(set(), WEIGHTS) == 0


def chosen(text: str, weights=WEIGHTS) -> str:
    terms = [frozenset(own) for own in sentence_terms(text)]
    start, end = answering_sentence(text, terms, weights)
    return text[start:end]


def test_the_sentence_with_the_words_is_chosen() -> None:
    assert chosen(TEXT) == "شمار دانشجو زیاد شد."


def test_of_sentences_with_nearly_the_same_words_the_longest_is_chosen() -> None:
    assert chosen("دانشجو کم شد. شمار دانشجو زیاد شد. دانشجو رفت.") == "شمار دانشجو زیاد شد."
    # A word that tells half as much makes the difference.
    assert chosen("دانشجو و دریا و خزر. شمار دانشجو خیلی خیلی زیاد شد.") == "دانشجو و دریا و خزر."


def test_without_words_the_longest_sentence_is_chosen() -> None:
    assert chosen(TEXT, []) == "شمار دانشجو زیاد شد."


def test_a_passage_of_one_sentence_is_that_sentence() -> None:
    assert chosen("  یک جمله بی‌پایان ") == "یک جمله بی‌پایان"


def test_of_a_heading_and_a_sentence_the_sentence_is_chosen() -> None:
    assert chosen("دانشجو\nباران می‌بارد.") == "باران می‌بارد."
    assert chosen("دانشجو\nباران") == "دانشجو"


def test_of_a_text_without_sentences_all_is_chosen() -> None:
    assert answering_sentence("  ", [], WEIGHTS) == (0, 2)
