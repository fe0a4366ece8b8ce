"""Updates on disk until they are handled, each handled once."""

import asyncio
import random
import sqlite3
import stat
import time

import pytest
from telegram import Update

import bot.transport.update_store
from bot.transport.update_processor import UpdateProcessor
from bot.transport.update_store import FILE, DurableQueue, UpdateStore, UpdateStoreError
from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_server import Disorder, Fault
from tests.bot.support.echo import running_echo, say_it


@pytest.fixture
def store(tmp_path):
    opened = UpdateStore(tmp_path / FILE)
    yield opened
    opened.close()


def test_an_update_is_taken_once(store):
    assert store.add(1, "one")
    assert not store.add(1, "one again")
    assert store.take_pending() == ["one"]
    store.finish(1)
    assert not store.add(1, "one once more")
    assert store.take_pending() == []


def test_the_content_of_an_update_is_deleted_once_it_is_handled(tmp_path):
    store = UpdateStore(tmp_path / FILE)
    store.add(1, "a very private question")
    store.finish(1)
    store.close()
    [file] = tmp_path.iterdir()
    assert b"private" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_numbers_are_forgotten_after_two_days_but_never_what_is_open(store, monkeypatch):
    store.add(1, "done")
    store.finish(1)
    store.add(2, "open")
    later = time.time() + 49 * 60 * 60
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(bot.transport.update_store, "_PRUNE_EVERY", 1)
    assert store.add(1, "a number drawn again")
    assert not store.add(2, "open")


def test_what_the_bot_does_not_outlive_is_given_up(tmp_path, caplog):
    for _ in range(3):
        store = UpdateStore(tmp_path / FILE)
        store.add(1, "poison")
        assert store.take_pending() == ["poison"]
        store.close()
    store = UpdateStore(tmp_path / FILE)
    assert store.take_pending() == []
    store.close()
    assert "dropped 1 updates" in caplog.text


@pytest.mark.parametrize("content", [None, b"this is not a database, however long it may be"])
def test_a_file_that_cannot_be_used_is_one_line(tmp_path, content):
    if content is None:
        (tmp_path / FILE).mkdir()
    else:
        (tmp_path / FILE).write_bytes(content * 100)
    with pytest.raises(
        UpdateStoreError, match=r"^[^\n]*inbox.sqlite: cannot keep updates here: [^\n]+$"
    ):
        UpdateStore(tmp_path / FILE)


async def test_a_full_disk_does_not_stop_answers(tmp_path, monkeypatch, caplog):
    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    queue = DurableQueue(tmp_path)
    await queue.open(None)
    monkeypatch.setattr(UpdateStore, "add_all", full)
    monkeypatch.setattr(UpdateStore, "finish", full)
    await queue.put(Update(1))
    await queue.put(Update(1))
    assert (queue.qsize(), queue.length, queue.duplicates) == (1, 1, 1)
    await queue.finish(Update(1))
    await queue.close()
    assert caplog.text.count("disk is full") == 2


async def test_each_message_is_answered_once_whatever_the_order(server, tmp_path):
    server.disorder = Disorder(random.Random(1), repeated=0.5)
    async with running_echo(server, tmp_path) as application:
        for number in range(60):
            await server.write(str(number))
        await server.until_sent(60)
        await server.until_confirmed()
        await server.write("last")
        await server.until_sent(61)
        assert application.update_queue.duplicates > 0
    assert sorted(sent.text for sent in server.sent) == sorted([*map(str, range(60)), "last"])


async def test_what_a_kill_interrupts_is_answered_after_the_next_start(server, tmp_path):
    queue = DurableQueue(tmp_path)
    await queue.open(None)
    content = {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "سلام"}
    server.meet({"id": 7, "type": "private"})
    await queue.put(Update.de_json({"update_id": 3, "message": content}, None))
    # Nothing is finished, as after a kill.
    await queue.close()
    async with running_echo(server, tmp_path) as application:
        await server.until_sent(1)
        await server.until(lambda: application.update_queue.length == 0)
    async with running_echo(server, tmp_path):
        await server.write("نو")
        await server.until_sent(2)
    assert [sent.text for sent in server.sent] == ["سلام", "نو"]


async def test_a_stop_finishes_what_has_begun_and_keeps_what_has_not(server, tmp_path, monkeypatch):
    begun, gate, drain = [], asyncio.Event(), UpdateProcessor.drain

    def drain_and_open(processor):
        drain(processor)
        gate.set()

    async def slowly(update, context):
        begun.append(update.update_id)
        await gate.wait()
        await say_it(update, context)

    async with running_echo(server, tmp_path, slowly) as application:
        for number in range(12):
            await server.write(str(number))
        await server.until(lambda: len(begun) == 8 and application.update_queue.length == 12)
        monkeypatch.setattr(UpdateProcessor, "drain", drain_and_open)
    assert len(server.sent) == 8
    async with running_echo(server, tmp_path):
        await server.until_sent(12)
    assert sorted(sent.text for sent in server.sent) == sorted(map(str, range(12)))


async def test_what_could_not_be_sent_before_the_stop_is_sent_after_the_next_start(
    server, tmp_path, caplog
):
    server.faults = lambda method: Fault(page=(502, "no")) if method == "sendMessage" else None
    async with running_echo(server, tmp_path):
        number = await server.write("سلام")
        await server.until(lambda: server.calls.count("sendMessage") == 2)
    assert server.sent == []
    assert f"update {number} is left for the next start" in caplog.text
    server.faults = None
    async with running_echo(server, tmp_path):
        await server.until_sent(1)
    assert [sent.text for sent in server.sent] == ["سلام"]


async def test_a_message_that_telegram_refuses_is_not_tried_for_ever(server, tmp_path):
    server.fail("sendMessage", ApiError(400, "Bad Request: message is too long"))
    async with running_echo(server, tmp_path) as application:
        await server.write("سلام")
        await server.until_failed("sendMessage")
        await server.until(lambda: application.update_queue.length == 0)
    async with running_echo(server, tmp_path):
        await server.write("نو")
        await server.until_sent(1)
    assert [sent.text for sent in server.sent] == ["نو"]


async def test_an_update_that_cannot_be_read_holds_up_nothing_and_is_not_logged(
    server, tmp_path, caplog
):
    secret = "do not log me"
    for number, content in enumerate(
        (5, {"text": secret}, {"message_id": 1, "date": "x", "text": secret}, [secret]), 500
    ):
        await server.deliver_raw({"update_id": number, "message": content})
    async with running_echo(server, tmp_path):
        await server.write("سلام")
        await server.until_sent(1)
    assert [sent.text for sent in server.sent] == ["سلام"]
    assert caplog.text.count("cannot be read") == 4
    assert secret not in caplog.text


async def test_a_message_out_of_reach_survives_a_restart(tmp_path):
    chat = {"id": 7, "type": "private"}
    gone = {"message_id": 1, "date": 0, "chat": chat}
    content = {"message_id": 2, "date": 1, "chat": chat, "pinned_message": gone}
    for _ in range(2):
        queue = DurableQueue(tmp_path)
        await queue.open(None)
        await queue.put(Update.de_json({"update_id": 3, "message": content}, None))
        assert queue.get_nowait().message.pinned_message.message_id == 1
        await queue.close()
