"""Questions over a real index: follow-ups, edits, groups, notes, restarts."""

import pytest

from tests.bot.support.api_people import SARA, group
from tests.bot.support.archives import QUESTION
from tests.bot.support.running import running_bot

FOLLOWUP = "و صادرات گندم آن چقدر بود؟"
FOLLOWED = "این پرسش را ادامهٔ پرسش قبلی در نظر گرفتم."
STUDENTS = "بیش از ۳۰۰ دانشجوی ایرانی در دانشگاه‌های آستراخان درس می‌خوانند و این روند ادامه دارد."
WHEAT = "صادرات گندم از بندر آستراخان به ایران به ۶۰ میلیون تن رسید."
MENTION = "@khazar_test_bot"


async def test_what_is_asked_next_follows_up(server, bot):
    await server.write(QUESTION)
    [first] = await server.until_sent(1)
    assert first.parsed.shown("bold")[0] == STUDENTS
    await server.write(FOLLOWUP)
    _, second = await server.until_sent(2)
    assert second.parsed.shown("italic") == [FOLLOWED]
    assert second.parsed.shown("bold")[0] == WHEAT


async def test_a_restart_forgets_no_conversation(server, archive):
    async with running_bot(server, archive):
        await server.write(QUESTION)
        await server.until_sent(1)
    async with running_bot(server, archive):
        await server.write(FOLLOWUP)
        _, second = await server.until_sent(2)
    assert second.parsed.shown("italic") == [FOLLOWED]


async def test_an_old_conversation_is_over(server, archive):
    async with running_bot(server, archive, conversation_hours=1e-9):
        await server.write(QUESTION)
        await server.until_sent(1)
        await server.write(FOLLOWUP)
        _, second = await server.until_sent(2)
    assert second.parsed.shown("italic") == []


async def test_an_edited_question_gets_its_answer_edited(server, bot):
    await server.write(FOLLOWUP)
    [sent] = await server.until_sent(1)
    asked = server.last_written
    await server.edit(asked, "کاپیتان تیم پس از تمرین چه گفت؟")
    [edited] = await server.until_edited(1)
    assert edited.message_id == sent.message_id
    assert edited.parsed.shown("bold")[0].startswith("کاپیتان تیم")
    assert edited.buttons[-1][0]["text"] == "مفید بود"
    # An edit that leaves the text as it was, such as a new link preview.
    await server.edit(asked, "کاپیتان تیم پس از تمرین چه گفت؟")
    await server.write("/privacy")
    await server.until_sent(2)
    assert len(server.edits) == 1


async def test_the_buttons_of_an_answer_that_was_replaced_are_stale(server, bot):
    await server.write(QUESTION)
    [sent] = await server.until_sent(1)
    old = sent.button("چرا")["callback_data"]
    await server.edit(server.last_written, "کاپیتان تیم پس از تمرین چه گفت؟")
    [edited] = await server.until_edited(1)
    answer = await server.callback_answer(await server.call_back(edited, old))
    assert answer["text"].startswith("این دکمه دیگر کار نمی‌کند.")
    assert answer["show_alert"]


async def test_what_follows_an_edited_question_follows_its_new_words(server, bot):
    await server.write("کاپیتان تیم پس از تمرین چه گفت؟")
    await server.until_sent(1)
    await server.edit(server.last_written, QUESTION)
    await server.until_edited(1)
    await server.write(FOLLOWUP)
    _, second = await server.until_sent(2)
    assert second.parsed.shown("italic") == [FOLLOWED]
    assert second.parsed.shown("bold")[0] == WHEAT


async def test_two_questions_at_once_are_answered_in_their_order(server, bot):
    await server.write(QUESTION)
    await server.write(FOLLOWUP)
    first, second = await server.until_sent(2)
    assert first.parsed.shown("italic") == []
    assert second.parsed.shown("italic") == [FOLLOWED]


@pytest.mark.parametrize(
    "text",
    [f"{MENTION} {QUESTION}", f"{QUESTION} {MENTION.upper()}", f"/ask {QUESTION}",
     f"/ask{MENTION} {QUESTION}", f"🌊 {MENTION}، {QUESTION}"],
)  # fmt: skip
async def test_a_group_asks_by_name_or_command(server, bot, text):
    await server.write("چه خبر؟", chat=group())
    await server.write(text, chat=group())
    [sent] = await server.until_sent(1)
    assert (sent.chat_id, sent.reply_to) == (-5, server.last_written)
    assert sent.parsed.shown("bold")[0] == STUDENTS


async def test_a_reply_to_an_answer_goes_on_from_it_whoever_replies(server, bot):
    await server.write(f"{MENTION} {QUESTION}", chat=group())
    [first] = await server.until_sent(1)
    await server.write(f"{MENTION} {FOLLOWUP}", chat=group(), user=8)
    _, alone = await server.until_sent(2)
    assert alone.parsed.shown("italic") == []
    await server.write(FOLLOWUP, chat=group(), reply_to=first, user=8)
    *_, replied = await server.until_sent(3)
    assert replied.parsed.shown("italic") == [FOLLOWED]
    await server.write(f"/ask {FOLLOWUP}", chat=group(), message_thread_id=5)
    *_, elsewhere = await server.until_sent(4)
    assert elsewhere.parsed.shown("italic") == []


async def test_a_mention_in_reply_to_a_question_asks_it(server, bot):
    chat = group()
    other = {"message_id": 9, "date": 1, "chat": chat, "text": QUESTION,
             "from": {"id": 8, "is_bot": False, "first_name": "Ali"}}  # fmt: skip
    await server.write(MENTION, chat=chat, reply_to_message=other)
    [sent] = await server.until_sent(1)
    assert sent.parsed.shown("bold")[0] == STUDENTS
    await server.write("/ask", chat=chat, reply_to_message=other)
    assert (await server.until_sent(2))[1].parsed.shown("bold")[0] == STUDENTS


@pytest.mark.parametrize("text", [MENTION, "/ask"])
async def test_a_call_without_a_question_is_told_how_to_ask(server, bot, text):
    await server.write(text, chat=group())
    [sent] = await server.until_sent(1)
    assert sent.text.startswith("پرسشتان را بعد از دستور بنویسید")


async def test_other_bots_and_commands_are_not_answered_in_a_group(server, bot):
    robot = {"id": 9, "is_bot": True, "first_name": "Bot"}
    await server.write(f"{MENTION} {QUESTION}", chat=group(), **{"from": robot})
    await server.write("/unknown", chat=group())
    await server.write(f"@other_bot {QUESTION}", chat=group())
    await server.write(f"{MENTION} {QUESTION}", chat=group())
    await server.until_confirmed()
    [sent] = await server.until_sent(1)
    assert sent.reply_to == server.last_written


async def test_who_writes_in_a_groups_name_is_answered(server, bot):
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    chat = group()
    await server.write(f"/ask {QUESTION}", chat=chat, sender_chat=chat, **{"from": anonymous})
    [sent] = await server.until_sent(1)
    # The administrator is anonymous, so that everybody there may use the buttons.
    answer = await server.callback_answer(await server.press(sent, "مفید بود", user=8))
    assert answer["text"] == "ممنون، نظرتان ثبت شد."


async def test_the_latest_news_and_that_of_a_subject(server, bot):
    await server.write("/latest")
    [news] = await server.until_sent(1)
    assert news.text.index("تیم ملی فوتبال") < news.text.index("دریای خزر")
    await server.write("/latest موزهٔ فرش شیراز")
    _, museum = await server.until_sent(2)
    assert museum.text.index("موزهٔ فرش شیراز") < 200
    await server.write("/latest", "en")
    *_, english = await server.until_sent(3)
    assert "6 December 2025" in english.text


async def test_limits_that_a_question_sets_are_told(server, bot):
    await server.write("به گزارش ایسنا در آذر ۱۴۰۴ سرمربی تیم ملی چه گفت؟")
    [sent] = await server.until_sent(1)
    assert sent.parsed.shown("italic") == [
        "محدودهٔ جست‌وجو: ۱ آذر ۱۴۰۴ تا ۳۰ آذر ۱۴۰۴؛ \u2068ایسنا\u2069"
    ]
    await server.write("کد خبر ۹۹۹۹۹۹")
    _, unknown = await server.until_sent(2)
    assert unknown.text == "خبری با کد \u2068۹۹۹۹۹۹\u2069 در بایگانی نیست."
    assert unknown.buttons == ()


async def test_who_asks_too_much_is_asked_to_wait_once(server, archive, monkeypatch):
    # The bucket does not fill again during the test, however slow the machine is.
    monkeypatch.setattr("bot.asking.rate_limits._MINUTE", 1e9)
    monkeypatch.setattr("bot.asking.rate_limits._REFUSAL_EVERY", 1e9)
    async with running_bot(server, archive, user_questions_per_minute=2):
        for _ in range(4):
            await server.write(QUESTION)
        await server.write(QUESTION, user=8)
        sent = await server.until_sent(4)
        await server.until_confirmed()
    told = [one.text for one in sent if one.chat_id == SARA and not one.buttons]
    assert told == ["در یک دقیقه پیام‌های زیادی فرستادید. لطفاً کمی بعد دوباره امتحان کنید."]
    assert sum(bool(one.buttons) for one in sent if one.chat_id == SARA) == 2
    assert [bool(one.buttons) for one in sent if one.chat_id == 8] == [True]


async def test_questions_are_logged_only_where_that_is_set(server, archive, caplog):
    caplog.set_level("INFO")
    async with running_bot(server, archive):
        await server.write(QUESTION)
        await server.until_sent(1)
    assert "آستراخان" not in caplog.text
    async with running_bot(server, archive, log_questions=True):
        await server.write(QUESTION)
        await server.until_sent(2)
    assert "آستراخان" in caplog.text


async def test_small_talk_gets_a_word_and_is_no_turn(server, bot):
    await server.write(QUESTION)
    await server.until_sent(1)
    await server.write("مرسی 🙏")
    _, reply = await server.until_sent(2)
    assert reply.parsed.text.startswith("خواهش می‌کنم! مثلاً بپرسید: ")
    assert not reply.buttons
    assert reply.parsed.shown("blockquote") == []
    await server.write(FOLLOWUP)
    *_, third = await server.until_sent(3)
    assert third.parsed.shown("italic") == [FOLLOWED]


async def test_a_question_edited_into_small_talk_loses_its_answer(server, bot):
    await server.write(QUESTION)
    [sent] = await server.until_sent(1)
    await server.edit(server.last_written, "Hello!")
    [edited] = await server.until_edited(1)
    assert edited.message_id == sent.message_id
    assert edited.parsed.text.startswith("Hello and welcome!")
    assert not edited.buttons


async def test_a_single_word_gets_a_list(server, bot):
    await server.write("آستراخان")
    [sent] = await server.until_sent(1)
    assert sent.parsed.text.startswith("خبرها، از تازه‌ترین:")
