"""Notices to operators."""

import datetime as dt
import json
from dataclasses import asdict, replace

import pytest

import bot.monitoring.archive_watch as archive_watch
import bot.monitoring.notices as notices
from bot.channels.indexing import Indexer
from index.operations.watch import SUMMARY, WatchRound
from tests.bot.support.api_people import channel, private_chat
from tests.bot.support.archives import QUESTION
from tests.bot.support.fakes import FakeRetriever, answer
from tests.bot.support.running import running_bot

OPERATORS = (7, 9)


@pytest.fixture
def busy(monkeypatch):
    """Look at the archive all the time."""
    monkeypatch.setattr(archive_watch, "_EVERY", 0.02)


def write_round(directory, error: str | None, hours: float = 0.0) -> None:
    begun = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)).isoformat(timespec="seconds")
    done = WatchRound(begun, 1.0, error, None, 3, 0, 0, 0, (), begun)
    (directory / SUMMARY).write_text(json.dumps(asdict(done)), encoding="utf-8")


async def test_operators_are_told_once_of_a_feed_that_fails(server, own_archive, busy):
    for operator in OPERATORS:
        server.meet(private_chat(operator))
    write_round(own_archive.directory, "isna.ir: HTTP 503")
    indexer = Indexer(own_archive.settings, own_archive.load, own_archive.find)
    for _ in range(2):
        async with running_bot(server, own_archive, indexer, operators=OPERATORS):
            await server.write(QUESTION)
            await server.until(lambda: any(sent.buttons for sent in server.sent))
            await server.until(lambda: len([one for one in server.sent if not one.buttons]) >= 2)
    told = [sent for sent in server.sent if not sent.buttons]
    assert sorted(sent.chat_id for sent in told) == [*OPERATORS]
    assert "isna.ir: HTTP 503" in told[0].text


async def test_what_fails_again_is_told_again_after_the_pause(
    server, own_archive, busy, monkeypatch
):
    monkeypatch.setattr(notices, "_PAUSE", 0.0)
    server.meet(private_chat(9))
    indexer = Indexer(own_archive.settings, own_archive.load, own_archive.find)
    async with running_bot(server, own_archive, indexer, operators=[9]):
        for count, (error, hours) in enumerate([("broken", 0), (None, 50), ("broken", 0)], 1):
            write_round(own_archive.directory, error, hours)
            await server.until_sent(count)
    assert [sent.text.split()[0] for sent in server.sent] == ["آخرین", "بایگانی", "آخرین"]
    assert "۵۰ ساعت است که به‌روز نشده" in server.sent[1].text


async def test_a_new_snapshot_is_told(server, busy, monkeypatch):
    monkeypatch.setattr(notices, "_PAUSE", 0.0)
    server.meet(private_chat(9))
    fake = FakeRetriever()
    async with running_bot(server, fake, operators=[9]):
        await server.write(QUESTION)
        await server.until_sent(1)
        fake.facts = replace(fake.facts, articles=12, snapshot="snapshot-2")
        _, told = await server.until_sent(2)
    assert told.text == (
        "بایگانی به‌روز شد: ۱۲ خبر (\u2068+11\u2069)، نسخهٔ نمایه: \u2068snapshot-2\u2069"
    )


async def test_operators_learn_which_channels_the_bot_administers(server, archive):
    server.meet(private_chat(9))
    async with running_bot(server, archive, operators=[9], channels=["khazar_news"]):
        await server.join(channel(-1001), "administrator")
        await server.join(channel(-1002, "دیگر", "other"), "administrator")
        await server.join(channel(-1001), "administrator", before="administrator")
        await server.until_sent(2)
        await server.write(QUESTION)
        *_, answered = await server.until_sent(3)
    indexed, other = sorted(server.sent[:2], key=lambda sent: "برای اضافه" in sent.text)
    assert "پست‌های تازه‌اش به بایگانی اضافه می‌شود" in indexed.text
    assert "\u2068[bot] channels\u2069" in other.text
    assert "\u2068-1002\u2069" in other.text
    assert answered.chat_id == 7


async def test_questions_of_several_people_without_an_answer(server):
    asked = ("قیمت بلیت مریخ؟", "قيمت بليت مریخ", "قیمت بلیت مریخ!")
    fake = FakeRetriever({one: answer(one, "fa", False) for one in (*asked, "سرّی؟")})
    async with running_bot(server, fake, operators=[9], unanswered=True):
        for user, question in ((21, asked[0]), (22, asked[1]), (21, asked[2]), (22, "سرّی؟")):
            await server.write(question, user=user)
        await server.until_sent(4)
        await server.write("/unanswered", user=9)
        *_, none = await server.until_sent(5)
        assert none.text.startswith("پرسشی نیست")
        await server.write(asked[2], user=23)
        await server.until_sent(6)
        await server.write("/unanswered", user=9)
        *_, told = await server.until_sent(7)
        assert told.text.splitlines()[1:] == ["• \u2068قیمت بلیت مریخ\u2069 (۳ نفر)"]
        await server.write("/privacy", user=22)
        *_, privacy = await server.until_sent(8)
        assert "دست‌کم سه نفر پرسیده باشند" in privacy.text
        await server.write("/forget", user=22)
        await server.until_sent(9)
        await server.write("/unanswered", user=9)
        *_, none = await server.until_sent(10)
        assert none.text.startswith("پرسشی نیست")


async def test_unanswered_questions_are_shown_only_where_the_settings_say_so(server, retriever):
    await server.write("/unanswered")
    [sent] = await server.until_sent(1)
    assert sent.text.startswith("این دستور را نمی‌شناسم")
