"""Sparse vectors score as tantivy does, and their inner product is an upper bound."""

from hypothesis import given
from hypothesis import strategies as st

from index.engines.milvus import bm25
from index.engines.milvus.bm25 import (
    DocumentTotals,
    LexicalQuery,
    TermEntry,
    document_vector,
    number_terms,
    rounded_length,
)
from index.search_index import SynonymGroup, WeightedTerms

TERMS = "abcdef"
NUMBERS = number_terms(TERMS)
TOTALS = DocumentTotals(100, 20.0, 3.0)
ENTRIES = {term: TermEntry(NUMBERS[term], (9, 2), (5, 1)) for term in TERMS}
WORDS = st.lists(st.sampled_from(TERMS), max_size=30)
GROUPS = st.lists(
    st.builds(
        SynonymGroup,
        st.lists(
            st.builds(
                WeightedTerms,
                st.lists(st.sampled_from([*TERMS, "z"]), min_size=1, max_size=3).map(tuple),
                st.floats(0.1, 1),
            ),
            max_size=3,
        ).map(tuple),
    ),
    max_size=4,
)


def test_lengths_are_those_of_one_byte() -> None:
    assert [rounded_length(n) for n in (0, 1, 39, 40, 41, 42, 43, 55, 56, 59, 60)] == [
        *(0, 1, 39, 40, 40, 42, 42, 54, 56, 56, 60),
    ]
    assert rounded_length(10**9) <= 10**9


@given(title=WORDS, text=WORDS, groups=GROUPS, weight=st.floats(0, 2))
def test_the_inner_product_is_no_less_than_the_score(title, text, groups, weight) -> None:
    document = document_vector(title, text, NUMBERS, TOTALS)
    query = LexicalQuery(groups, weight, ENTRIES, TOTALS, articles=False)
    bound = sum(value * document.get(at, 0.0) for at, value in query.vector.items())
    assert 0 <= query.score(document) <= bound + 1e-9


def test_a_term_in_the_title_is_another_dimension() -> None:
    assert document_vector(["a"], [], NUMBERS, TOTALS).keys() == {2 * NUMBERS["a"] + 1}
    assert document_vector([], ["a"], NUMBERS, TOTALS).keys() == {2 * NUMBERS["a"]}
    assert document_vector([], [], NUMBERS, TOTALS) == {0: 1.0}


def test_all_terms_of_an_alternative_must_be_there() -> None:
    both = SynonymGroup((WeightedTerms(("a", "b")),))
    query = LexicalQuery([both], 1.0, ENTRIES, TOTALS, articles=False)
    assert query.score(document_vector([], ["a"], NUMBERS, TOTALS)) == 0
    assert query.score(document_vector([], ["a", "b"], NUMBERS, TOTALS)) > 0
    assert LexicalQuery([both], 1.0, {}, TOTALS, articles=False).vector == {}


def test_no_two_terms_share_a_number(monkeypatch) -> None:
    monkeypatch.setattr(bm25, "_NUMBERS", 8)
    numbers = number_terms(TERMS)
    assert len(set(numbers.values())) == len(TERMS)
    assert numbers == number_terms(reversed(TERMS))
    assert min(numbers.values()) >= 1
