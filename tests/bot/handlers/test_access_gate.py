"""Access: allow-list, block-list, operators; and the limits on questions."""

from bot.asking.rate_limits import Decision, RateLimiter
from tests.bot.support.api_people import group
from tests.bot.support.archives import QUESTION
from tests.bot.support.running import running_bot


async def test_only_those_allowed_are_answered_and_others_are_told_once(
    server, archive, monkeypatch
):
    monkeypatch.setattr("bot.asking.rate_limits._MINUTE", 1e9)
    async with running_bot(server, archive, allowed=[7, -5]):
        for _ in range(3):
            await server.write(QUESTION, user=8)
        await server.until_sent(1)
        await server.write(QUESTION, user=8, chat=group(-6))
        await server.write(f"/ask {QUESTION}", user=8, chat=group(-5))
        await server.write(QUESTION)
        sent = await server.until_sent(3)
        await server.until_confirmed()
        inline = await server.inline_answer(await server.ask_inline(QUESTION, user=8))
    assert sent[0].text.startswith("ببخشید، این ربات فقط به کاربران مجاز پاسخ می‌دهد")
    assert sorted(one.chat_id for one in sent) == [-5, 7, 8]
    assert inline["results"] == []


async def test_the_blocked_get_nothing_and_operators_always_an_answer(server, archive):
    async with running_bot(server, archive, blocked=[7, 8], operators=[7]):
        await server.write(QUESTION, user=8)
        await server.write(QUESTION)
        await server.until_sent(1)
        await server.until_confirmed()
    assert [one.chat_id for one in server.sent] == [7]


async def test_limits_on_questions_and_inline_queries_are_read_anew(server, archive, monkeypatch):
    monkeypatch.setattr("bot.asking.rate_limits._MINUTE", 1e9)
    fewer = {"user_questions_per_minute": 1}
    async with running_bot(server, archive, reloaded=fewer, operators=[7]):
        await server.write("/reload")
        await server.until_sent(1)
        await server.write(QUESTION)
        await server.until_sent(2)
        await server.write(QUESTION)
        *_, refused = await server.until_sent(3)
        inline = [
            await server.inline_answer(await server.ask_inline(f"{QUESTION} {number}"))
            for number in range(5)
        ]
    assert refused.text.startswith("در یک دقیقه پیام‌های زیادی فرستادید.")
    assert [bool(one["results"]) for one in inline] == [True] * 4 + [False]


def test_questions_fill_up_again_with_time():
    now = 0.0
    limits = RateLimiter(2, 3, lambda: now)
    assert [limits.take(7) for _ in range(4)] == [
        Decision.TAKEN, Decision.TAKEN, Decision.REFUSED, Decision.REFUSED_SILENTLY
    ]  # fmt: skip
    assert limits.take(8) is Decision.TAKEN
    # All users together have asked three.
    assert limits.take(9) is Decision.REFUSED
    now = 31.0
    assert limits.take(7) is Decision.TAKEN
    assert limits.take(7) is Decision.REFUSED
    now = 3600.0
    assert [limits.take(7) for _ in range(3)] == [
        Decision.TAKEN, Decision.TAKEN, Decision.REFUSED
    ]  # fmt: skip


def test_a_crowd_is_not_remembered_for_ever():
    limits = RateLimiter(1, 1_000_000, lambda: 0.0)
    for person in range(10_001):
        limits.take(person)
    assert limits.take(0) is Decision.TAKEN
    assert limits.take(10_000) is Decision.REFUSED
