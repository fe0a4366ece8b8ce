"""What tests of followed subjects share: new articles, a clock, the bot's file."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from bot.store.database import FILE
from index.article import Article
from index.indexing.builder import update
from index.readers.formats.jsonl import to_record
from tests.bot.support.archives import ILNA, ISNA

OIL = Article(
    "n-1",
    "قیمت نفت در بازار جهانی بالا رفت",
    ("هر بشکه نفت برنت در معاملات امروز به ۸۰ دلار رسید و تحلیلگران از رشد تقاضا گفتند.",),
    agency=ISNA,
    date=date(2026, 11, 28),
    link="https://www.isna.ir/news/1",
)  # fmt: skip
CLUB = Article(
    "n-2",
    "تیم نفت آبادان برنده شد",
    ("تیم فوتبال نفت آبادان در بازی خانگی حریف خود را با دو گل شکست داد و به صدر جدول رسید.",),
    agency=ISNA,
    date=date(2026, 11, 28),
)
CARPET = Article(
    "n-3",
    "نمایشگاه فرش دستباف گشایش یافت",
    ("نمایشگاه فرش دستباف با حضور صدها تولیدکننده در محل دائمی نمایشگاه‌ها آغاز به کار کرد.",),
    agency=ILNA,
    date=date(2026, 11, 28),
)
MORNING = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)  # 09:30 in Tehran
# In the test's own folder.
DATABASE = Path("data", "bot", FILE)


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now


async def publish(archive, *articles: Article) -> None:
    """Add articles to the archive, and publish it."""
    name = archive.directory.parent / f"{articles[0].id}.jsonl"
    lines = (json.dumps(to_record(one), ensure_ascii=False) for one in articles)
    name.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    sources = [str(name)]
    await asyncio.to_thread(update, archive.settings, sources, load=archive.load, find=archive.find)


def rows(query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query of the bot's file."""
    with closing(sqlite3.connect(DATABASE)) as connection:
        return connection.execute(query).fetchall()
