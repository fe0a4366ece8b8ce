"""Searches limited to some articles, and the metadata of all articles."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import Article
from index.search_index import NO_FILTER, Filter, Hits, SynonymGroup, WeightedTerms
from index.snapshots.snapshot import Snapshot
from index.text.persian import index_terms

FIRST_DAY = dt.date(2025, 10, 1)
AGENCIES = ("ایلنا", "خبرگزاری فارس", "ورزش سه", "Fars")
WORDS = "دریا خزر نفت گاز بندر کشتی دانشگاه همکاری روسیه ایران ماهی باران".split()

# The archive is the same in all examples and nothing writes to it.
one_archive = settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def day(number: int) -> dt.date:
    return FIRST_DAY + dt.timedelta(days=number)


def article(name: str, **about: object) -> Article:
    """Make an article of one passage."""
    return Article(name, f"عنوان {name}", (f"متن {name}",), **about)  # type: ignore[arg-type]


def generated() -> list[Article]:
    """Return 110 articles of one to five paragraphs; some have no date, no agency, no code."""
    random = np.random.default_rng(5)

    def text(most: int) -> str:
        return " ".join(random.choice(WORDS, random.integers(2, most)))

    return [
        Article(
            f"id-{number}",
            text(5),
            tuple(text(12) for _ in range(random.integers(1, 6))),
            agency=[*AGENCIES, ""][number % 5] or None,
            date=None if random.random() < 0.2 else day(int(random.integers(0, 15))),
            # An agency gives a number once, and others may give the same.
            code=None if random.random() < 0.2 else str(number // 5 + 1),
        )
        for number in range(110)
    ]


ARCHIVE = generated()

filters = st.builds(
    Filter,
    since=st.none() | st.integers(-1, 16).map(day),
    until=st.none() | st.integers(-1, 16).map(day),
    agencies=st.lists(st.sampled_from([*AGENCIES, "ناشناس", ""]), max_size=3).map(tuple),
)


def passes(one: Article, filter_: Filter) -> bool:
    """Return whether an article passes, by the text of the protocol alone."""
    if (filter_.since or filter_.until) and one.date is None:
        return False
    if filter_.since and one.date < filter_.since:
        return False
    if filter_.until and one.date > filter_.until:
        return False
    return not filter_.agencies or one.agency in filter_.agencies


OpenSnapshot = Callable[..., Snapshot]


@pytest.fixture
def open_snapshot(build_index) -> OpenSnapshot:
    """Build an index of articles, one passage a paragraph, and open it."""

    def open_now(*articles: Article) -> Snapshot:
        _, report = build_index(*articles, min_passage_tokens=0)
        return Snapshot.open(report.snapshot)

    return open_now


@pytest.fixture
def archive(open_snapshot: OpenSnapshot) -> Snapshot:
    return open_snapshot(*ARCHIVE)


def articles_of(snapshot: Snapshot) -> list[Article]:
    """Return the article of each passage, by row."""
    by_id = {one.id: one for one in ARCHIVE}
    return [by_id[passage.article_id] for passage in snapshot.passages(all_rows(snapshot))]


def all_rows(snapshot: Snapshot) -> range:
    return range(snapshot.facts.passages)


def assert_best(hits: Hits, scores: dict[int, float], limit: int) -> None:
    """Check that hits are the best of some rows; only rows of one score may change places."""
    best = sorted(scores.values(), reverse=True)[:limit]
    np.testing.assert_allclose(hits.scores, np.array(best, np.float32), rtol=1e-5, atol=1e-6)
    rows = hits.rows.tolist()
    assert len(set(rows)) == len(rows)
    own = np.array([scores[row] for row in rows], np.float32)
    np.testing.assert_allclose(hits.scores, own, rtol=1e-5, atol=1e-6)


def groups_of(words: str) -> list[SynonymGroup]:
    return [SynonymGroup((WeightedTerms(tuple(index_terms(word))),)) for word in words.split()]


@one_archive
@given(filter_=filters, limit=st.sampled_from([1, 7, 100, 1000]), words=st.sampled_from(WORDS))
def test_a_filtered_search_of_vectors_is_exact(
    archive: Snapshot, word_encoder, filter_: Filter, limit: int, words: str
) -> None:
    query = word_encoder.encode([words], "query")[0]
    products = archive.vectors(all_rows(archive)) @ query
    owners = articles_of(archive)
    passing = {row: float(products[row]) for row, one in enumerate(owners) if passes(one, filter_)}
    assert_best(archive.search_vectors(query, limit, filter_), passing, limit)


@one_archive
@given(
    filter_=filters,
    limit=st.sampled_from([1, 7, 100, 1000]),
    title_weight=st.sampled_from([0, 0.5, 2]),
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(" ".join),
)
def test_a_filtered_search_of_terms_is_exact(
    archive: Snapshot, filter_: Filter, limit: int, title_weight: float, words: str
) -> None:
    groups = groups_of(words)
    every = archive.search_terms(groups, archive.facts.passages, title_weight)
    owners = articles_of(archive)
    passing = {
        row: score
        for row, score in zip(every.rows.tolist(), every.scores.tolist(), strict=True)
        if passes(owners[row], filter_)
    }
    assert_best(archive.search_terms(groups, limit, title_weight, filter_), passing, limit)


@pytest.mark.parametrize("title_weight", [0, 1.5])
@pytest.mark.parametrize(
    "filter_",
    [
        Filter(since=FIRST_DAY),
        Filter(until=day(9)),
        Filter(agencies=AGENCIES[:2]),
        Filter(day(3), day(12), AGENCIES[1:]),
    ],
)
def test_a_filter_changes_no_score_of_the_terms(
    archive: Snapshot, filter_: Filter, title_weight: float
) -> None:
    groups = [*groups_of("نفت خزر"), SynonymGroup((WeightedTerms(("دریا",), 0.3),))]
    every = archive.search_terms(groups, archive.facts.passages, title_weight)
    scores = dict(zip(every.rows.tolist(), every.scores.tolist(), strict=True))
    hits = archive.search_terms(groups, 50, title_weight, filter_)
    assert len(hits.rows) == 50
    assert hits.scores.tolist() == [scores[row] for row in hits.rows.tolist()]


@one_archive
@given(filter_=filters, limit=st.sampled_from([0, 1, 10, 1000]))
def test_the_latest_articles_of_an_archive(archive: Snapshot, filter_: Filter, limit: int) -> None:
    dated = [
        (one.date, row, one.id)
        for row, one in enumerate(ARCHIVE)
        if one.date and passes(one, filter_)
    ]
    expected = [name for _, _, name in sorted(dated, reverse=True)]
    assert archive.latest(limit, filter_) == expected[:limit]


def test_the_metadata_of_an_archive(archive: Snapshot) -> None:
    facts = archive.facts
    days = [one.date for one in ARCHIVE if one.date]
    assert (facts.articles, facts.passages > 300) == (110, True)
    assert (facts.first_date, facts.last_date) == (min(days), max(days))
    counts = Counter(one.agency for one in ARCHIVE if one.agency)
    agencies = archive.agencies()
    assert dict(agencies) == counts
    assert [count for _, count in agencies] == sorted(counts.values(), reverse=True)
    owners = articles_of(archive)
    rows = [5, 0, 299, 5]
    dates = archive.dates(rows)
    assert dates.dtype == np.int32
    assert dates.tolist() == [
        owners[row].date.toordinal() if owners[row].date else 0 for row in rows
    ]
    for one in ARCHIVE:
        found = archive.article_rows(one.id)
        assert found.dtype == np.int64
        assert found.tolist() == [row for row, owner in enumerate(owners) if owner is one]
        assert archive.article(one.id) == one
    for code in {one.code for one in ARCHIVE if one.code}:
        expected = [one.id for one in ARCHIVE if one.code == code]
        assert archive.articles_with_code(code) == expected


@given(filter_=filters, one=st.sampled_from(ARCHIVE))
def test_a_filter_admits_what_passes(filter_: Filter, one: Article) -> None:
    assert filter_.matches(one) == passes(one, filter_)


def test_a_filter_is_true_when_it_keeps_something_out() -> None:
    assert not NO_FILTER
    assert not Filter(None, None, ())
    assert all([Filter(since=dt.date.min), Filter(until=dt.date.max), Filter(agencies=("",))])


EMPTY = ([], [])


@pytest.mark.parametrize(
    "filter_",
    [
        Filter(since=day(16)),
        Filter(until=day(-1)),
        Filter(since=day(5), until=day(4)),
        Filter(agencies=("ناشناس",)),
        Filter(agencies=("ايلنا", "ایلنا ", "fars", "")),
        Filter(agencies=("\udc80",)),
        Filter(day(16), day(20), AGENCIES),
    ],
)
def test_a_filter_that_nothing_passes_finds_nothing(
    archive: Snapshot, word_encoder, filter_: Filter
) -> None:
    near = archive.search_vectors(word_encoder.encode(["نفت"], "query")[0], 10, filter_)
    matching = archive.search_terms(groups_of("نفت"), 10, 1, filter_)
    for hits in (near, matching):
        assert (hits.rows.tolist(), hits.scores.tolist()) == EMPTY
        assert (hits.rows.dtype, hits.scores.dtype) == (np.int64, np.float32)
    assert archive.latest(10, filter_) == []


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        (NO_FILTER, [0, 1, 2, 3]),
        (Filter(since=day(1)), [2]),
        (Filter(since=day(0)), [0, 2]),
        (Filter(until=day(1)), [0]),
        (Filter(since=dt.date.min), [0, 2]),
        (Filter(until=dt.date.max), [0, 2]),
        (Filter(day(0), day(0)), [0]),
        (Filter(agencies=("ایلنا",)), [0, 1]),
        (Filter(agencies=("Fars", "ناشناس", "ایلنا", "Fars")), [0, 1, 2]),
        (Filter(since=day(0), agencies=("ایلنا",)), [0]),
    ],
)
def test_days_are_inclusive_and_what_is_not_known_does_not_pass(
    open_snapshot: OpenSnapshot, word_encoder, filter_: Filter, found: list[int]
) -> None:
    snapshot = open_snapshot(
        article("a", date=day(0), agency="ایلنا"),
        article("b", agency="ایلنا"),
        article("c", date=day(2), agency="Fars"),
        article("d"),
    )
    query = word_encoder.encode(["متن"], "query")[0]
    assert sorted(snapshot.search_vectors(query, 9, filter_).rows.tolist()) == found
    hits = snapshot.search_terms(groups_of("متن"), 9, 0, filter_)
    assert sorted(hits.rows.tolist()) == found


def test_of_one_day_the_later_in_the_archive_is_the_newer(open_snapshot: OpenSnapshot) -> None:
    snapshot = open_snapshot(
        article("c", date=day(1)),
        article("a", date=day(1), agency="ایلنا"),
        article("undated", agency="ایلنا"),
        article("old", date=day(0), agency="ایلنا"),
        article("new", date=day(2)),
        article("b", date=day(1)),
    )
    assert snapshot.latest(9) == ["new", "b", "a", "c", "old"]
    assert snapshot.latest(2) == ["new", "b"]
    assert snapshot.latest(9, Filter(agencies=("ایلنا",))) == ["a", "old"]
    assert snapshot.latest(1, Filter(until=day(1))) == ["b"]


def test_codes_and_ids_are_found_as_they_are(open_snapshot: OpenSnapshot) -> None:
    snapshot = open_snapshot(
        article("z", code="1715776"),
        article("none"),
        article("y", code="17"),
        article("x", code="1715776"),
    )
    assert snapshot.articles_with_code("1715776") == ["z", "x"]
    assert snapshot.articles_with_code("17") == ["y"]
    for code in ("", "1", "171577", "۱۷", "2"):
        assert snapshot.articles_with_code(code) == []
    assert snapshot.article_rows("y").tolist() == [2]
    for name in ("", "unknown", "Z"):
        rows = snapshot.article_rows(name)
        assert (rows.tolist(), rows.dtype) == ([], np.int64)
        assert snapshot.article(name) is None


def test_an_article_without_text_has_no_rows(open_snapshot: OpenSnapshot) -> None:
    snapshot = open_snapshot(article("a"), Article("b", "", (), date=day(3)), article("c"))
    assert [snapshot.article_rows(name).tolist() for name in "abc"] == [[0], [], [1]]
    assert snapshot.latest(5) == ["b"]
    assert snapshot.dates([1, 0]).tolist() == [0, 0]


def test_an_archive_without_dates_agencies_and_codes(open_snapshot: OpenSnapshot) -> None:
    snapshot = open_snapshot(article("a"), article("b"))
    facts = snapshot.facts
    assert (facts.first_date, facts.last_date) == (None, None)
    assert snapshot.agencies() == []
    assert snapshot.latest(5) == []
    assert snapshot.articles_with_code("1") == []
    dates = snapshot.dates([])
    assert (dates.shape, dates.dtype) == ((0,), np.int32)


def test_agencies_with_as_many_articles_come_in_the_order_of_the_archive(
    open_snapshot: OpenSnapshot,
) -> None:
    names = ["ب", "الف", "پ", "پ"]
    snapshot = open_snapshot(*(article(f"{n}", agency=name) for n, name in enumerate(names)))
    assert snapshot.agencies() == [("پ", 2), ("ب", 1), ("الف", 1)]
