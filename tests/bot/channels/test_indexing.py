"""Indexing through the bot: channels, forwarded posts, files; and operators' commands."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from filelock import FileLock

import bot.channels.indexing
from bot.channels.indexing import Indexer
from bot.store.posts import PostStore
from index.indexing.builder import build
from index.readers import open_sources
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from tests.bot.support.api_messages import Sent
from tests.bot.support.api_people import channel
from tests.bot.support.archives import QUESTION
from tests.bot.support.indexing import articles, following, until
from tests.bot.support.running import running_bot

NEWS = channel(-1001234567890, "کانال خبر")
POST = "بندر انزلی گسترش می‌یابد\nفرماندار انزلی از ساخت سه اسکلهٔ تازه در بندر خبر داد."
ASKED = "فرماندار انزلی از ساخت چند اسکله خبر داد؟"
ID = "telegram-1234567890-101"


def failing_once(function: Any, error: Exception) -> Any:
    """Return a function that raises an error at the first call and then works."""
    errors = [error]

    def work(*given: Any, **named: Any) -> Any:
        if errors:
            raise errors.pop()
        return function(*given, **named)

    return work


async def confirm(server, number: int) -> Sent:
    """Confirm the last upload; return the message after edit `number`."""
    await server.press(server.sent[-1], "اضافه کن")
    *_, done = await server.until_edited(number)
    return done


async def test_a_new_post_is_found_within_seconds_an_edited_one_as_it_is_now(server, own_archive):
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.post(POST, NEWS)
        number = server.last_written
        await until(lambda: ID in articles(own_archive))
        assert number == 101
        await until(own_archive.has_followed)
        await server.write(ASKED)
        [sent] = await server.until_sent(1)
        assert "سه اسکلهٔ تازه" in sent.parsed.shown("bold")[0]
        assert "\u2068کانال خبر\u2069" in sent.text
        assert 'href="https://t.me/khazar_news/101"' in sent.html
        await server.edit_post(number, POST.replace("سه", "پنج"), NEWS)
        await until(lambda: "پنج اسکله" in articles(own_archive)[ID])


async def test_a_post_without_words_left_is_taken_out_and_may_come_back(server, own_archive):
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.post(POST, NEWS)
        number = server.last_written
        await until(lambda: ID in articles(own_archive))
        await server.edit_post(number, "@khazar_news", NEWS)
        await until(lambda: ID not in articles(own_archive))
        await server.edit_post(number, POST, NEWS)
        await until(lambda: ID in articles(own_archive))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0)], ids=["in order", "out of order"])
async def test_an_album_is_the_article_that_an_export_makes_it(
    server, own_archive, tmp_path, order
):
    captions = ("", POST, "عکس‌ها: کیوان")
    messages = [
        {"id": 300 + place, "type": "message", "date": "2025-11-19T00:30:00", "photo": "p.jpg",
         "date_unixtime": "1763499600", "text": caption}
        for place, caption in enumerate(captions)
    ]  # fmt: skip
    export = {"name": "کانال خبر", "id": 1234567890, "type": "private_channel"}
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**export, "messages": messages}), encoding="utf-8")
    [opened] = open_sources(IndexSettings(sources=[{"path": str(path), "format": "telegram"}]))
    [expected] = opened.read()
    assert expected.link == "https://t.me/c/1234567890/300"
    private = channel(-1001234567890, "کانال خبر", None)
    settings = {**following(own_archive), "channels": [private["id"]]}
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
    async with running_bot(server, own_archive, **settings):
        for place in order:
            await server.deliver({"channel_post": {
                "message_id": 300 + place, "date": 1763499600, "chat": private,
                "sender_chat": private, "media_group_id": "album", "photo": photo,
                **({"caption": captions[place]} if captions[place] else {}),
            }})  # fmt: skip
            await server.until_confirmed()
        await until(lambda: "عکس‌ها: کیوان" in articles(own_archive).get(expected.id, ""))
        await until(lambda: len(articles(own_archive)) == 4)
    found = Snapshot.open_current(own_archive.directory).articles()
    assert [one for one in found if one.id.startswith("telegram")] == [expected]


async def test_an_album_that_is_forwarded_has_its_first_number_and_all_captions(
    server, own_archive
):
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
    captions = ("", POST, "عکس‌ها: کیوان")
    async with running_bot(server, own_archive, **following(own_archive)):
        for place, caption in enumerate(captions):
            origin = {"type": "channel", "date": 1, "chat": NEWS, "message_id": 300 + place}
            await server.write(None, photo=photo, media_group_id="f", forward_origin=origin,
                               **({"caption": caption} if caption else {}))  # fmt: skip
        [asked] = await server.until_sent(1)
        assert asked.text == "۱ پست آمادهٔ اضافه شدن به بایگانی است."
        await server.press(asked, "اضافه کن")
        await server.until_edited(2)
    assert "عکس‌ها: کیوان" in articles(own_archive)["telegram-1234567890-300"]
    assert len(server.sent) == 1


async def test_posts_of_other_channels_are_not_indexed(server, own_archive, caplog):
    stranger = channel(-1009, "بیگانه", "stranger")
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.post(POST, stranger)
        await server.post(POST, stranger)
        await server.write(QUESTION)
        await server.until_sent(1)
        await server.until_confirmed()
    assert len(articles(own_archive)) == 3
    assert caplog.text.count("posts of channel -1009 are not indexed") == 1


async def test_a_post_waits_while_another_command_changes_the_index(server, own_archive, caplog):
    caplog.set_level("INFO", "bot.channels.indexing")
    lock = FileLock(own_archive.directory / "build.lock")
    async with running_bot(server, own_archive, **following(own_archive)):
        with lock:
            await server.post(POST, NEWS)
            await server.until_confirmed()
            await until(lambda: "another command is changing the index" in caplog.text)
            assert ID not in articles(own_archive)
        await until(lambda: ID in articles(own_archive))


@pytest.mark.parametrize(
    ("part", "work", "error"),
    [(Indexer, "add_records", OSError(28, "No space left on device")),
     (Indexer, "add_records", RuntimeError("what nobody expects")),
     (PostStore, "pending", sqlite3.OperationalError("disk I/O error")),
     (PostStore, "mark_done", sqlite3.OperationalError("disk I/O error"))],
)  # fmt: skip
async def test_a_disk_in_trouble_is_logged_and_posts_are_tried_again(
    server, own_archive, monkeypatch, caplog, part, work, error
):
    monkeypatch.setattr("bot.transport.background_task._FIRST_PAUSE", 0.01)
    works = getattr(part, work)
    async with running_bot(server, own_archive, **following(own_archive)):
        monkeypatch.setattr(part, work, failing_once(works, error))
        await server.post(POST, NEWS)
        await until(lambda: ID in articles(own_archive))
        await server.post(POST, NEWS)
        await until(lambda: "telegram-1234567890-102" in articles(own_archive))
    told = f"indexing of posts: failed, trying again in 0.01 s, then with growing pauses: {error}"
    assert caplog.text.count(told) == 1


async def test_a_damaged_record_of_a_post_does_not_stop_those_behind_it(
    server, own_archive, caplog
):
    slow = {**following(own_archive), "channel_delay": 60.0}
    async with running_bot(server, own_archive, **slow):
        await server.post(POST, NEWS)
        await server.until_confirmed()
        await server.post(POST, NEWS)
        await server.until_confirmed()
    database = next(own_archive.directory.parent.rglob("bot.sqlite"))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "UPDATE posts SET record = substr(record, 1, 40) WHERE article_id = ?", (ID,)
        )
    async with running_bot(server, own_archive, **following(own_archive)):
        await until(lambda: "telegram-1234567890-102" in articles(own_archive))
    assert f"the post {ID} is damaged and was dropped" in caplog.text
    assert ID not in articles(own_archive)


async def test_what_was_not_indexed_is_after_a_restart(server, own_archive):
    slow = {**following(own_archive), "channel_delay": 60.0}
    async with running_bot(server, own_archive, **slow):
        await server.post(POST, NEWS)
        await server.until_confirmed()
        await server.write(QUESTION)
        await server.until_sent(1)
    assert ID not in articles(own_archive)
    async with running_bot(server, own_archive, **following(own_archive)):
        await until(lambda: ID in articles(own_archive))


async def test_an_operator_takes_a_post_out_by_its_link(server, own_archive):
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.post(POST, NEWS)
        await until(lambda: ID in articles(own_archive))
        await server.write("/remove https://t.me/khazar_news/101")
        [told] = await server.until_sent(1)
        assert told.text == f"حذف می‌شود: \u2068{ID}\u2069"
        await until(lambda: ID not in articles(own_archive))
        await server.write("/remove isna-84")
        await until(lambda: "isna-84" not in articles(own_archive))
        await server.write("/remove nothing")
        *_, unknown = await server.until_sent(3)
        assert unknown.text == "چنین خبری در بایگانی نیست."
        await server.write("/remove")
        *_, usage = await server.until_sent(4)
        assert usage.text.startswith("لینک، کد یا شناسهٔ خبر را بعد از دستور بنویسید")


async def test_forwarded_posts_are_added_once_confirmed(server, own_archive):
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.forward(POST, NEWS, 7)
        [asked] = await server.until_sent(1)
        await server.forward("خبر دوم\nسطر دوم آن.", NEWS, 8)
        [edited] = await server.until_edited(1)
        assert (asked.text, edited.text) == (
            "۱ پست آمادهٔ اضافه شدن به بایگانی است.", "۲ پست آمادهٔ اضافه شدن به بایگانی است."
        )  # fmt: skip
        assert len(articles(own_archive)) == 3
        await server.press(asked, "اضافه کن")
        *_, done = await server.until_edited(3)
        assert done.text == ("اضافه شد: ۲ تازه، ۰ به‌روزشده، ۰ بدون تغییر. بایگانی الان ۵ خبر دارد.")
        assert done.buttons == ()
    assert {"telegram-1234567890-7", "telegram-1234567890-8"} <= articles(own_archive).keys()


async def test_each_batch_of_forwarded_posts_is_kept_for_a_rebuild(server, own_archive, tmp_path):
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.forward(POST, NEWS, 7)
        await server.until_sent(1)
        await server.forward("خبر دوم\nسطر دوم آن.", NEWS, 8)
        await server.until_edited(1)
        await confirm(server, 3)
        await server.forward(POST.replace("سه", "پنج"), NEWS, 7)
        await server.until_sent(2)
        done = await confirm(server, 5)
        assert done.text.startswith("اضافه شد: ۰ تازه، ۱ به‌روز")
    kept = tmp_path / "data" / "bot" / "articles"
    assert len(list(kept.iterdir())) == 2
    anew = own_archive.at(tmp_path / "anew")
    build(anew.settings, [str(kept)], load=anew.load)
    rebuilt = articles(anew)
    assert rebuilt.keys() == {"telegram-1234567890-7", "telegram-1234567890-8"}
    # The later version of a post that came twice.
    assert "پنج اسکله" in rebuilt["telegram-1234567890-7"]


async def test_posts_that_were_written_and_not_indexed_are_added_by_a_second_press(
    server, own_archive, tmp_path, monkeypatch
):
    kept = tmp_path / "data" / "bot" / "articles"
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.forward(POST, NEWS, 7)
        [asked] = await server.until_sent(1)
        data = asked.button("اضافه کن")["callback_data"]
        crash = failing_once(bot.channels.indexing.update, RuntimeError("a crash"))
        monkeypatch.setattr(bot.channels.indexing, "update", crash)
        await server.callback_answer(await server.call_back(asked, data))
        await server.until_confirmed()
        await until(lambda: kept.is_dir() and list(kept.iterdir()))
        await server.call_back(asked, data)
        await until(lambda: "telegram-1234567890-7" in articles(own_archive))
    assert len(list(kept.iterdir())) == 1


async def test_an_operator_is_told_of_a_full_disk_and_may_try_again(
    server, own_archive, monkeypatch, tmp_path
):
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.forward(POST, NEWS, 7)
        await server.until_sent(1)
        full = failing_once(bot.channels.indexing.update, OSError(28, "No space left on device"))
        monkeypatch.setattr(bot.channels.indexing, "update", full)
        failed = await confirm(server, 2)
        assert failed.text == "چیزی اضافه نشد: \u2068OSError\u2069"
        # A build of the folder must not bring in what was said not to be added.
        assert not list((tmp_path / "data" / "bot" / "articles").iterdir())
        await server.press(failed, "اضافه کن")
        await until(lambda: "telegram-1234567890-7" in articles(own_archive))


async def test_who_is_no_operator_adds_and_learns_nothing(server, archive):
    async with running_bot(server, archive, **following(archive)):
        for number, command in enumerate(("/stats", "/reload", "/remove isna-84"), 1):
            await server.write(command, user=8)
            sent = await server.until_sent(number)
            assert sent[-1].text.startswith("این دستور را نمی‌شناسم.")
        await server.send_file("a.jsonl", b"{}", user=8)
        *_, refused = await server.until_sent(4)
        assert refused.text.startswith("من فقط به پرسش‌های نوشتاری")
        await server.forward(QUESTION, NEWS, 7, user=8)
        *_, answered = await server.until_sent(5)
        assert "۳۰۰ دانشجوی" in answered.text
        # In a group, where others read along, nothing happens either.
        chat = {"id": -5, "type": "supergroup", "title": "گروه"}
        await server.write("/stats@khazar_test_bot", chat=chat)
        forged = await server.callback_answer(
            await server.call_back(answered, f"a:upload:{'A' * 16}", 8)
        )
        assert forged["text"].startswith("این دکمه دیگر کار نمی‌کند.")
    assert len(server.sent) == 5
    assert len(articles(archive)) == 3


async def test_figures_and_reloading(server, own_archive):
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.write(QUESTION)
        await server.until_sent(1)
        await server.write("/stats")
        _, stats = await server.until_sent(2)
        assert "• بایگانی: ۳ خبر" in stats.text
        assert "• تاریخ خبرها: ۱۱ اسفند ۱۴۰۲ تا ۱۵ آذر ۱۴۰۴" in stats.text
        assert "• پرسش‌های ۲۴ ساعت گذشته: ۱ از ۱ نفر؛ پاسخ پیدا شد: ۱" in stats.text
        await server.write("/reload", "en")
        *_, same = await server.until_sent(3)
        assert same.text.startswith("There is no new snapshot.")
