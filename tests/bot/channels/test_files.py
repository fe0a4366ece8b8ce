"""Files of articles that operators send."""

import json
import os
import time

import pytest

from tests.bot.support.archives import ILNA
from tests.bot.support.indexing import articles, following, until
from tests.bot.support.running import running_bot


async def test_a_file_is_checked_shown_and_added_once_confirmed(server, own_archive, tmp_path):
    record = {"id": "x-1", "title": "خبر تازه", "paragraphs": ["متن خبر تازه."], "agency": ILNA}
    lines = f"{json.dumps(record)}\n{{broken\n".encode()
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.send_file("../../<b>news.jsonl", lines)
        [asked] = await server.until_sent(1)
        told = asked.text.splitlines()
        assert told[0] == "\u2068../../<b>news.jsonl\u2069: ۱ خبر آمادهٔ اضافه شدن به بایگانی است."
        assert told[1] == "۱ مورد خوانده نشد، از جمله:"
        assert "2: not JSON" in told[2]
        assert str(tmp_path) not in asked.text
        await server.press(asked, "اضافه کن")
        *_, done = await server.until_edited(2)
        assert done.text.startswith("اضافه شد: ۱ تازه")
    assert "x-1" in articles(own_archive)
    assert len(list((tmp_path / "data" / "bot" / "articles").iterdir())) == 1


async def test_a_file_that_is_discarded_is_gone(server, own_archive, tmp_path):
    content = json.dumps([{"id": "x-1", "title": "خبر", "paragraphs": ["متن."]}]).encode()
    async with running_bot(server, own_archive, **following(own_archive)):
        await server.send_file("result.json", content)
        [asked] = await server.until_sent(1)
        await server.press(asked, "لغو")
        [done] = await server.until_edited(1)
        assert done.text == "لغو شد؛ چیزی اضافه نشد."
        again = await server.callback_answer(
            await server.call_back(done, asked.button("اضافه کن")["callback_data"])
        )
        assert again["text"].startswith("این دکمه دیگر کار نمی‌کند.")
    assert "x-1" not in articles(own_archive)
    assert list((tmp_path / "data" / "bot" / "uploads").iterdir()) == []


async def test_a_file_that_nobody_confirms_is_deleted_after_a_day(server, archive, tmp_path):
    waiting = tmp_path / "data" / "bot" / "uploads"
    waiting.mkdir(parents=True)
    old, new = waiting / "old.jsonl", waiting / "new.jsonl"
    for file, age in ((old, 25), (new, 23)):
        file.write_text("{}", encoding="utf-8")
        os.utime(file, times=(time.time() - age * 3600,) * 2)
    async with running_bot(server, archive):
        await until(lambda: not old.exists())
    assert new.exists()


@pytest.mark.parametrize(
    ("name", "content", "claimed", "start"),
    [("news.exe", b"MZ", None, "فقط فایل‌های"), ("news", b"{}", None, "فقط فایل‌های"),
     ("news.jsonl", b"x" * (2**20 + 1), None, "این فایل بزرگ‌تر از ۱ مگابایت است."),
     ("news.jsonl", b"x" * (2**20 + 1), 5, "این فایل بزرگ‌تر از ۱ مگابایت است."),
     ("news.jsonl", b"\x00\xff\xfe", None, "در این فایل خبری پیدا نشد"),
     ("result.json", b'{"messages": 5}', None, "در این فایل خبری پیدا نشد")],
)  # fmt: skip
async def test_files_that_are_none_are_refused(server, archive, name, content, claimed, start):
    settings = {**following(archive), "upload_megabytes": 1}
    async with running_bot(server, archive, **settings):
        await server.send_file(name, content, claimed_size=claimed)
        [told] = await server.until_sent(1)
    assert told.text.startswith(start)
    assert told.buttons == ()
