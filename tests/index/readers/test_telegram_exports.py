"""Exports of Telegram's channels: which posts are articles, and what is wrong with others."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

from index.article import Article
from tests.index.support.reading import DAY, SAMPLES, read, write

TELEGRAM = [
    Article(
        id="telegram-1234567890-17",
        title="صید کیلکا ۱۲ درصد رشد کرد",
        paragraphs=(
            "مدیرکل شیلات گیلان گفت: «بیش از هفت هزار تن کیلکا صید شده است.»",
            "این روند ادامه می‌یابد.",
        ),
        agency="خبر خزر",
        date=DAY,
        tags=("شیلات", "دریای خزر"),
    ),
    Article(
        id="telegram-1234567890-18",
        title="Sea level falls again.",
        paragraphs=(
            "Sea level falls again. The Caspian has lost 30 cm this year, the monitor says.",
        ),
        kicker="بازنشر از Caspian Monitor",
        agency="خبر خزر",
        date=DAY,
    ),
    Article(
        id="telegram-1234567890-20",
        title="آلبوم بندر انزلی",
        paragraphs=("اسکله تازه", "کشتی‌های پهلوگرفته"),
        agency="خبر خزر",
        date=dt.date(2025, 11, 19),
    ),
    Article(
        id="telegram-1234567890-24",
        title="متن پس از ویرایش",
        paragraphs=("متن پس از ویرایش",),
        agency="خبر خزر",
        date=dt.date(2025, 11, 19),
    ),
]


def test_a_telegram_export() -> None:
    assert read(SAMPLES / "telegram.json") == TELEGRAM


def test_posts_of_a_public_channel_have_addresses() -> None:
    found = read(SAMPLES / "telegram.json", channel="khazar_news", agency="خزر")
    assert found == [
        replace(a, agency="خزر", link=f"https://t.me/khazar_news/{a.id.rpartition('-')[2]}")
        for a in TELEGRAM
    ]


def test_an_export_of_all_chats(tmp_path: Path) -> None:
    chat = json.loads((SAMPLES / "telegram.json").read_text(encoding="utf-8"))
    export = {"about": "...", "chats": {"about": "...", "list": [chat, {"messages": []}]}}
    assert read(write(tmp_path, "result.json", json.dumps(export))) == TELEGRAM


def test_messages_that_are_none(tmp_path: Path) -> None:
    messages = [
        {"id": 1, "type": "message", "text": "یک", "date": "the other day"},
        {"id": "x", "type": "message", "text": "دو"},
        7,
        {"id": 4, "type": "message", "text": [{"type": "bold"}, 3, None, "چهار\ud800"]},
    ]
    content = json.dumps({"name": "n", "messages": messages}).replace('{"id', '\n{"id')
    first, second, third, article = read(write(tmp_path, "result.json", content))
    assert str(first).startswith("result.json:2: not a message: date: must be a date and time")
    assert str(second).startswith("result.json:3: not a message: id: must be a whole number")
    assert str(third).startswith("result.json:3: not a message: must be a table of keys")
    assert article == Article("telegram-result-4", "چهار\ufffd", ("چهار\ufffd",), agency="n")


def test_lines_of_tags_and_addresses_are_no_text(tmp_path: Path) -> None:
    text = "#فوری\nخبر از @khazar_news\nمتن #خزر\n🆔 @khazar_news | https://t.me/khazar_news"
    content = json.dumps({"id": 5, "messages": [{"id": 1, "type": "message", "text": text}]})
    assert read(write(tmp_path, "result.json", content)) == [
        Article("telegram-5-1", "خبر از @khazar_news", ("متن #خزر",), tags=("فوری", "خزر"))
    ]


def test_a_long_first_line_is_cut_to_a_title_and_kept(tmp_path: Path) -> None:
    text = "خبر " * 100
    content = json.dumps({"id": 5, "messages": [{"id": 1, "type": "message", "text": text}]})
    (article,) = read(write(tmp_path, "result.json", content))
    assert isinstance(article, Article)
    assert len(article.title) <= 161
    assert article.title.endswith("خبر…")
    assert article.paragraphs == (text.strip(),)
