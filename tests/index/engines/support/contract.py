"""The contract of engines: a test of everything that `SearchIndex` promises.

Each engine's tests are a subclass of `IndexContract` with a fixture `opened`. What an engine cannot
do it lists in `EXCEPTIONS` with the reason; `test_contract` refuses other ways to leave a test out.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.search_index import (
    NO_FILTER,
    ArticleHits,
    Filter,
    PassageTerms,
    SearchIndex,
    SynonymGroup,
    WeightedTerms,
)
from index.snapshots.snapshot import Snapshot
from tests.index.engines.support.archive import ARTICLES, Expected, bm25, neighbours
from tests.support.word_encoder import WordEncoder

DENSE, LEXICAL = 1e-5, 1e-4
# The tests are inherited by every engine's class, and examples are the same in every run.
EXAMPLES = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


@dataclass(frozen=True)
class Opened:
    """An index of the archive that an engine has opened, the local one, and what is expected."""

    index: SearchIndex
    snapshot: Snapshot
    folder: Path
    expected: Expected
    encoder: WordEncoder


AGENCIES = ("ایلنا", "ایسنا", "ایرنا", "فارس")
DAYS = st.none() | st.sampled_from(
    [article.date for article in ARTICLES if article.date] + [dt.date(2025, 11, 1), dt.date.max]
)
FILTERS = st.builds(Filter, DAYS, DAYS, st.lists(st.sampled_from(AGENCIES), max_size=2).map(tuple))


def groups_of(opened: Opened) -> st.SearchStrategy[list[SynonymGroup]]:
    """Draw the words of queries from those of the archive."""
    terms = st.lists(st.sampled_from(opened.expected.vocabulary), min_size=1, max_size=2)
    one = st.builds(WeightedTerms, terms.map(tuple), st.sampled_from([1.0, 0.6, 0.25]))
    return st.lists(
        st.builds(SynonymGroup, st.lists(one, min_size=1, max_size=3).map(tuple)),
        min_size=1,
        max_size=4,
    )


class IndexContract:
    """What every engine must do."""

    # Names of tests that an engine cannot pass, each with the reason.
    EXCEPTIONS: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _leave_out_exceptions(self, request: pytest.FixtureRequest) -> None:
        if reason := self.EXCEPTIONS.get(request.node.originalname):
            pytest.skip(reason)

    def test_facts(self, opened: Opened) -> None:
        facts = opened.index.facts
        assert facts == opened.snapshot.facts
        assert (facts.articles, facts.passages) == (len(ARTICLES), len(opened.expected.passages))
        assert (facts.first_date, facts.last_date) == (dt.date(1999, 12, 31), dt.date(2025, 11, 18))

    def test_passages_in_the_order_asked_for(self, opened: Opened) -> None:
        passages = opened.expected.passages
        rows = list(range(len(passages)))
        assert opened.index.passages(rows) == list(passages)
        assert opened.index.passages([3, 0, 3]) == [passages[3], passages[0], passages[3]]
        assert opened.index.passages([]) == []

    def test_vectors(self, opened: Opened) -> None:
        texts = [passage.embedded_text for passage in opened.expected.passages]
        rows = list(range(len(texts)))[::-1]
        vectors = opened.encoder.encode(texts, "passage")[rows]
        np.testing.assert_allclose(opened.index.vectors(rows), vectors, atol=1e-6)
        assert opened.index.vectors([]).shape == (0, opened.encoder.DIMENSION)

    def test_means_of_articles(self, opened: Opened) -> None:
        owners = [one.id for one in opened.expected.articles()]
        for number in (6, 0):
            rows = [at for at, owner in enumerate(owners) if owner == ARTICLES[number].id]
            mean = opened.snapshot.vectors(rows).mean(axis=0)
            [found] = opened.index.article_vectors([number])
            np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-6)
        assert opened.index.article_vectors([]).shape == (0, opened.encoder.DIMENSION)

    def test_terms_of_passages(self, opened: Opened) -> None:
        rows = list(range(len(opened.expected.passages)))
        found = opened.index.passage_terms(rows)
        assert found == opened.snapshot.passage_terms(rows)
        for terms, (title, text) in zip(found, opened.expected.terms, strict=True):
            assert (terms.title, terms.text) == (frozenset(title), frozenset(text))
        assert isinstance(found[0], PassageTerms)

    def test_terms_of_articles(self, opened: Opened) -> None:
        expected = [frozenset(title + text) for title, text in opened.expected.article_terms]
        for numbers in ([6, 0, 6], list(range(len(expected))), []):
            found = opened.index.article_terms(numbers)
            assert found == [expected[number] for number in numbers]

    def test_what_is_prefetched_is_the_same(self, opened: Opened) -> None:
        index, passages = opened.index, opened.expected.passages
        index.prefetch([2, 0, 2], ["long-7", "nobody"])
        index.prefetch([])
        rows = index.article_rows("long-7").tolist()
        assert index.passages([0, 2, *rows]) == [passages[row] for row in (0, 2, *rows)]
        assert index.is_remote == (index is not opened.snapshot)

    def test_columns(self, opened: Opened) -> None:
        index, articles = opened.index, opened.expected.articles()
        rows = list(range(len(articles)))
        days = [one.date.toordinal() if one.date else 0 for one in articles]
        assert index.dates(rows).tolist() == days
        numbers = [ARTICLES.index(one) for one in articles]
        assert index.article_numbers(rows).tolist() == numbers
        assert index.is_lead(rows).tolist() == [not p.paragraphs for p in opened.expected.passages]
        agencies = index.agency_numbers(rows).tolist()
        names = {number: one.agency for number, one in zip(agencies, articles, strict=True)}
        assert [names[number] for number in agencies] == [one.agency for one in articles]
        assert names[-1] is None
        for column in (index.dates, index.article_numbers, index.is_lead, index.agency_numbers):
            assert column([]).tolist() == []
            assert column(rows[::-2]).tolist() == column(rows).tolist()[::-2]

    def test_articles(self, opened: Opened) -> None:
        assert [opened.index.article(one.id) for one in ARTICLES] == list(ARTICLES)
        for unknown in ("", "ilna", '" or id != "', "\\", "a" * 70_000):
            assert opened.index.article(unknown) is None
            assert opened.index.article_rows(unknown).tolist() == []
            assert opened.index.near_duplicates(unknown) == []

    def test_rows_of_articles(self, opened: Opened) -> None:
        owners = [one.id for one in opened.expected.articles()]
        rows = [[at for at, owner in enumerate(owners) if owner == one.id] for one in ARTICLES]
        assert [opened.index.article_rows(one.id).tolist() for one in ARTICLES] == rows
        assert opened.index.passages_of([6, 0, 6]).tolist() == rows[6] + rows[0] + rows[6]
        assert opened.index.passages_of([]).tolist() == []

    def test_agencies(self, opened: Opened) -> None:
        assert opened.index.agencies() == [("ایلنا", 2), ("ایسنا", 2), ("ایرنا", 2)]

    def test_codes_and_links(self, opened: Opened) -> None:
        index = opened.index
        assert index.articles_with_code("17") == ["ilna-1", "isna/3"]
        assert index.articles_with_code("9") == ["cup-8"]
        assert index.articles_with_code("1") == index.articles_with_code("") == []
        assert [one.id for one in index.articles_linked("example/news")] == ["ilna-1", "ilna-5"]
        assert index.articles_linked("%D8%A8&b=_") == [ARTICLES[4]]
        assert index.articles_linked("news_1") == []

    def test_near_duplicates(self, opened: Opened) -> None:
        duplicates = {one.id: opened.index.near_duplicates(one.id) for one in ARTICLES}
        assert {key: value for key, value in duplicates.items() if value} == {
            "isna/3": ["irna 4"],
            "irna 4": ["isna/3"],
        }

    def test_the_latest(self, opened: Opened) -> None:
        newest = sorted(
            (one.date, number, one.id) for number, one in enumerate(ARTICLES) if one.date
        )[::-1]
        ids = [article_id for _, _, article_id in newest]
        for limit in (1, 2, 5, 100):
            assert opened.index.latest(limit) == ids[:limit]

    @EXAMPLES
    @given(data=st.data())
    def test_the_latest_of_a_filter(self, opened: Opened, data: st.DataObject) -> None:
        filter_, limit = data.draw(FILTERS), data.draw(st.integers(1, 9))
        newest = sorted(
            (one.date, number, one.id)
            for number, one in enumerate(ARTICLES)
            if one.date and filter_.matches(one)
        )[::-1]
        assert opened.index.latest(limit, filter_) == [one for _, _, one in newest[:limit]]

    @EXAMPLES
    @given(data=st.data())
    def test_the_days_of_articles(self, opened: Opened, data: st.DataObject) -> None:
        filter_ = data.draw(FILTERS)
        ids = opened.index.article_ids()
        assert sorted(ids) == sorted(article.id for article in ARTICLES)
        numbers = [opened.index.article_numbers(opened.index.article_rows(one))[0] for one in ids]
        assert numbers == sorted(numbers)
        days = opened.index.article_dates(filter_)
        by_id = {article.id: article for article in ARTICLES}
        for article, number in zip(map(by_id.__getitem__, ids), numbers, strict=True):
            day = article.date.toordinal() if article.date else 0
            assert days[number] == (day if filter_.matches(article) else -1)

    def test_words(self, opened: Opened) -> None:
        index, terms = opened.index, opened.expected.terms
        for term in opened.expected.vocabulary:
            assert index.document_frequency(term) == sum(term in text for _, text in terms), term
            assert index.has_term(term) == any(term in title + text for title, text in terms), term
        counts = {term: sum(term in text for _, text in terms) for _, t in terms for term in t}
        vocabulary = index.vocabulary()
        assert dict(vocabulary) == counts
        assert vocabulary == sorted(vocabulary, key=lambda pair: (-pair[1], pair[0]))

    @EXAMPLES
    @given(data=st.data())
    def test_search_by_vector(self, opened: Opened, data: st.DataObject) -> None:
        words = data.draw(st.lists(st.sampled_from(opened.expected.vocabulary), min_size=1))
        filter_, limit = data.draw(st.just(NO_FILTER) | FILTERS), data.draw(st.integers(1, 30))
        [vector] = opened.encoder.encode([" ".join(words)], "query")
        hits = opened.index.search_vectors(vector, limit, filter_)
        passing = opened.expected.rows(filter_)
        cosines = opened.snapshot.vectors(passing) @ vector
        assert hits.scores.dtype == np.float32
        assert_ranked(dict(zip(passing, cosines.tolist(), strict=True)), hits, limit, DENSE)

    @EXAMPLES
    @given(data=st.data())
    def test_search_by_words(self, opened: Opened, data: st.DataObject) -> None:
        groups, limit = data.draw(groups_of(opened)), data.draw(st.integers(1, 30))
        weight, filter_ = data.draw(st.sampled_from([0.0, 0.4, 1.0])), data.draw(FILTERS)
        hits = opened.index.search_terms(groups, limit, weight, filter_)
        passing = opened.expected.rows(filter_)
        scores = dict(neighbours(bm25(opened.expected.terms, groups, weight)))
        assert_ranked({row: scores[row] for row in passing if row in scores}, hits, limit, LEXICAL)

    @EXAMPLES
    @given(data=st.data())
    def test_search_of_articles_by_words(self, opened: Opened, data: st.DataObject) -> None:
        groups, limit = data.draw(groups_of(opened)), data.draw(st.integers(1, 9))
        weight, filter_ = data.draw(st.sampled_from([0.0, 0.4, 1.0])), data.draw(FILTERS)
        hits = opened.index.search_articles(groups, limit, weight, filter_)
        scores = dict(neighbours(bm25(opened.expected.article_terms, groups, weight)))
        passing = {at for at, one in enumerate(ARTICLES) if filter_.matches(one)}
        expected = {at: score for at, score in scores.items() if at in passing}
        assert_ranked(expected, hits, limit, LEXICAL)

    def test_several_searches_at_once(self, opened: Opened) -> None:
        index, terms = opened.index, opened.expected.vocabulary[:40:4]
        vectors = list(opened.encoder.encode(terms, "query"))
        queries = [[SynonymGroup((WeightedTerms((term,)),))] for term in terms]
        # One of them finds nothing.
        queries.insert(2, [])
        filter_ = Filter(since=dt.date(2024, 1, 1))
        for limits in ((3, NO_FILTER), (30, filter_), (5, Filter(agencies=("فارس",)))):
            limit, chosen = limits
            for one, hits in zip(
                vectors, index.search_vectors_batch(vectors, limit, chosen), strict=True
            ):
                assert_same(hits, index.search_vectors(one, limit, chosen), DENSE)
            for batch, single in (
                (index.search_terms_batch, index.search_terms),
                (index.search_articles_batch, index.search_articles),
            ):
                found = batch(queries, limit, 0.4, chosen)
                for one, hits in zip(queries, found, strict=True):
                    assert_same(hits, single(one, limit, 0.4, chosen), LEXICAL)
        assert index.search_vectors_batch([], 3) == index.search_terms_batch([], 3, 1.0) == []
        assert index.search_articles_batch([], 3, 1.0) == []

    def test_no_words(self, opened: Opened) -> None:
        empty = [SynonymGroup(()), SynonymGroup((WeightedTerms(("هیچ‌کجا",)),))]
        for groups in ([], empty):
            assert opened.index.search_terms(groups, 5, 1.0).rows.tolist() == []
            assert opened.index.search_articles(groups, 5, 1.0).articles.tolist() == []

    def test_many_threads(self, opened: Opened) -> None:
        rows = list(range(len(opened.expected.passages)))
        vectors = opened.index.vectors(rows)

        def nearest(row: int) -> float:
            return float(opened.index.search_vectors(vectors[row], 1).scores[0])

        with ThreadPoolExecutor(8) as pool:
            np.testing.assert_allclose(list(pool.map(nearest, rows)), 1, atol=DENSE)


def keys_of(hits: object) -> np.ndarray:
    """The rows or the numbers of articles."""
    return hits.articles if isinstance(hits, ArticleHits) else hits.rows


def assert_same(hits: object, others: object, tolerance: float) -> None:
    """Check that two searches found the same; of equal scores, either may have cut off others."""
    np.testing.assert_allclose(hits.scores, others.scores, atol=tolerance)
    better = hits.scores > hits.scores.min(initial=np.inf) + 2 * tolerance
    rows, other_rows = (
        getattr(one, "articles", getattr(one, "rows", None)) for one in (hits, others)
    )
    assert sorted(rows[better].tolist()) == sorted(other_rows[better].tolist())


def assert_ranked(
    expected: Mapping[int, float], hits: object, limit: int, tolerance: float
) -> None:
    """Check a ranking: as many as there should be, exact scores, best first, nothing better."""
    rows = keys_of(hits).tolist()
    scores = hits.scores.tolist()
    assert len(rows) == len(set(rows)) == min(limit, len(expected))
    for row, score in zip(rows, scores, strict=True):
        assert score == pytest.approx(expected[row], abs=tolerance)
    # Equal ones come by row, except where they differ by less than rounding does.
    ordered = sorted(expected, key=lambda row: (-expected[row], row))[: len(rows)]
    for row, best in zip(rows, ordered, strict=True):
        assert row == best or expected[row] == pytest.approx(expected[best], abs=tolerance)
    assert scores == sorted(scores, reverse=True)


def contract_tests() -> dict[str, Callable[..., None]]:
    """The tests of the contract by name."""
    return {name: test for name, test in vars(IndexContract).items() if name.startswith("test_")}


def complaints(engine: type[IndexContract]) -> list[str]:
    """What an engine's tests leave out of the contract without saying why, a line each."""
    tests = contract_tests()
    replaced = [
        f"{name} is not that of the contract"
        for name, test in tests.items()
        if getattr(engine, name, None) is not test
    ]
    unexplained = [
        f"{name} is left out without a reason"
        for name, reason in engine.EXCEPTIONS.items()
        if len(reason.split()) < 3
    ]
    unknown = [f"{name} is no test" for name in engine.EXCEPTIONS if name not in tests]
    marks = getattr(engine, "pytestmark", [])
    skipped = [
        f"its tests are marked {mark.name}"
        for mark in marks
        if mark.name in ("skip", "skipif", "xfail")
    ]
    kept = vars(engine).get("_leave_out_exceptions") is None
    return [*replaced, *unexplained, *unknown, *skipped, *([] if kept else ["it skips by itself"])]
