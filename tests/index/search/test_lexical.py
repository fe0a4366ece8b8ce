"""The lexical channel: exact rankings of weighted terms."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tantivy import Index, SchemaBuilder

from index.search import lexical
from index.search.lexical import LexicalIndex, write_terms
from index.search.metadata import ResolvedFilter
from index.search_index import SynonymGroup, WeightedTerms

# Titles and texts as terms; the texts have six terms each, so that length plays no part.
PASSAGES = [
    ("دریا", "خزر آب آب موج باد ساحل"),
    ("نفت", "خزر نفت گاز چاه لوله بندر"),
    ("خزر", "آب رود سد باران ابر برف"),
    ("نفت", "نفت نفت نفت بشکه اوپک بازار"),
    ("جام", "توپ گل داور تیم لیگ جام"),
]


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    write_terms(tmp_path / "terms", [(title.split(), text.split()) for title, text in PASSAGES])
    return LexicalIndex(tmp_path / "terms")


def group(*alternatives: str | tuple[str, float]) -> SynonymGroup:
    """Make a group; the terms of an alternative are separated by spaces."""
    pairs = [(one, 1.0) if isinstance(one, str) else one for one in alternatives]
    return SynonymGroup(
        tuple(WeightedTerms(tuple(terms.split()), weight) for terms, weight in pairs)
    )


def rows(
    index: LexicalIndex, *groups: SynonymGroup, limit: int = 10, title: float = 0
) -> list[int]:
    return index.search(groups, limit, title).rows.tolist()


def score(index: LexicalIndex, row: int, *groups: SynonymGroup, title: float = 0) -> float:
    hits = index.search(groups, 10, title)
    return dict(zip(hits.rows.tolist(), hits.scores.tolist(), strict=True))[row]


def test_a_term_finds_the_passages_that_have_it_the_most_frequent_first(
    index: LexicalIndex,
) -> None:
    assert rows(index, group("نفت")) == [3, 1]
    assert rows(index, group("آب")) == [0, 2]


def test_terms_of_several_groups_add_up(index: LexicalIndex) -> None:
    assert rows(index, group("خزر"), group("گاز")) == [1, 0]
    assert score(index, 1, group("خزر"), group("گاز")) == pytest.approx(
        score(index, 1, group("خزر")) + score(index, 1, group("گاز"))
    )


def test_a_rarer_term_counts_more(index: LexicalIndex) -> None:
    assert rows(index, group("خزر"), group("بشکه")) == [3, 0, 1]


def test_the_limit_keeps_the_best(index: LexicalIndex) -> None:
    assert rows(index, group("نفت"), limit=1) == [3]


def test_hits_are_ordered_by_score(index: LexicalIndex) -> None:
    hits = index.search([group("نفت"), group("آب"), group("خزر")], 10, 2)
    assert sorted(hits.scores.tolist(), reverse=True) == hits.scores.tolist()
    assert sorted(hits.rows.tolist()) == [0, 1, 2, 3]


def test_titles_count_as_much_as_they_are_told_to(index: LexicalIndex) -> None:
    assert rows(index, group("خزر"), title=0) == [0, 1]
    assert rows(index, group("خزر"), title=5) == [2, 0, 1]
    assert sorted(rows(index, group("خزر"), title=0.01)) == [0, 1, 2]
    assert rows(index, group("خزر"), title=0.01)[2] == 2
    assert score(index, 2, group("خزر"), title=4) == pytest.approx(
        2 * score(index, 2, group("خزر"), title=2)
    )


def test_of_the_alternatives_of_a_group_only_the_best_counts(index: LexicalIndex) -> None:
    both = score(index, 1, group("خزر", "گاز"))
    assert both == pytest.approx(score(index, 1, group("گاز")))
    assert both > score(index, 1, group("خزر"))
    # As two groups, row 1 has both words and would come first.
    assert rows(index, group("خزر", "نفت")) == [3, 0, 1]
    assert rows(index, group("خزر"), group("نفت")) == [1, 3, 0]


def test_an_alternative_counts_by_its_weight(index: LexicalIndex) -> None:
    assert score(index, 0, group(("خزر", 0.25))) == pytest.approx(
        0.25 * score(index, 0, group("خزر"))
    )
    assert rows(index, group(("گاز", 0.1), "ساحل")) == [0, 1]
    assert rows(index, group("گاز", ("ساحل", 0.1))) == [1, 0]


def test_all_terms_of_an_alternative_must_occur(index: LexicalIndex) -> None:
    assert rows(index, group("خزر نفت")) == [1]
    assert rows(index, group("خزر بشکه")) == []
    assert rows(index, group("خزر بشکه", ("آب", 0.5))) == [0, 2]
    assert score(index, 1, group("خزر نفت")) == pytest.approx(
        score(index, 1, group("خزر"), group("نفت"))
    )


def test_the_terms_of_a_conjunction_occur_in_the_same_field(index: LexicalIndex) -> None:
    assert rows(index, group("رود سد"), title=1) == [2]
    # خزر is in the title there.
    assert rows(index, group("خزر سد"), title=1) == []


def test_the_best_of_the_text_and_the_best_of_the_title_add_up(index: LexicalIndex) -> None:
    assert score(index, 2, group("سد", "خزر"), title=1) == pytest.approx(
        score(index, 2, group("سد"), title=1) + score(index, 2, group("خزر"), title=1)
    )


def test_where_too_many_would_be_scored_every_term_adds_its_score(
    index: LexicalIndex, tmp_path: Path
) -> None:
    quick = LexicalIndex(tmp_path / "terms", most_scored=3)
    # As many passages as may be scored: three have نفت or بشکه, one of them both.
    assert score(quick, 3, group("نفت", "بشکه")) == score(index, 3, group("نفت", "بشکه"))
    assert score(quick, 3, group("نفت", "بشکه"), group("آب"), title=1) == pytest.approx(
        score(index, 3, group("نفت"), group("بشکه"), title=1)
    )
    assert rows(quick, group("خزر سد", "آب")) == [2, 0, 1]
    assert score(quick, 0, group(("خزر", 0.5), "گاز"), group("آب")) == pytest.approx(
        score(index, 0, group(("خزر", 0.5)), group("آب"))
    )
    assert rows(quick, group("نفت"), group("آب"), group("خزر"), limit=1) == rows(
        index, group("نفت"), group("آب"), group("خزر"), limit=1
    )


def test_unknown_terms_find_nothing_and_do_no_harm(index: LexicalIndex) -> None:
    assert rows(index, group("غایب")) == []
    assert rows(index, group("غایب"), group("نفت")) == rows(index, group("نفت"))


@pytest.mark.parametrize("groups", [[], [SynonymGroup(())]])
def test_a_query_without_terms_finds_nothing(
    index: LexicalIndex, groups: list[SynonymGroup]
) -> None:
    hits = index.search(groups, 10, 1)
    assert (hits.rows.tolist(), hits.scores.tolist()) == ([], [])
    assert rows(index, *groups, group("نفت")) == [3, 1]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        (None, [0, 1, 2, 3]),
        (ResolvedFilter(None, None), [0, 1, 2, 3]),
        (ResolvedFilter((1, 5), None), [0, 1]),
        (ResolvedFilter((5, 5), None), [1]),
        (ResolvedFilter((6, 9), None), [3]),
        (ResolvedFilter((9, 6), None), []),
        (ResolvedFilter(None, (1,)), [1, 2]),
        (ResolvedFilter(None, (0, 1)), [0, 1, 2]),
        (ResolvedFilter((1, 9), (0, 1)), [0, 1]),
        (ResolvedFilter(None, ()), []),
    ],
)
def test_a_search_is_limited_to_days_and_agencies(
    tmp_path: Path, filter_: ResolvedFilter | None, found: list[int]
) -> None:
    texts = ["a b", "a a", "a b", "a b c d"]
    dates, agencies = np.array([2, 5, 0, 9], np.int32), np.array([0, 1, 1, -1], np.int32)
    write_terms(tmp_path / "terms", [([], text.split()) for text in texts], dates, agencies)
    index = LexicalIndex(tmp_path / "terms")
    hits = index.search([group("a")], 10, 0, filter_)
    every = index.search([group("a")], 10, 0)
    scores = dict(zip(every.rows.tolist(), every.scores.tolist(), strict=True))
    assert hits.rows.tolist() == [row for row in every.rows.tolist() if row in found]
    assert len(hits.rows) == len(found)
    assert hits.scores.tolist() == [scores[row] for row in hits.rows.tolist()]


def test_without_days_and_agencies_nothing_is_within_any(index: LexicalIndex) -> None:
    for filter_ in (ResolvedFilter((1, 9), None), ResolvedFilter(None, (0,))):
        assert index.search([group("نفت")], 10, 0, filter_).rows.tolist() == []


def test_terms_are_taken_as_they_are(tmp_path: Path) -> None:
    """No tokenizer may split a term at ZWNJ, `#` or `-`, or change its case."""
    terms = ["می‌روم", "رفت#رو", "a-b", "ABC", "۱۲", "+OR:*\"'"]
    write_terms(tmp_path / "terms", [([], terms)])
    index = LexicalIndex(tmp_path / "terms")
    assert sorted(index.vocabulary()) == sorted((term, 1) for term in terms)
    assert all(rows(index, group(term)) == [0] for term in terms)
    for part in ("می", "رفت", "a", "abc", "12", "OR"):
        assert rows(index, group(part)) == []


def test_the_vocabulary_is_that_of_the_texts_the_most_frequent_first(index: LexicalIndex) -> None:
    vocabulary = index.vocabulary()
    assert sorted(vocabulary[:3]) == [("آب", 2), ("خزر", 2), ("نفت", 2)]
    assert {frequency for _, frequency in vocabulary[3:]} == {1}
    expected = {term for _, text in PASSAGES for term in text.split()}
    assert len(vocabulary) == len(expected)
    assert {term for term, _ in vocabulary} == expected


@pytest.mark.parametrize(("term", "frequency"), [("نفت", 2), ("دریا", 0), ("جام", 1), ("غایب", 0)])
def test_a_document_frequency_counts_texts(index: LexicalIndex, term: str, frequency: int) -> None:
    assert index.document_frequency(term) == frequency


def test_a_large_vocabulary_comes_whole(tmp_path: Path) -> None:
    terms = [f"t{number}" for number in range(5000)]
    write_terms(tmp_path / "terms", [([], terms)])
    assert len(LexicalIndex(tmp_path / "terms").vocabulary()) == 5000


def test_passages_keep_their_rows_when_there_are_many(tmp_path: Path) -> None:
    assert write_terms(tmp_path / "terms", (([], [f"t{n}", "all"]) for n in range(3000))) == 3000
    index = LexicalIndex(tmp_path / "terms")
    assert len(index) == 3000
    for row in (0, 1, 1499, 2999):
        assert rows(index, group(f"t{row}")) == [row]
    assert len(rows(index, group("all"), limit=5000)) == 3000


def test_a_passage_without_terms_keeps_its_row(tmp_path: Path) -> None:
    write_terms(tmp_path / "terms", [(["a"], ["b"]), ([], []), (["c"], ["d"])])
    index = LexicalIndex(tmp_path / "terms")
    assert len(index) == 3
    assert rows(index, group("d")) == [2]


def test_a_folder_without_an_index_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"meta\.json"):
        LexicalIndex(tmp_path)


def test_an_index_of_other_fields_cannot_be_opened(tmp_path: Path) -> None:
    builder = SchemaBuilder()
    builder.add_integer_field("row")
    Index(builder.build(), path=str(tmp_path))
    with pytest.raises(ValueError, match="has other fields"):
        LexicalIndex(tmp_path)


def test_a_folder_is_written_once(index: LexicalIndex, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        write_terms(tmp_path / "terms", [])


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.sampled_from("ابپتث"), max_size=6).map(tuple), min_size=1, max_size=6),
    st.sampled_from("ابپتث"),
)
def test_a_term_finds_exactly_the_passages_that_have_it(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, ...]], term: str
) -> None:
    folder = tmp_path_factory.mktemp("any") / "terms"
    write_terms(folder, [([], list(text)) for text in texts])
    found = rows(LexicalIndex(folder), group(term))
    assert sorted(found) == [row for row, text in enumerate(texts) if term in text]


def test_terms_are_written_by_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    class Watched:
        """An index that notes by how many threads it is written."""

        def __init__(self, *given: Any, **named: Any) -> None:
            self._index = Index(*given, **named)

        def writer(self, heap_size: int, num_threads: int) -> Any:
            told.append(num_threads)
            return self._index.writer(heap_size=heap_size, num_threads=num_threads)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._index, name)

    monkeypatch.setattr(lexical, "Index", Watched)
    assert write_terms(tmp_path / "terms", [(["خزر"], ["دریای", "خزر"])]) == 1
    assert told == [1]
