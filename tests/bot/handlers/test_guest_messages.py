"""Guest mode: the bot is called in chats that it is not in."""

from tests.bot.support.api_people import group, private_chat
from tests.bot.support.archives import QUESTION
from tests.bot.support.fakes import FakeRetriever, answer
from tests.bot.support.running import running_bot

MENTION = "@khazar_test_bot"


async def test_a_guest_answers_with_one_message_and_its_source(server, bot):
    asked = await server.call_guest(f"{MENTION} {QUESTION}", group(-99))
    result = await server.guest_answer(asked)
    html = result["input_message_content"]["message_text"]
    assert "<b>بیش از ۳۰۰ دانشجوی ایرانی" in html
    assert "خبرگزاری کار ایران" in html
    [[button]] = result["reply_markup"]["inline_keyboard"]
    assert button["url"].startswith("https://t.me/khazar_test_bot?start=a-")
    assert server.sent == []


async def test_a_guest_is_asked_about_what_is_replied_to(server, bot):
    asked = await server.call_guest(f"{MENTION} این درست است؟", private_chat(5), reply_to=QUESTION)
    result = await server.guest_answer(asked)
    assert "۳۰۰ دانشجوی ایرانی" in result["input_message_content"]["message_text"]


async def test_a_guest_says_that_it_found_nothing_and_greets(server):
    question = "قیمت بلیت مریخ؟"
    fake = FakeRetriever({question: answer(question, "fa", False)})
    async with running_bot(server, fake):
        asked = await server.call_guest(f"{question} {MENTION}", group(-99))
        result = await server.guest_answer(asked)
        assert (
            "پاسخ این پرسش در بایگانی پیدا نشد" in (result["input_message_content"]["message_text"])
        )
        greeted = await server.guest_answer(await server.call_guest(MENTION, group(-99)))
        assert greeted["input_message_content"]["message_text"].startswith("سلام! من خزر")


async def test_a_late_guest_answer_and_a_flood_stop_nothing(server, archive):
    async with running_bot(server, archive, user_questions_per_minute=1):
        server.query_seconds = -1.0
        await server.call_guest(f"{MENTION} {QUESTION}", group(-99), user=8)
        await server.until(lambda: "answerGuestQuery" in server.calls)
        server.query_seconds = 60.0
        refused = await server.call_guest(f"{MENTION} {QUESTION}", group(-99), user=8)
        other = await server.call_guest(f"{MENTION} {QUESTION}", group(-99), user=9)
        await server.guest_answer(other)
        assert server.guests[refused].answer is None
