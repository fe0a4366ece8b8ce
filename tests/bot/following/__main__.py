"""A day of followed subjects, through the tests' Bot API server, as a transcript.

    python -m tests.bot.following shared/corpus/news.jsonl.gz > day.txt

Forty articles of the corpus are there in the morning; others are published during
the day, as a clock shows it that the script moves. Model, index and bot are the real ones.
"""

import asyncio
import gzip
import json
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from bot.following.schedule import due_until
from bot.store.database import FILE
from bot.store.follows import Follow, NoticeState
from index.article import Article
from index.console import echo
from index.indexing.builder import update
from index.readers.formats.jsonl import from_record, to_record
from index.settings import IndexSettings
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
from tests.bot.support.api_people import group
from tests.bot.support.api_server import ApiServer
from tests.bot.support.running import running_bot

_FOLLOW = TypeAdapter(Follow)
TEHRAN = ZoneInfo("Asia/Tehran")
FORUM = {**group(-5, "باشگاه خبر"), "is_forum": True}
TOPIC = {"message_thread_id": 33, "is_topic_message": True}
NAMES = {7: "Sara", 8: "Omid", -5: "باشگاه خبر"}
# What is published, by the time: a word of the title, and how many articles with it.
PLAN = (("07:10", "پرسپولیس", 2), ("09:20", "استقلال", 3), ("12:40", "نفت", 2),
        ("23:30", "پرسپولیس", 2), ("23:40", "نفت", 2))  # fmt: skip


@dataclass
class Day:
    """The clock of the day, and the transcript so far."""

    now: datetime = datetime(2026, 11, 28, 7, 0, tzinfo=TEHRAN)
    printed: int = 0
    edited: int = 0
    published: dict[str, list[Article]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def __call__(self) -> datetime:
        return self.now

    def move(self, clock: str, days: int = 0) -> None:
        hour, minute = map(int, clock.split(":"))
        self.now = self.now.replace(hour=hour, minute=minute) + timedelta(days=days)
        echo(f"\n===== {self.now:%A %H:%M} (Tehran)")

    def is_settled(self) -> bool:
        """Return whether all articles are matched, and nothing that is due waits."""
        with closing(sqlite3.connect(Path("data", "bot", FILE))) as connection:
            known = {one for (one,) in connection.execute("SELECT article_id FROM known_articles")}
            waiting = connection.execute(
                "SELECT follows.value, matched FROM notices JOIN follows USING (token)"
                " WHERE state != ?", (NoticeState.SENT,)
            ).fetchall()  # fmt: skip
        due = [due_until(_FOLLOW.validate_json(value), self.now) for value, _ in waiting]
        times = zip(due, waiting, strict=True)
        return self.ids <= known and not any(
            until and matched <= until.timestamp() for until, (_, matched) in times
        )

    def show(self, server: ApiServer) -> None:
        """Print what the bot has sent and edited since the last time."""
        for one in server.sent[self.printed :]:
            topic = f", topic {one.topic}" if one.topic else ""
            echo(f"\n[bot → {NAMES[one.chat_id]}{topic}]\n{one.text}")
            for row in one.buttons:
                echo("   " + "".join(f"[ {button['text']} ]" for button in row))
        for one in server.edits[self.edited :]:
            echo(f"\n[bot edits, {NAMES[one.chat_id]}]\n{one.text}")
        self.printed, self.edited = len(server.sent), len(server.edits)


async def play(corpus: Path, folder: Path) -> None:
    """Play the day and print it."""
    day = Day()
    settings = IndexSettings(directory=folder / "index")
    articles = list(read(corpus))
    for clock, word, number in PLAN:
        taken = {one.id for some in day.published.values() for one in some}
        free = (one for one in articles if word in one.title and one.id not in taken)
        day.published[clock] = list(islice(free, number))
    later = {one.id for some in day.published.values() for one in some}
    await publish(settings, folder, day, [one for one in articles if one.id not in later][:40])

    async with ApiServer() as server:
        server.administrators[-5] = {8}
        values = RetrievalSettings(reranker="none")

        class Opener:
            open = staticmethod(lambda: LiveRetriever(settings, values, seconds=0.2))

        async with running_bot(server, Opener(), poll_timeout=1, clock=day):
            await say(server, day, "/follow پرسپولیس")
            await press(server, day, "شب‌ها نفرست")
            await say(server, day, "/follow استقلال -پرسپولیس")
            await press(server, day, "کی بفرستم؟")
            await press(server, day, "سر هر ساعت")
            await say(server, day, "/follow نفت", user=8, chat=FORUM, **TOPIC)
            await press(server, day, "کی بفرستم؟", user=8)
            await press(server, day, "هر روز ساعت ۸", user=8)
            await say(server, day, "/following")
            for clock, _, _ in PLAN:
                day.move(clock)
                new = day.published[clock]
                echo("published:" + "".join(f"\n  – {one.title}" for one in new))
                await publish(settings, folder, day, new)
                await settled(server, day)
                if clock == "09:20":
                    day.move("10:00")
                    await settled(server, day)
            day.move("07:00", days=1)
            await settled(server, day)
            day.move("08:00")
            await settled(server, day)


async def say(server: ApiServer, day: Day, text: str, user: int = 7, **fields) -> None:
    echo(f"\n[{NAMES[user]}]  {text}")
    sent = len(server.sent)
    await server.write(text, user=user, **fields)
    await server.until_sent(sent + 1)
    day.show(server)


async def press(server: ApiServer, day: Day, button: str, user: int = 7) -> None:
    echo(f"\n[{NAMES[user]} presses «{button}»]")
    edited = len(server.edits)
    await server.press(server.sent[-1], button, user=user)
    await server.until_edited(edited + 1)
    day.show(server)


async def publish(settings: IndexSettings, folder: Path, day: Day, articles: list[Article]) -> None:
    name = folder / f"{articles[0].id}.jsonl"
    lines = (json.dumps(to_record(one), ensure_ascii=False) for one in articles)
    name.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    day.ids |= {one.id for one in articles}
    await asyncio.to_thread(update, settings, [str(name)])


async def settled(server: ApiServer, day: Day) -> None:
    """Wait until the bot has matched all articles, and sent what is due by the clock."""
    await server.until(day.is_settled, 120)
    day.show(server)


def read(corpus: Path) -> Iterator[Article]:
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        yield from (from_record(json.loads(line)) for line in lines)


if __name__ == "__main__":
    source = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        asyncio.run(play(source, Path(name)))
