"""The archive: every article once, changed in whole or not at all."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.indexing.article_store import ArticleStore
from index.indexing.stored_articles import StoreOutcome

FULL = Article(
    "ilna-1",
    "عنوان",
    ("یک", "دو\nسه"),
    abstract="لید",
    kicker="روتیتر",
    agency="ایلنا",
    date=dt.date(2025, 11, 18),
    code="17",
    link="https://ilna.ir/17",
    category="اقتصاد",
    tags=("خزر", "بندر"),
)


def plain(name: str, text: str = "متن", **about: object) -> Article:
    return Article(name, "عنوان", (text,), **about)  # type: ignore[arg-type]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[ArticleStore]:
    with ArticleStore(tmp_path / "articles.sqlite") as opened:
        yield opened


def ids(archive: ArticleStore) -> list[str]:
    return [one.article.id for one in archive]


def test_articles_come_back_as_they_were(archive: ArticleStore) -> None:
    assert archive.add(FULL).outcome is StoreOutcome.ADDED
    assert archive.add(plain("b")).outcome is StoreOutcome.ADDED
    assert [one.article for one in archive] == [FULL, plain("b")]
    assert len(archive) == 2


@pytest.mark.parametrize(
    "later",
    [
        replace(FULL, title="تازه"),
        plain("other", agency="ايلنا", code="۱۷"),
        plain("other", link="http://www.ilna.ir/17/?utm_source=telegram"),
    ],
    ids=["id", "code", "address"],
)
def test_the_same_article_again_replaces_the_older_one(
    archive: ArticleStore, later: Article
) -> None:
    archive.add(FULL)
    archive.add(plain("b"))
    assert archive.add(later).outcome is StoreOutcome.REPLACED
    assert [one.article for one in archive] == [later, plain("b")]


def test_one_article_may_take_the_place_of_several(archive: ArticleStore) -> None:
    archive.add(plain("a", link="https://x.ir/1"))
    archive.add(plain("b", agency="x", code="2"))
    both = plain("c", link="https://x.ir/1", agency="x", code="2")
    archive.add(plain("d"))
    assert archive.add(both).outcome is StoreOutcome.REPLACED
    assert ids(archive) == ["c", "d"]


def test_what_was_read_may_be_read_again(archive: ArticleStore) -> None:
    """Also where articles in it replace each other."""
    read = [
        plain("a", link="https://x.ir/1"),
        plain("b"),
        plain("c", link="https://x.ir/1", agency="x", code="2"),
        plain("b", "متن دیگر"),
        plain("d", agency="x", code="2"),
        plain("e"),
    ]
    for article in read:
        archive.add(article)
    before = archive.digest()
    assert ids(archive) == ["d", "b", "e"]
    for article in read:
        archive.add(article)
    assert (archive.digest(), ids(archive)) == (before, ["d", "b", "e"])


def test_an_article_as_it_was_changes_nothing(archive: ArticleStore) -> None:
    archive.add(FULL)
    archive.add(plain("b"))
    before = archive.digest()
    assert archive.add(FULL).outcome is StoreOutcome.UNCHANGED
    assert (archive.digest(), ids(archive)) == (before, ["ilna-1", "b"])


@pytest.mark.parametrize("field", ["title", "abstract", "kicker", "agency", "code", "category"])
def test_any_change_changes_the_digest(archive: ArticleStore, field: str) -> None:
    archive.add(FULL)
    before = archive.digest()
    assert archive.add(replace(FULL, **{field: "دیگر"})).outcome is StoreOutcome.REPLACED
    assert archive.digest() != before


def test_what_was_removed_stays_out_until_it_is_let_in_again(archive: ArticleStore) -> None:
    archive.add(FULL)
    assert archive.remove("ilna-1")
    assert not archive.remove("ilna-1")
    assert not archive.remove("unknown")
    for same in (FULL, replace(FULL, id="x"), replace(FULL, id="x", code=None)):
        assert archive.add(same).outcome is StoreOutcome.WITHHELD
    archive.clear()
    assert archive.add(FULL).outcome is StoreOutcome.WITHHELD
    assert not archive.unremove("unknown")
    assert archive.unremove("ilna-1")
    assert archive.add(FULL).outcome is StoreOutcome.ADDED


def test_a_failure_leaves_the_archive_as_it_was(archive: ArticleStore) -> None:
    archive.add(FULL)
    before = archive.digest()

    def replace_all_and_fail() -> None:
        with archive.transaction():
            archive.clear()
            archive.add(plain("b"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replace_all_and_fail()
    assert (archive.digest(), ids(archive)) == (before, ["ilna-1"])


def test_restoring_holds_exactly_what_is_given(archive: ArticleStore) -> None:
    for name in "abc":
        archive.add(plain(name))
    archive.remove("a")
    archive.replace_all([plain("c"), plain("a")], ["here", "there"])
    assert (ids(archive), archive.sources()) == (["c", "a"], ["here", "there"])
    assert archive.add(plain("a")).outcome is StoreOutcome.UNCHANGED


def test_sources_are_remembered_once_and_in_their_order(archive: ArticleStore) -> None:
    archive.add_sources(["z", "a"])
    archive.add_sources(["a", "m", "z"])
    assert archive.sources() == ["z", "a", "m"]


def test_articles_without_text_are_told_from_others(archive: ArticleStore) -> None:
    archive.add(Article("blank", " ", ("", "\n")))
    assert (len(archive), archive.has_text()) == (1, False)
    archive.add(Article("lead", "", (), abstract="لید"))
    assert archive.has_text()


def test_more_articles_than_are_read_at_once(archive: ArticleStore) -> None:
    with archive.transaction():
        for number in range(700):
            archive.add(plain(f"{number}"))
    assert ids(archive) == [f"{number}" for number in range(700)]


def test_half_a_character_costs_only_itself(archive: ArticleStore) -> None:
    odd = plain("a\ud800", "\ud800", agency="\udfff", code="\udfff", link="https://x.ir/\ud800")
    assert archive.add(odd).outcome is StoreOutcome.ADDED
    assert archive.add(odd).outcome is StoreOutcome.UNCHANGED
    assert [one.article.paragraphs for one in archive] == [("\ufffd",)]
    assert archive.digest()


@given(
    st.lists(
        st.builds(
            plain,
            st.sampled_from("abcd"),
            st.sampled_from(["یک", "دو"]),
            agency=st.sampled_from([None, "x", "y"]),
            code=st.sampled_from([None, "1", "2"]),
            link=st.sampled_from([None, "https://x.ir/1", "https://x.ir/2"]),
        ),
        max_size=12,
    )
)
def test_no_two_articles_are_ever_the_same(
    tmp_path_factory: pytest.TempPathFactory, articles: list[Article]
) -> None:
    with ArticleStore(tmp_path_factory.mktemp("archive") / "articles.sqlite") as archive:
        for article in articles:
            archive.add(article)
        kept = [one.article for one in archive]
        coded = [(one.agency, one.code) for one in kept if one.agency and one.code]
        linked = [one.link for one in kept if one.link]
        for keys in ([one.id for one in kept], coded, linked):
            assert len(set(keys)) == len(keys)
        if articles:
            assert articles[-1] in kept


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "articles.sqlite").write_bytes(b"no database at all" * 99)
    with pytest.raises(sqlite3.DatabaseError, match="file is not a database"):
        ArticleStore(tmp_path / "articles.sqlite")
