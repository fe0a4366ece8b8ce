"""Exports of Telegram's channels: which posts are articles, and what is wrong with others."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from tests.index.support.reading import DAY, SAMPLES, read, write

TELEGRAM = [
    Article(
        id="telegram-1234567890-17",
        title="صید کیلکا ۱۲ درصد رشد کرد",
        paragraphs=(
            "مدیرکل شیلات گیلان گفت: «بیش از هفت هزار تن کیلکا "
            "(https://example.ir/kilka) صید شده است.»",
            "این روند ادامه می‌یابد.",
        ),
        agency="خبر خزر",
        date=DAY,
        time=dt.time(10, 30),
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
        time=dt.time(12, 0),
    ),
    Article(
        id="telegram-1234567890-20",
        title="آلبوم بندر انزلی",
        paragraphs=("اسکله تازه", "کشتی‌های پهلوگرفته"),
        agency="خبر خزر",
        date=dt.date(2025, 11, 19),
        time=dt.time(9, 0),
    ),
    Article(
        id="telegram-1234567890-24",
        title="متن پس از ویرایش",
        paragraphs=("متن پس از ویرایش",),
        agency="خبر خزر",
        date=dt.date(2025, 11, 19),
        time=dt.time(12, 0),
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


def chat(number: int, kind: str = "public_channel", **more: object) -> dict[str, object]:
    """Return a chat of one post, whose facts come last unless they are in `more`."""
    message = {"id": 1, "type": "message", "date": "2025-11-18T09:00:00", "text": f"خبر {number}"}
    return {**more, "messages": [message], "name": f"chat {number}", "type": kind, "id": number}


def ids(found: list[Article | str]) -> list[str]:
    return [item.id if isinstance(item, Article) else item for item in found]


@pytest.mark.parametrize(
    ("written", "day", "time"),
    [
        ({"date": "2025-11-18T10:30:45"}, DAY, dt.time(10, 30)),
        # 19 November, 01:30 in Tehran.
        ({"date": "2025-11-18T22:00:00Z"}, dt.date(2025, 11, 19), dt.time(1, 30)),
        ({"date_unixtime": "1763503200"}, dt.date(2025, 11, 19), dt.time(1, 30)),
        ({"date_unixtime": "1763503200000"}, dt.date(2025, 11, 19), None),
        ({"date_unixtime": "20251118"}, DAY, None),
        ({}, None, None),
    ],
)
def test_the_time_of_a_post_belongs_to_its_day(
    tmp_path: Path, written: dict[str, str], day: dt.date | None, time: dt.time | None
) -> None:
    export = {"id": 5, "messages": [{"id": 1, "type": "message", "text": "خبر", **written}]}
    [article] = read(write(tmp_path, "result.json", json.dumps(export)))
    assert isinstance(article, Article)
    assert (article.date, article.time) == (day, time)


def test_the_members_of_an_account_s_export_have_any_order(tmp_path: Path) -> None:
    contacts = {"list": [{"first_name": "نام", "date": "2020-01-01T00:00:00"}] * 2000}
    export = {
        "left_chats": {"list": [chat(1, id=1, type="public_channel"), chat(2)]},
        "contacts": contacts,
        "chats": {"list": [chat(3), 7, chat(4, "private_supergroup")], "about": ""},
    }
    expected = [f"telegram-{number}-1" for number in (1, 2, 3, 4)]
    path = write(tmp_path, "result.json", json.dumps(export))
    assert ids(read(path)) == ids(read(path, format="telegram")) == expected
    (article,) = read(write(tmp_path, "one.json", json.dumps(chat(5))))
    assert isinstance(article, Article)
    assert (article.id, article.agency, article.date) == ("telegram-5-1", "chat 5", DAY)


def test_an_export_that_ends_before_its_facts(tmp_path: Path) -> None:
    whole = json.dumps({"chats": {"list": [chat(1), chat(2)]}}, ensure_ascii=False)
    assert ids(read(write(tmp_path, "x.json", whole[: whole.index("chat 2")]))) == [
        "telegram-1-1",
        "telegram-x-1",
        "x.json:1: the file ends inside a value",
    ]


def test_private_chats_are_read_only_when_asked_for(tmp_path: Path) -> None:
    kinds = ("personal_chat", "saved_messages", "bot_chat", "private_group", "private_channel")
    chats = [chat(number, kind) for number, kind in enumerate(kinds, start=1)]
    line = "{}: private chats left out: {}; to read them, set private_chats = true for this source"
    path = write(tmp_path, "all.json", json.dumps({"chats": {"list": chats}}))
    assert ids(read(path)) == ["telegram-4-1", "telegram-5-1", line.format("all.json", 3)]
    assert len(read(path, private_chats=True)) == 5
    path = write(tmp_path, "one.json", json.dumps(chats[0]))
    assert read(path) == [line.format("one.json", 1)]
    assert ids(read(path, private_chats=True)) == ["telegram-1-1"]


def test_members_of_a_private_channel_open_its_posts_by_its_id(tmp_path: Path) -> None:
    chats = [chat(1, "private_channel"), chat(2, "private_supergroup"), chat(3, "private_group")]
    found = read(write(tmp_path, "all.json", json.dumps({"chats": {"list": chats}})))
    links = [one.link for one in found if isinstance(one, Article)]
    assert links == ["https://t.me/c/1/1", "https://t.me/c/2/1", None]


def test_a_poll_is_its_question_and_its_answers(tmp_path: Path) -> None:
    poll = {"question": "اسکله کی باز می‌شود؟", "answers": [{"text": "بهار"}, {"text": "پاییز"}, 3]}
    messages = [
        {"id": 1, "type": "message", "text": "", "poll": poll},
        {"id": 2, "type": "message", "text": "نظر شما", "poll": {"question": ["چرا؟"]}},
        {"id": 3, "type": "message", "text": "متن", "poll": {}},
    ]
    found = read(write(tmp_path, "x.json", json.dumps({"id": 5, "messages": messages})))
    assert [(one.title, one.paragraphs) for one in found if isinstance(one, Article)] == [
        ("اسکله کی باز می‌شود؟", ("بهار", "پاییز")),
        ("نظر شما", ("چرا؟",)),
        ("متن", ("متن",)),
    ]


def test_hidden_links_are_shown(tmp_path: Path) -> None:
    def link(text: str, address: str) -> dict[str, str]:
        return {"type": "text_link", "text": text, "href": address}

    text = [
        "سرمایهٔ ",
        link("اسکله ", "https://example.ir/3"),
        "است.\n",
        link("عضو شوید", "https://t.me/x"),
        " ",
        link("example.ir/4", "example.ir/4"),
    ]
    messages = [{"id": 1, "type": "message", "text": text}]
    (article,) = read(write(tmp_path, "x.json", json.dumps({"id": 5, "messages": messages})))
    assert isinstance(article, Article)
    assert article.title == "سرمایهٔ اسکله (https://example.ir/3) است."
    assert article.paragraphs == ("عضو شوید example.ir/4",)


def test_an_album_of_an_older_export_has_no_unix_time(tmp_path: Path) -> None:
    messages = [
        {"id": n, "type": "message", "date": "2019-11-18T09:00:00", "photo": "p.jpg", "text": text}
        for n, text in enumerate(("", "شرح عکس", ""), start=7)
    ]
    found = read(write(tmp_path, "x.json", json.dumps({"id": 5, "messages": messages})))
    assert ids(found) == ["telegram-5-7"]


def test_an_export_as_html() -> None:
    found = read(SAMPLES / "telegram.html")
    assert found == [
        Article(
            "telegram-خبر خزر-17",
            "صید کیلکا رشد کرد",
            ("مدیر شیلات گفت صید (https://example.ir/kilka) دو برابر شد.",),
            agency="خبر خزر",
            date=DAY,
            time=dt.time(9, 0),
            tags=("شیلات",),
        ),
        Article(
            "telegram-خبر خزر-18",
            "Sea level falls again.",
            ("Sea level falls again.",),
            kicker="بازنشر از Caspian Monitor",
            agency="خبر خزر",
            date=DAY,
            time=dt.time(10, 0),
        ),
        Article(
            "telegram-خبر خزر-19",
            "آلبوم بندر انزلی",
            ("اسکله تازه",),
            agency="خبر خزر",
            date=DAY,
            time=dt.time(11, 0),
        ),
        Article(
            "telegram-خبر خزر-21",
            "اسکله کی باز می‌شود؟",
            ("بهار", "پاییز"),
            agency="خبر خزر",
            date=DAY,
            time=dt.time(12, 0),
        ),
    ]
    (first, *_) = read(SAMPLES / "telegram.html", channel="khazar_news")
    assert isinstance(first, Article)
    assert (first.id, first.link) == ("telegram-khazar_news-17", "https://t.me/khazar_news/17")


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
