"""Floods: one person's messages, or one chat's refusals, hold up nobody else."""

import pytest

from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_people import group
from tests.bot.support.fakes import ASTRAKHAN, FakeRetriever
from tests.bot.support.running import running_bot

FLOODER, OTHER = 8001, 8002
SOME_GROUP = -1001000000001
# The bot stops at once: what still waits is not what a test is about.
AT_ONCE = {"stop_within": 0.0}


# python-telegram-bot warns about its own `retry_after`.
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_a_refusal_keeps_only_its_own_chat_waiting(server):
    server.fail("sendMessage", ApiError(429, "Too Many Requests: retry after 35", retry_after=35))
    async with running_bot(server, FakeRetriever(), **AT_ONCE):
        await server.write(f"/ask {ASTRAKHAN}", chat=group(SOME_GROUP))
        await server.until_failed("sendMessage")
        await server.write("/help", user=OTHER)
        [sent] = await server.until_sent(1, seconds=20)
    assert sent.chat_id == OTHER


async def test_hundreds_of_commands_get_a_few_answers_and_hold_up_nobody(server):
    async with running_bot(server, FakeRetriever(), user_questions_per_minute=5, **AT_ONCE):
        for _ in range(200):
            await server.write("/help", user=FLOODER)
        await server.write("/help", user=OTHER)
        await server.until(lambda: any(sent.chat_id == OTHER for sent in server.sent))
        # All that the flood will ever get, but for one word about the limit.
        assert sum(sent.chat_id == FLOODER for sent in server.sent) <= 11
        await server.until(lambda: _refused(server))
    assert _refused(server) == [FLOODER]


def _refused(server) -> list[int]:
    """Return the chats that were told about the limit."""
    return [sent.chat_id for sent in server.sent if sent.text.startswith("در یک دقیقه")]


async def test_buttons_count_too_and_are_told_so(server):
    async with running_bot(server, FakeRetriever(), user_questions_per_minute=1, **AT_ONCE):
        await server.write(ASTRAKHAN)
        [sent] = await server.until_sent(1)
        first = await server.press(sent, "چرا")
        await server.callback_answer(first)
        second = await server.press(sent, "چرا")
        told = await server.callback_answer(second)
    assert told["text"].startswith("در یک دقیقه")


async def test_the_members_of_a_group_have_a_limit_together(server):
    async with running_bot(server, FakeRetriever(), user_questions_per_minute=2, **AT_ONCE):
        for member in range(8100, 8140):
            await server.write("/help", user=member, chat=group(SOME_GROUP))
        await server.write("/help", user=OTHER)
        await server.until(lambda: any(sent.chat_id == OTHER for sent in server.sent))
        await server.until_confirmed()
    assert sum(sent.chat_id == SOME_GROUP for sent in server.sent) <= 4
