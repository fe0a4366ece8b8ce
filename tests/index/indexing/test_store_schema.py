"""Article stores that earlier versions made, and what becomes of them."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from index.errors import KhazarError
from index.indexing.article_store import ArticleStore
from index.indexing.identity import Origin
from index.indexing.store_schema import VERSION
from index.indexing.stored_articles import StoreOutcome
from tests.support.paths import ROOT

# Made by version 0.1, and the digest that it gave.
EARLIER = ROOT / "tests" / "data" / "articles-1.sql"
DIGEST = "357c694c040f986a1c53db4231457b63"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "articles.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(EARLIER.read_text(encoding="utf-8"))
    connection.close()
    return path


def test_an_earlier_store_is_taken_over_without_loss(path: Path) -> None:
    with ArticleStore(path) as store:
        assert store.digest() == DIGEST
        assert [one.article.id for one in store] == ["ilna-1", "telegram-5-41", "1", "2", "blank"]
        assert store.sources() == ["/srv/news", "/srv/export.json"]
        assert [(one.id, one.article) for one in store.entries(removed=True)] == [("gone", None)]
    with ArticleStore(path) as store:
        assert (len(store), store.digest()) == (5, DIGEST)


def test_what_it_holds_is_known_again_and_keeps_nothing_else_out(path: Path) -> None:
    folder = Origin("/srv/news/1.txt", "1")
    rain = Article(
        "1", "باران در نیلاب", ("باران نیلاب سه روز بارید.",), agency="ساحل", code="NULL"
    )
    other = Article("1", "کمبود دارو", ("داروخانه‌ها از کمبود انسولین گفتند.",), agency="ساحل")
    gone = Article("x", "رفته", ("متن",), agency="ایلنا", code="99")
    with ArticleStore(path) as store, store.transaction():
        assert store.add(rain, folder).outcome is StoreOutcome.UNCHANGED
        assert store.add(gone, folder).outcome is StoreOutcome.WITHHELD
        assert store.add(other, Origin("/srv/more/1.txt", "1")).outcome is StoreOutcome.ADDED
        ids = [one.article.id for one in store]
        assert ids == ["ilna-1", "telegram-5-41", "news/1", "2", "blank", "more/1"]
        corrected = replace(rain, code=None, abstract="لید")
        assert store.add(corrected, folder).outcome is StoreOutcome.REPLACED


def test_what_an_earlier_version_removed_is_allowed_again(path: Path) -> None:
    with ArticleStore(path) as store, store.transaction():
        assert not store.restore("gone")
        assert list(store.entries(removed=True)) == []


def test_a_store_of_a_later_version_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(KhazarError, match="made by a later version of Khazar"):
        ArticleStore(path)


def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE articles SET record = '{' WHERE id = '2'")
    connection.close()
    with pytest.raises(ValueError, match="Expecting property name"):
        ArticleStore(path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM articles WHERE checksum > ''").fetchone() == (
        5,
    )
    connection.close()
