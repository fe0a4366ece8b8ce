"""What the words of a Persian question are searched as."""

import pytest

from index.text.persian import joined_term, split_terms, words
from retrieval.query.word_forms import word_groups

INDEX = {"مدارس": 5, "کتاب": 9, "fatf": 2}


def searched(text: str, **more: int) -> list[set[tuple[str, ...]]]:
    """Return the terms of each group's alternatives."""
    index = INDEX | more
    found = word_groups(words(text), lambda term: index.get(term, 0))
    return [{option.terms for option in group.alternatives} for own in found for group in own]


def test_two_words_may_be_a_compound_that_the_index_has_in_one_piece() -> None:
    compound = joined_term("چوب", "بستی")
    [first, second] = searched("چوب بستی", **{compound: 3})
    assert (compound,) in first & second
    assert (compound,) not in searched("چوب بستی")[0]
    assert (compound,) not in searched("چوب، بستی", **{compound: 3})[0]


def test_a_word_that_the_index_lacks_may_be_two_of_it() -> None:
    parts = split_terms("سرمایهگذاری", len("سرمایه"))
    has = dict.fromkeys(parts, 20)
    assert parts in searched("سرمایهگذاری", **has)[0]
    assert parts not in searched("سرمایهگذاری", **has, سرمایهگذار=1)[0]


def test_and_joins_nothing() -> None:
    assert ("وزیر",) not in searched("و زیر", وزیر=9)[1]


@pytest.mark.parametrize(
    ("typed", "term"),
    [("مدرسه", "مدارس"), ("کتابا", "کتاب"), ("اف‌ای‌تی‌اف", "fatf")],
)
def test_other_forms_of_a_word_are_searched_with_it(typed: str, term: str) -> None:
    [group] = searched(typed)
    assert (term,) in group
    assert len(group) > 1
