"""The bot's SQLite file: contents, retention, and unusable files."""

import asyncio
import datetime as dt
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import pytest

from bot.asking.chat_locks import ChatLocks
from bot.store.database import FILE, Database
from bot.store.exchanges import ConversationKey, Exchange, ExchangeStore, new_token
from bot.store.links import (
    link_token,
    linked_article,
    linked_question,
    remember_links,
    remember_question,
)
from bot.store.migrations import move_chat, read_migrations
from bot.store.posts import PostStore
from bot.store.preferences import Preferences, PreferenceStore
from index.article import Article
from index.errors import KhazarError
from retrieval.conversation import NO_CONVERSATION, Conversation, Turn

KEY = ConversationKey(7, 7)


@pytest.fixture
async def database(tmp_path):
    opened = Database(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


def exchange(**fields: object) -> Exchange:
    return replace(Exchange(new_token(), KEY, "چه؟", "fa", "s"), **fields)


async def test_old_conversations_and_exchanges_are_deleted(database):
    store = ExchangeStore(database, 12)
    turns = Conversation((Turn("چه؟", "چه؟", False, True, (), ()),))
    old = exchange(asked=time.time() - 31 * 86_400, question_message=1, answer_messages=(3,))
    new = exchange(question_message=2, answer_messages=(4, 5), after=turns)
    await store.add(old)
    await store.add(new)
    await database.prune(30)
    assert await store.of_message(7, 1) is None
    assert await store.of_message(7, 2) == new
    assert await store.of_answer(7, 3) is None
    assert await store.of_answer(7, 5) == new
    assert await store.of_answer(8, 5) is None
    assert await store.conversation(KEY) == turns
    assert await store.conversation(replace(KEY, topic_id=2)) == NO_CONVERSATION
    assert await ExchangeStore(database, 1e-9).conversation(KEY) == NO_CONVERSATION


async def test_a_conversation_of_another_version_is_none(database, tmp_path):
    await database.run(
        lambda connection: connection.execute(
            "INSERT INTO conversations VALUES (7, 7, 0, ?, NULL, '{\"odd\": 1}')", (time.time(),)
        )
    )
    assert await ExchangeStore(database, 12).conversation(KEY) == NO_CONVERSATION


async def test_exchanges_keep_their_stored_format(database):
    value = (
        '{"token": "AAAAAAAAAAAAAAAA", "place": {"chat_id": 7, "user_id": 7}, "question": "چه؟",'
        ' "language": "fa", "snapshot": "s", "asked": 5.0}'
    )
    await database.run(
        lambda connection: connection.execute(
            "INSERT INTO exchanges VALUES ('AAAAAAAAAAAAAAAA', 7, 7, 1, 5.0, ?)", (value,)
        )
    )
    store = ExchangeStore(database, 12)
    found = await store.find("AAAAAAAAAAAAAAAA", 7)
    assert found == Exchange("AAAAAAAAAAAAAAAA", KEY, "چه؟", "fa", "s", asked=5.0)
    await store.save(found)
    [row] = await database.run(lambda c: c.execute("SELECT value FROM exchanges").fetchall())
    assert json.loads(row[0])["place"] == {"chat_id": 7, "user_id": 7, "topic_id": 0}


async def test_an_exchange_is_found_by_its_own_people_only(database):
    store = ExchangeStore(database, 12)
    kept = exchange()
    await store.save(kept)
    assert await store.find(kept.token, 7) == kept
    assert await store.find(kept.token, 8) is None
    assert KEY.admits(7)
    assert not KEY.admits(8)
    # Who wrote in the name of a channel may be anybody there.
    assert ConversationKey(-5, -1001).admits(8)


async def test_links_are_short_and_lead_back(database):
    ids = ["ilna-1715776", "خبر ۱", "x" * 500]
    await remember_links(database, ids)
    await remember_links(database, ids)
    for article_id in ids:
        assert len(link_token(article_id)) == 16
        assert await linked_article(database, link_token(article_id)) == article_id


async def test_nothing_of_work_that_failed_is_kept(database):
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO preferences VALUES (7, '{}')")
        connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(sqlite3.OperationalError):
        await database.run(fail)
    rows = await database.run(lambda c: c.execute("SELECT * FROM preferences").fetchall())
    assert rows == []


async def test_a_cursor_leaves_the_databases_thread_closed(database):
    # Freed in this thread, it would reset a statement that the other one may be using.
    cursor = await database.run(lambda connection: connection.execute("SELECT 1"))
    with pytest.raises(sqlite3.ProgrammingError):
        cursor.fetchone()


async def test_only_its_owner_reads_the_file(database, tmp_path):
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("version", "message"), [(99, "written by a newer Khazar"), (None, "cannot be opened")]
)
async def test_a_file_that_cannot_be_used_is_one_line(tmp_path, version, message):
    if version is None:
        (tmp_path / FILE).write_bytes(b"no database, but long enough to be looked at" * 50)
    else:
        with closing(sqlite3.connect(tmp_path / FILE)) as connection:
            connection.execute(f"PRAGMA user_version = {version}")
    database = Database(tmp_path)
    with pytest.raises(KhazarError, match=message) as raised:
        await database.open()
    assert "\n" not in str(raised.value)
    await database.close()


async def test_a_file_of_the_first_version_keeps_its_contents(tmp_path):
    turns = Conversation((Turn("چه؟", "چه؟", False, True, (), ()),))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.executescript(
            "CREATE TABLE conversations (chat_id INTEGER NOT NULL, user_id INTEGER NOT NULL,"
            " changed REAL NOT NULL, token TEXT, value TEXT NOT NULL,"
            " PRIMARY KEY (chat_id, user_id));"
            "CREATE TABLE exchanges (token TEXT PRIMARY KEY); PRAGMA user_version = 1;"
        )
        row = (7, 7, time.time(), None, turns.to_json())
        with connection:
            connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?)", row)
    database = Database(tmp_path)
    await database.open()
    assert await ExchangeStore(database, 12).conversation(KEY) == turns
    await database.close()


async def test_a_file_of_the_second_version_gets_the_tables_of_the_third(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.executescript(
            "CREATE TABLE preferences (user_id INTEGER PRIMARY KEY, value TEXT NOT NULL);"
            "INSERT INTO preferences VALUES (7, '{\"passages\": 5}'); PRAGMA user_version = 2;"
        )
    database = Database(tmp_path)
    await database.open()
    assert await PreferenceStore(database).get(7) == Preferences(passages=5)
    payload = await remember_question(database, 7, "چه؟")
    assert await linked_question(database, payload) == "چه؟"
    await database.close()


async def test_a_group_is_followed_to_its_new_id(database):
    preferences = PreferenceStore(database)
    await preferences.set(-44, Preferences(passages=1))
    assert await move_chat(database, -44, -1001)
    assert not await move_chat(database, -44, -1001)
    assert await read_migrations(database) == {-1001: -44}
    assert await preferences.get(-1001) == Preferences(passages=1)


async def test_a_post_that_was_removed_returns_only_when_it_changes(database):
    posts, post = PostStore(database), Article("telegram-1-5", "پل", ("طول پل ۴۱۵ متر است.",))

    async def states() -> list[str]:
        return [str(pending.state) for pending in await posts.pending(10)]

    await posts.add(post)
    await posts.remove(post.id, keep_out=True)
    await posts.add(post)
    assert await states() == ["remove"]
    await posts.mark_done(await posts.pending(10))
    await posts.add(post)
    await posts.remove(post.id, keep_out=True)
    await posts.add(post)
    assert await states() == ["remove"]
    await posts.add(replace(post, title="پل گلستان"))
    # The removal may have been made though it is not marked as done.
    assert await states() == ["readmit"]
    # The time of day alone is no change: records of earlier versions have none.
    await posts.add(post)
    await posts.remove(post.id, keep_out=True)
    await posts.add(replace(post, time=dt.time(9, 30)))
    assert await states() == ["remove"]


async def test_locks_of_a_conversation_are_taken_in_order_and_others_at_once():
    locks, done = ChatLocks(), []
    gate = asyncio.Event()

    async def work(key: ConversationKey, name: str) -> None:
        async with locks.hold(key):
            if name == "first":
                await gate.wait()
            done.append(name)

    tasks = [asyncio.create_task(work(KEY, name)) for name in ("first", "second", "third")]
    await work(ConversationKey(8, 8), "elsewhere")
    gate.set()
    await asyncio.gather(*tasks)
    assert done == ["elsewhere", "first", "second", "third"]
