"""The situations of ../shared/cases/bot, played to the bot as Telegram would send them."""

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.app import build_application
from bot.channels.indexing import Indexer
from bot.runner import MONITORS, serve
from bot.settings import BotSettings
from index.article import Article
from index.snapshots.snapshot import Snapshot
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
from tests.bot.support.api_messages import Query, Sent
from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_server import TOKEN, ApiServer
from tests.bot.support.archives import ARTICLES, RealArchive, build_archive

SHARED = os.environ.get("KHAZAR_TEST_SHARED") or Path(__file__).parents[3].parent / "shared"
CASES = Path(SHARED, "cases", "bot")
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases/bot is not there")

MINISTER = Article(
    "fars-4-1075",
    "وزیر نیرو قول داد؛ قیمت انشعاب برق کاهش می‌یابد",
    (
        "وزیر نیرو درباره انشعاب برق گفت افزایش چهار برابری قیمت انشعاب برق تجدیدنظر می‌شود.",
        "نمایندگان به سخنان وزیر نیرو درباره انشعاب برق واکنش نشان دادند و قانع نشدند.",
        "وزیر نیرو درباره خاموشی‌های برق و انشعاب‌های تازه هم به مجلس گزارش داد.",
        "کمیسیون انرژی مجلس گزارش وزیر نیرو درباره قیمت برق را بررسی می‌کند.",
    ),
    agency="فارس",
    link="https://www.farsnews.ir/news/13920919000695",
)
TEACHING = Article(
    "fars-4-2000",
    "تدریس زبان فارسی در باکو",
    ("تدریس زبان فارسی به دانشجویان آذربایجان در دانشگاه باکو آغاز شد.",),
    agency="فارس",
)
ASKED = "وزیر نیرو درباره انشعاب برق چه گفت؟"


class _UnsureArchive(RealArchive):
    """An archive in which nothing counts as answered."""

    def open(self) -> LiveRetriever:
        values = RetrievalSettings(found_threshold=1.0)
        return LiveRetriever(self.settings, values, load=self.load, seconds=0.05)


@dataclass
class Played:
    """A case's bot, and what it did."""

    server: ApiServer
    directory: Path
    archive: RealArchive
    queue: Any

    @property
    def texts(self) -> list[str]:
        return [sent.text for sent in self.server.sent]

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.directory / "bot.sqlite")) as connection:
            return connection.execute(query).fetchall()

    def exchanges(self) -> list[dict[str, Any]]:
        rows = self.rows("SELECT value FROM exchanges ORDER BY asked")
        return [json.loads(value) for (value,) in rows]

    def articles(self) -> dict[str, str]:
        found = Snapshot.open_current(self.archive.directory).articles()
        return {one.id: "\n".join((one.title, *one.paragraphs)) for one in found}

    async def deliver(self, update: dict[str, Any]) -> None:
        """Deliver an update and wait until it has been handled."""
        server = self.server
        for kind in ("message", "edited_message", "channel_post", "edited_channel_post"):
            if message := update.get(kind):
                server.meet(message["chat"])
                server.written.add((message["chat"]["id"], message["message_id"]))
        if press := update.get("callback_query"):
            server.callbacks[press["id"]] = Query(asyncio.get_running_loop().time())
        if inline := update.get("inline_query"):
            inline["id"] = f"inline{update['update_id']}"
            server.inlines[inline["id"]] = Query(asyncio.get_running_loop().time())
        await server.deliver_raw(update)
        await server.until_confirmed()
        await server.until(lambda: self.queue() == 0)

    async def until_indexed(self, article_id: str, present: bool = True) -> None:
        await self.server.until(lambda: (article_id in self.articles()) == present)
        await self.server.until(self.archive.has_followed)


@pytest.fixture(scope="module")
def case_archive(tmp_path_factory):
    kept = build_archive(tmp_path_factory.mktemp("cases"), (*ARTICLES, MINISTER, TEACHING))
    kept.end()
    return kept


@asynccontextmanager
async def playing(case: dict[str, Any], archive: RealArchive, path: Path) -> AsyncIterator[Played]:
    """Run a bot with a case's settings."""
    names = {name.removeprefix("KHAZAR_BOT__").lower(): name for name in case["env"]}
    stated = {key: json.loads(case["env"][name]) for key, name in names.items()}
    async with ApiServer() as server:
        settings = BotSettings(
            api_url=server.url,
            monitoring=False,
            channel_delay=0.0,
            directory=path,
            stop_within=1,
            **stated,
        )
        indexer = Indexer(archive.settings, archive.load, archive.find, pause=0.05)
        application = build_application(settings, TOKEN, archive.open, indexer=indexer)
        task = asyncio.create_task(serve(application, settings))
        await server.until(lambda: "getUpdates" in server.calls or task.done())
        health = application.bot_data[MONITORS].health
        try:
            yield Played(server, path, archive, lambda: health.status().queue)
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


def answers(sent: Sent) -> bool:
    return bool(sent.buttons) and "نیرو" in sent.text


def is_silent(played: Played) -> bool:
    return not played.texts


def check_greetings(played: Played) -> None:
    assert len(played.texts) == 6
    assert not any(sent.buttons for sent in played.server.sent)
    assert played.exchanges() == []


def check_quotes(played: Played) -> None:
    assert [one["question"] for one in played.exchanges()] == [ASKED, ASKED]


def check_follow_up(played: Played) -> None:
    assert played.exchanges()[-1]["follows"] == ASKED


def check_same_answer(played: Played) -> None:
    first, *others = played.server.sent
    assert [sent.html for sent in others] == [first.html, first.html]
    assert [one["follows"] for one in played.exchanges()] == [None, None, None]


def check_own_choice(played: Played) -> None:
    assert played.exchanges()[-1]["agencies"] == []
    assert answers(played.server.sent[-1])


def check_help(played: Played) -> None:
    [text] = played.texts
    assert all(word in text for word in ("/stats", "/reload", "/remove", "پست", "فایل"))


def check_links(played: Played) -> None:
    opened, unknown = played.texts
    assert MINISTER.title in opened
    assert MINISTER.paragraphs[0] in opened
    assert unknown.startswith("خبری با این نشانی")


def check_not_found(played: Played) -> None:
    first, second = (query.answer or {} for query in played.server.inlines.values())
    assert first["button"]["text"] == "در بایگانی چیزی پیدا نکردم"
    content = [one["input_message_content"]["message_text"] for one in first["results"]]
    assert content
    assert all("پیدا نشد" in text for text in content)
    assert second["results"] == []


CHECKS: dict[str, Any] = {
    "01": check_greetings,
    "02": lambda played: _check(is_silent(played)),
    "03": lambda played: _check([answers(sent) for sent in played.server.sent] == [True]),
    "04": lambda played: _check([answers(sent) for sent in played.server.sent] == [True]),
    "05": lambda played: _check([answers(sent) for sent in played.server.sent] == [True, True]),
    "07": check_quotes,
    "08": lambda played: _check(len(played.texts) <= 1),
    "09": check_own_choice,
    "10": lambda played: _check(played.rows("SELECT * FROM preferences") == []),
    "12": lambda played: _check(len(played.texts) == 2),
    "14": lambda played: _check(answers(played.server.sent[-1])),
    "15": check_follow_up,
    "16": check_follow_up,
    "18": check_same_answer,
    "19": lambda played: _check(len(played.texts) == 2),
    "20": lambda played: _check("telegram-2000000077-501" not in played.articles()),
    "21": lambda played: _check("https://t.me/c/2000000088/33" in played.server.sent[-1].html),
    "22": lambda played: _check(
        "اینجا بخوانید. (https://example.ir/report/17)"
        in played.articles()["telegram-2000000077-520"]
    ),
    "24": lambda played: _check(
        [text[:11] for text in played.texts] == ["۱ پست آمادهٔ"[:11]] and not played.server.edits
    ),
    "25": lambda played: _check(
        played.texts[0] == "چنین خبری در بایگانی نیست."
        and all("fars-4-1075" in played.texts[number] for number in (1, 2))
        and ("حذف" in played.texts[-1])
    ),
    "26": check_help,
    "27": lambda played: _check("بزرگ‌تر از" in played.texts[0]),
    "28": check_not_found,
    "29": check_links,
    "30": lambda played: _check(1 <= len(played.texts) <= 3),
    "31": lambda played: _check([sent.chat_id for sent in played.server.sent] == [5002]),
}


def _check(fulfilled: bool) -> None:
    assert fulfilled


FILES = sorted(CASES.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
async def test_a_case_goes_as_expected(file, case_archive, tmp_path):
    case, number = json.loads(file.read_text("utf-8")), file.stem[:2]
    archive = _UnsureArchive if number == "28" else RealArchive
    copy = tmp_path / "index"
    shutil.copytree(case_archive.directory, copy)
    own = archive(
        case_archive.settings.model_copy(update={"directory": copy}), case_archive.encoder
    )
    async with playing(case, own, tmp_path / "bot") as played:
        await _play(played, case["updates"], number)
        CHECKS[number](played)


async def _play(played: Played, updates: list[dict[str, Any]], number: str) -> None:
    server = played.server
    if number == "27":
        server.fail("getFile", ApiError(400, "Bad Request: file is too big"))
    if number == "31":
        server.fail("sendMessage", ApiError(429, "Too Many Requests: retry after 35", 35))
        for update in updates:
            server.meet(update["message"]["chat"])
            await server.deliver_raw(update)
            await server.until_failed("sendMessage")
        await server.until_sent(1)
        return
    for place, update in enumerate(updates):
        if number == "25" and place == 3:
            question = {**update["message"], "message_id": 1080, "text": ASKED}
            for field in ("entities", "reply_to_message"):
                question.pop(field)
            await played.deliver({"update_id": update["update_id"] - 1000, "message": question})
        replied = update.get("message", {}).get("reply_to_message", {})
        if isinstance(replied.get("message_id"), str):
            first = number != "25"
            replied["message_id"] = server.sent[0 if first else -1].message_id
        if press := update.get("callback_query"):
            press["message"]["message_id"] = server.sent[0].message_id
            press["data"] = server.sent[0].button("بخش‌های بیشتر")["callback_data"]
        await played.deliver(update)
        if post := update.get("channel_post"):
            bare = -post["chat"]["id"] - 1_000_000_000_000
            await played.until_indexed(f"telegram-{bare}-{post['message_id']}")
        if number == "20" and place == 1:
            await played.until_indexed("telegram-2000000077-501", present=False)
