"""Commands over a real index: deep links, preferences, privacy, deletion."""

import json
import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.database import FILE
from bot.store.links import link_token
from bot.store.preferences import NO_PREFERENCES, Preferences
from bot.views.preference_keyboards import PATTERN, choose
from tests.bot.support.api_people import group
from tests.bot.support.archives import FOOTBALL, ILNA, ISNA, QUESTION
from tests.bot.support.running import running_bot


def rows(directory, table: str) -> int:
    with closing(sqlite3.connect(directory / "data" / "bot" / FILE)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


async def test_the_menus_are_set_in_both_languages(server, archive):
    async with running_bot(server, archive, operators=[7]):
        await server.until(lambda: server.calls.count("setMyCommands") == 9)
        assert server.descriptions["fa"].startswith("از بایگانی خبرهای فارسی")
        assert server.descriptions["tg"] == server.descriptions["fa"]
        assert server.short_descriptions[""].startswith("Answers from an archive")
    calls = len([name for name in server.calls if name.startswith("setMy")])
    # What has not changed is not sent again.
    async with running_bot(server, archive, operators=[7]):
        await server.until(lambda: server.calls.count("getMyCommands") == 18)
        await server.write(QUESTION)
        await server.until_sent(1)
    assert len([name for name in server.calls if name.startswith("setMy")]) == calls
    assert server.commands['{"type": "all_private_chats"}', "tg"]
    persian = server.commands['{"type": "all_private_chats"}', "fa"]
    assert persian[0] == {"command": "ask", "description": "پرسیدن از بایگانی"}
    english = server.commands['{"type": "all_private_chats"}', ""]
    assert [one["command"] for one in english] == [one["command"] for one in persian]
    [own] = [
        menu for (scope, language), menu in server.commands.items()
        if "chat_id" in scope and language == "fa"
    ]  # fmt: skip
    assert [one["command"] for one in own][-3:] == ["stats", "reload", "remove"]


async def test_without_menus_the_bot_answers_all_the_same(server, archive, caplog):
    from tests.bot.support.api_parameters import ApiError

    server.fail("setMyCommands", ApiError(400, "Bad Request: nothing of it"))
    async with running_bot(server, archive):
        await server.write(QUESTION)
        await server.until_sent(1)
        await server.until_failed("setMyCommands")
    assert "menus and descriptions could not be set: Nothing of it" in caplog.text


@pytest.mark.parametrize(
    ("payload", "start"),
    [("help", "پرسشتان را به فارسی"), ("privacy", "چیزهایی که ذخیره می‌کنم:"),
     ("settings", "تنظیمات شما."), ("language", "زبان ربات را"),
     ("source", "از این به بعد در همهٔ"), ("a-AAAAAAAAAAAAAAAA", "این خبر دیگر در بایگانی"),
     ("' OR 1=1", "سلام! من خزر هستم"), ("", "سلام! من خزر هستم")],
)  # fmt: skip
async def test_deep_links(server, bot, payload, start):
    await server.write(f"/start {payload}".strip())
    [sent] = await server.until_sent(1)
    assert sent.text.startswith(start)


@pytest.mark.parametrize("question", ["قالی‌های کهن موزهٔ فرش", QUESTION])
async def test_a_link_asks_the_question_that_it_carries(server, bot, question):
    await server.write(f"/link {question}", user=8)
    [made] = await server.until_sent(1)
    link = re.search(r"https://t\.me/khazar_test_bot\?start=([A-Za-z0-9_-]{1,64})", made.text)
    await server.write(f"/start {link[1]}")
    _, asked = await server.until_sent(2)
    await server.write(question, user=9)
    *_, typed = await server.until_sent(3)
    assert asked.html == typed.html
    assert asked.button("مفید بود")


async def test_a_forgotten_question_is_in_no_link(server, bot):
    await server.write(f"/link {QUESTION}")
    await server.until_sent(1)
    await server.write("/forget")
    made, _ = await server.until_sent(2)
    await server.write(f"/start {made.text.partition('=')[2].rstrip(chr(0x2069))}")
    *_, started = await server.until_sent(3)
    assert started.text.startswith("سلام! من خزر هستم")


async def test_help_names_inline_mode_and_privacy_the_real_numbers(server, archive):
    async with running_bot(server, archive, conversation_hours=5, keep_days=9):
        await server.write("/help", "en")
        await server.write("/privacy", "en")
        helped, privacy = await server.until_sent(2)
    assert "write \u2068@khazar_test_bot\u2069 and your question" in helped.text
    assert "after 5 hours" in privacy.text
    assert "after 9 days" in privacy.text


async def test_settings_change_the_answers(server, bot):
    await server.write("/settings")
    [panel] = await server.until_sent(1)
    marked = [b["text"] for row in panel.buttons for b in row if "✓" in b["text"]]
    assert marked == ["✓ ۳ بخش", "✓ زبان: خودکار", "✓ ارقام: خودکار", "✓ تاریخ: خودکار"]
    for count, label in enumerate(("۱ بخش", "\u2068English\u2069", "۱۲۳", "Jalali"), start=1):
        await server.press(panel, label)
        await server.until_edited(count)
    changed = server.edits[-1]
    assert changed.text == "Your settings. ✓ marks your choices."
    marked = [b["text"] for row in changed.buttons for b in row if "✓" in b["text"]]
    assert marked == ["✓ 1 passage", "✓ English", "✓ ۱۲۳", "✓ Jalali"]
    await server.write(QUESTION)
    _, sent = await server.until_sent(2)
    assert "Title: " in sent.text
    assert "۲۷ Aban ۱۴۰۴, news code \u2068۱۷۱۵۷۷۶\u2069" in sent.text
    assert len(sent.parsed.shown("blockquote")) == 1


async def test_choices_outlast_a_restart(server, archive):
    async with running_bot(server, archive):
        await server.write("/language")
        [panel] = await server.until_sent(1)
        await server.press(panel, "English")
        [edited] = await server.until_edited(1)
        assert edited.text == "Choose the bot's language:"
    async with running_bot(server, archive):
        await server.write("/privacy")
        _, privacy = await server.until_sent(2)
    assert privacy.text.startswith("What I store:")


async def test_panels_are_for_private_chats(server, bot):
    await server.write("/settings", chat=group())
    [sent] = await server.until_sent(1)
    assert sent.text == "لطفاً تنظیمات را در گفت‌وگوی خصوصی با من باز کنید."
    assert sent.buttons[0][0]["url"] == "https://t.me/khazar_test_bot?start=settings"


async def test_an_agency_is_chosen_by_name_or_button(server, bot):
    await server.write("/source ISNA")
    [chosen] = await server.until_sent(1)
    assert chosen.text == "از این به بعد فقط در \u2068ایسنا\u2069 جست‌وجو می‌کنم."
    await server.write(QUESTION)
    _, sent = await server.until_sent(2)
    assert sent.parsed.shown("italic") == ["محدودهٔ جست‌وجو: \u2068ایسنا\u2069"]
    assert ILNA not in sent.text
    await server.write("/source")
    *_, panel = await server.until_sent(3)
    labels = [row[0]["text"] for row in panel.buttons]
    assert labels == ["✓ \u2068ایسنا\u2069 (۲)", f"\u2068{ILNA}\u2069 (۱)", "همهٔ خبرگزاری‌ها"]
    await server.press(panel, "همهٔ خبرگزاری‌ها")
    [edited] = await server.until_edited(1)
    assert edited.text.startswith("از این به بعد در همهٔ خبرگزاری‌ها جست‌وجو می‌کنم.")
    await server.write("/source CNN")
    *_, unknown = await server.until_sent(4)
    assert unknown.text == "در بایگانی خبری از «\u2068CNN\u2069» نیست."


async def test_forget_deletes_all_that_is_stored_of_one_person(server, archive, tmp_path):
    async with running_bot(server, archive):
        for user in (7, 8):
            await server.write(QUESTION, user=user)
        sent = await server.until_sent(2)
        for one in sent:
            await server.callback_answer(await server.press(one, "مفید بود", user=one.chat_id))
        await server.write(f"/ask {QUESTION}", chat=group())
        await server.write("/source ایسنا")
        await server.until_sent(4)
        await server.write("/forget")
        *_, forgotten = await server.until_sent(5)
        assert forgotten.text.startswith("همهٔ اطلاعاتی که از شما ذخیره کرده بودم پاک شد")
        stored = {
            table: rows(tmp_path, table)
            for table in ("preferences", "conversations", "exchanges", "feedback")
        }
        # The two were handled at the same time: either may be answered first.
        own = next(one for one in sent if one.chat_id == 7)
        answer = await server.callback_answer(await server.press(own, "چرا"))
        assert answer["text"].startswith("این دکمه دیگر کار نمی‌کند.")
        await server.write("و صادرات گندم آن چقدر بود؟")
        *_, alone = await server.until_sent(6)
        assert alone.parsed.shown("italic") == []
    assert stored == {"preferences": 0, "conversations": 1, "exchanges": 1, "feedback": 1}
    assert QUESTION.encode() not in b"".join(
        path.read_bytes() for path in (tmp_path / "data" / "bot").glob("inbox*")
    )


def bytes_of_files(tmp_path) -> bytes:
    return b"".join(path.read_bytes() for path in (tmp_path / "data" / "bot").iterdir())


def spellings(text: str) -> list[bytes]:
    """Return the bytes of a text, plain and as JSON escapes."""
    return [text.encode(), json.dumps(text)[1:-1].encode()]


async def test_forgotten_words_are_in_no_file_while_the_bot_still_runs(server, archive, tmp_path):
    words = "صادرات گندم زنگبار"
    async with running_bot(server, archive):
        await server.write(words)
        await server.until_sent(1)
        await server.until(lambda: any(one in bytes_of_files(tmp_path) for one in spellings(words)))
        await server.write("/forget")
        await server.until_sent(2)
        left = [one for one in spellings(words) if one in bytes_of_files(tmp_path)]
    assert left == []


@given(st.text(max_size=30), st.text(max_size=30))
def test_forged_choices_change_nothing(field, value):
    match = PATTERN.fullmatch(f"c:{field}:{value}")
    if match:
        chosen = choose(NO_PREFERENCES, match["field"], match["value"], [ISNA])
        assert chosen is None or isinstance(chosen, Preferences)


@pytest.mark.parametrize(
    ("field", "value", "chosen"),
    [("passages", "5", Preferences(passages=5)), ("passages", "11", None), ("passages", "0", None),
     ("passages", "x", None), ("language", "en", Preferences(language="en")),
     ("language", "de", None), ("language", "auto", NO_PREFERENCES),
     ("agency", link_token(ISNA), Preferences(agencies=(ISNA,))),
     ("agency", link_token("CNN"), None), ("agency", "auto", NO_PREFERENCES)],
)  # fmt: skip
def test_choices(field, value, chosen):
    assert choose(NO_PREFERENCES, field, value, [ILNA, ISNA]) == chosen


async def test_an_article_opens_by_its_link_and_turns_its_pages(server, bot):
    query = await server.ask_inline("گزارش موزهٔ فرش شیراز")
    answer = await server.inline_answer(query)
    link = answer["results"][0]["reply_markup"]["inline_keyboard"][0][0]["url"]
    assert link.startswith("https://t.me/khazar_test_bot?start=a-")
    await server.write(f"/start {link.partition('=')[2]}")
    [page] = await server.until_sent(1)
    assert page.text.endswith("صفحهٔ ۱ از ۳")
    assert page.parsed.shown("bold") == ["موزهٔ فرش شیراز بازگشایی شد"]
    await server.press(page, "بعدی")
    [second] = await server.until_edited(1)
    assert second.text.endswith("صفحهٔ ۲ از ۳")
    assert FOOTBALL.title not in second.text


async def test_a_person_gets_their_own_data_and_nobody_elses(server, bot):
    for user in (7, 8):
        await server.write(QUESTION, user=user)
    await server.until_sent(2)
    await server.write("/source ایسنا")
    await server.until_sent(3)
    await server.write("/export")
    await server.until(lambda: server.documents)
    [((chat, _), (name, content))] = server.documents.items()
    assert (chat, name) == (7, "khazar.json")
    data = json.loads(content)
    assert [one["value"]["question"] for one in data["exchanges"]] == [QUESTION]
    assert data["preferences"][0]["value"]["agencies"] == [ISNA]
    assert {row["user_id"] for rows in data.values() for row in rows} == {7}
    await server.write("/export", chat=group())
    *_, told = await server.until_sent(4)
    assert told.text.startswith("اطلاعاتتان را فقط در گفت‌وگوی خصوصی می‌فرستم")
    assert len(server.documents) == 1


@pytest.mark.parametrize("code", ["prs", "tg", "fa-AF", "fa"])
async def test_dari_and_tajik_apps_get_persian(server, bot, code):
    await server.write("/start", code)
    [sent] = await server.until_sent(1)
    assert sent.text.startswith("سلام! من خزر هستم")
