"""Posts of channels as articles, and their links."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat

from bot.channels.posts import channel_article, parse_link, post_id
from index.article import Article
from index.readers import open_sources
from index.settings import IndexSettings

POST = "بندر انزلی گسترش می‌یابد\nفرماندار انزلی از ساخت سه اسکلهٔ تازه در بندر خبر داد."


def exported(folder, text: str) -> list[Article]:
    """Return the articles of an export of the channel with one forwarded post."""
    message = {
        "id": 5, "type": "message", "date": "2025-11-19T00:30:00", "text": text,
        "forwarded_from": "ایسنا",
    }  # fmt: skip
    export = {"name": "کانال خبر", "id": 1234567890, "messages": [message]}
    path = folder / "result.json"
    path.write_text(json.dumps(export), encoding="utf-8")
    source = {"path": str(path), "format": "telegram", "channel": "khazar_news"}
    [opened] = open_sources(IndexSettings(sources=[source]))
    return list(opened.read())


def test_a_post_is_the_article_that_an_export_of_its_channel_makes_it(tmp_path):
    chat = Chat(-1001234567890, "channel", title="کانال خبر", username="khazar_news")
    posted = dt.datetime(2025, 11, 18, 21, 0, tzinfo=dt.UTC)
    article = channel_article(f"🔴 {POST}\n#بندر_انزلی\n@khazar_news", chat, 5, posted, "ایسنا")
    assert (article.id, article.code) == ("telegram-1234567890-5", None)
    assert article.title == "بندر انزلی گسترش می‌یابد"
    assert article.paragraphs == (POST.splitlines()[1],)
    # It is past midnight in Tehran.
    assert (article.date, article.time) == (dt.date(2025, 11, 19), dt.time(0, 30))
    assert article.link == "https://t.me/khazar_news/5"
    assert (article.kicker, article.tags) == ("بازنشر از ایسنا", ("بندر انزلی",))
    assert channel_article("@khazar_news", chat, 5, posted) is None
    assert exported(tmp_path, f"🔴 {POST}\n#بندر_انزلی\n@khazar_news") == [article]


@pytest.mark.parametrize(
    ("text", "link"),
    [("https://t.me/khazar_news/12", ("khazar_news", 12)), ("t.me/c/1234/5?single", (1234, 5)),
     (" telegram.me/Abcd/1/ ", ("Abcd", 1)), ("https://t.me/khazar_news", None),
     ("https://evil.ir/t.me/a/1", None), ("isna-84", None), ("", None)],
)  # fmt: skip
def test_links_of_posts(text, link):
    assert parse_link(text) == link


@given(st.text(max_size=60), st.integers(-(10**13), -1), st.integers(1, 2**31))
def test_any_text_is_a_post_or_none(text, chat_id, number):
    chat = Chat(chat_id, "channel", title="ک")
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    article = channel_article(text, chat, number, moment)
    assert article is None or article.id == post_id(chat_id, number)
