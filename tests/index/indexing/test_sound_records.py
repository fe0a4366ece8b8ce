"""Rows of the article store that have changed since they were written are never shown."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from index.indexing.article_store import ArticleStore
from index.indexing.identity import Origin
from index.indexing.sound_records import DamagedLogError
from index.indexing.store_schema import LOG_TABLES, VERSION

FIRST = Article("a", "عنوان", ("باران نیلاب سه روز بارید.",), agency="ایلنا", code="17")
OTHER = Article("b", "کمبود دارو", ("داروخانه‌ها از کمبود انسولین گفتند.",), link="https://x.ir/1")
# What a disk may do to a value.
DAMAGES = [
    "CAST(substr({0}, 2) AS TEXT)",
    "CAST({0} || X'FF' AS TEXT)",
    "NULL",
    "X'00'",
    "CAST({0} AS BLOB)",
]
READERS: dict[str, Callable[[ArticleStore], object]] = {
    "articles": lambda store: list(store.entries()),
    "removed": lambda store: list(store.entries(removed=True)),
    "sources": lambda store: store.sources(),
    "wordings": lambda store: store.log.wordings("a"),
    "runs": lambda store: list(store.log.runs(9)),
    "events": lambda store: store.log.events(9),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An article store with rows in every table."""
    path = tmp_path_factory.mktemp("store") / "articles.sqlite"
    origin = Origin("/srv/news.jsonl", "news")
    with ArticleStore(path) as store:
        for article in (FIRST, OTHER, replace(FIRST, abstract="لید")):
            with store.transaction():
                store.add(article, origin)
                store.add_sources(["/srv/news.jsonl"])
                store.log.add_run("update", ["/srv/news.jsonl"], {"added": 1})
        with store.transaction():
            store.remove("b")
    return path


def failure(read: Callable[[], object]) -> sqlite3.DatabaseError | None:
    try:
        read()
    except sqlite3.DatabaseError as error:
        return error
    return None


def columns(path: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    # Where a row stands says nothing of what it holds.
    return [name for name in found if not (name == "place" and table in ("articles", "removed"))]


@pytest.mark.parametrize("table", READERS)
def test_a_changed_value_is_an_error_and_never_shown(
    written: Path, tmp_path: Path, table: str
) -> None:
    read = READERS[table]
    with ArticleStore(written) as store:
        sound = read(store)
        assert sound
    for column in columns(written, table):
        for damage in DAMAGES:
            path = tmp_path / "articles.sqlite"
            shutil.copy(written, path)
            with closing(sqlite3.connect(path)) as connection, connection:
                change = f"UPDATE OR IGNORE {table} SET {column} = {damage.format(column)}"
                try:
                    connection.execute(change)
                except sqlite3.IntegrityError:
                    continue
            with ArticleStore(path) as store:
                error = failure(lambda: read(store))
                if error is None:
                    # Under another id nobody finds it.
                    found = read(store)
                    assert found in ((sound, []) if column == "id" else (sound,)), (column, damage)
                else:
                    assert "changed since it was written" in str(error)
                    assert isinstance(error, DamagedLogError) == (table in LOG_TABLES)


@pytest.mark.parametrize("table", LOG_TABLES)
def test_the_rest_of_the_log_can_be_read_without_what_is_damaged(
    written: Path, tmp_path: Path, table: str
) -> None:
    path = Path(shutil.copy(written, tmp_path / "articles.sqlite"))
    with closing(sqlite3.connect(path)) as connection, connection:
        changed = {"wordings": "record", "runs": "sources", "events": "id"}[table]
        connection.execute(f"UPDATE {table} SET {changed} = {changed} || ' '")
    with ArticleStore(path) as store:
        with pytest.raises(DamagedLogError):
            READERS[table](store)
        with store.transaction():
            assert store.log.drop_damaged() > 0
            assert store.log.drop_damaged() == 0
        assert READERS[table](store) == []
        assert all(READERS[other](store) for other in READERS if other != table)


def test_what_is_damaged_is_not_taken_for_sound_by_another_command(
    written: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(written, tmp_path / "articles.sqlite"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE articles SET origin = '/srv/other.jsonl'")
        connection.execute("UPDATE removed SET link = 'x.ir/2'")
    with ArticleStore(path) as store:
        for change in (
            lambda: store.remove("a"),
            lambda: store.restore("b"),
            lambda: store.add(replace(FIRST, title="نو")),
        ):
            with (
                pytest.raises(sqlite3.DatabaseError, match=r"article [ab] has changed"),
                store.transaction(),
            ):
                change()
            assert len(store) == 1


def test_a_store_without_seals_gets_them(written: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(written, tmp_path / "articles.sqlite"))
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in READERS:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN seal")
        connection.execute(f"PRAGMA user_version = {VERSION - 1}")
    with ArticleStore(written) as old, ArticleStore(path) as store:
        for read in READERS.values():
            assert read(store) == read(old)
