"""Privacy of the log at every level: no users' texts or names, no secrets."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest

from bot.transport.log_privacy import redact, redact_update
from bot.transport.update_parsing import LenientBot, read_update
from bot.transport.webhook import webhook_secret
from tests.bot.support.api_people import person
from tests.bot.support.api_server import TOKEN, Fault
from tests.bot.support.fakes import SENTENCE
from tests.bot.support.processes import FAKED, free_port, started
from tests.bot.support.proxies import PASSWORD, Proxy

SECRET = TOKEN.partition(":")[2]
NUMBER = 987654321
SARA = {
    **person(NUMBER), "first_name": "Sara", "last_name": "Khorshidi", "username": "sara_khorshidi",
}  # fmt: skip
QUESTION = "آیا می‌دانید خانهٔ پدری من\nکجاست؟"
NAMED = "خبرگزاری بی‌نام‌ونشان"
TYPED = "جستجوی نیمه‌کاره"


@asynccontextmanager
async def verbose_bot(server, **variables: str):
    """Run a bot that logs at "debug", and stop it at the end of the block."""
    async with started(FAKED, **debugging(server, **variables)) as bot:
        await bot.until("@khazar_test_bot answers")
        reading = asyncio.create_task(bot.drain())
        yield bot
        bot.process.terminate()
        await reading
        assert await bot.end() == 0


def debugging(server, **others: str) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "KHAZAR_BOT__API_URL": server.url,
        "KHAZAR_BOT__LOG_LEVEL": "debug",
        "KHAZAR_BOT__POLL_TIMEOUT": "1",
        **others,
    }


async def converse(server, *, answered: bool = True) -> None:
    """Ask, press a button, edit, choose an agency, ask inline, and get a broken reply."""
    sara = {"user": NUMBER, "from": SARA}
    await server.write(QUESTION, **sara)
    question = server.last_written
    [first, *_] = await server.until_sent(1)
    if answered:
        assert SENTENCE in first.text
        await server.callback_answer(await server.press(first, "مفید بود", user=NUMBER))
        await server.edit(question, f"{QUESTION} بگو", **sara)
        await server.until_confirmed()
    sent = len(server.sent)
    await server.write(f"/source {NAMED}", **sara)
    await server.until_sent(sent + 1)
    await server.inline_answer(await server.ask_inline(TYPED, user=NUMBER))
    sent = len(server.sent)
    server.fail("sendMessage", Fault(page=(200, '{"ok": true, "result": {"text": "' + QUESTION)))
    await server.write(f"/ask {QUESTION}", **sara)
    await server.until_failed("sendMessage")
    # An apology comes instead of the answer; a failed apology is not followed by another.
    if answered:
        await server.until_sent(sent + 1)


def shown(output: str, words: str) -> list[str]:
    """Return the forms of a text that occur in the output."""
    forms = {words, *words.split("\n"), repr(words)[1:-1], ascii(words)[1:-1], quote(words)}
    forms |= {json.dumps(words)[1:-1], json.dumps(words, ensure_ascii=False)[1:-1]}
    return [form for form in forms if form in output]


def assert_private(output: str) -> None:
    named = ("Sara", "Khorshidi", "sara_khorshidi", str(NUMBER))
    for words in (QUESTION, NAMED, TYPED, SENTENCE, *named):
        assert shown(output, words) == []
    for secret in (SECRET, quote(TOKEN, safe=""), webhook_secret(TOKEN)):
        assert secret not in output


@pytest.mark.parametrize("layout", ["text", "json"])
async def test_a_conversation_leaves_no_words_in_the_most_verbose_log(server, layout):
    async with verbose_bot(server, KHAZAR_BOT__LOG_FORMAT=layout) as bot:
        await converse(server)
    # Each request is in the log, and the outcome of each update.
    assert "/bot<secret>/sendMessage" in bot.output
    assert "found, 1 passages" in bot.output
    assert_private(bot.output)
    if layout == "json":
        assert all(isinstance(json.loads(line), dict) for line in bot.output.splitlines())


async def test_a_bug_that_quotes_a_question_is_logged_without_it(server):
    async with verbose_bot(server, FAKE_RETRIEVER="clumsy") as bot:
        await converse(server, answered=False)
    assert "ValueError: cannot divide '<private>' by zero" in bot.output
    assert "DEBUG retrieval: asked: <private>" in bot.output
    assert_private(bot.output)


async def test_where_it_is_set_questions_are_in_the_log_and_secrets_are_not(server):
    async with verbose_bot(server, KHAZAR_BOT__LOG_QUESTIONS="true") as bot:
        await converse(server)
    assert shown(bot.output, QUESTION) != []
    assert str(NUMBER) in bot.output
    assert SECRET not in bot.output


@pytest.mark.slow
@pytest.mark.parametrize("given", [None, "given-by_the-operator-0123456789"])
@pytest.mark.parametrize("questions", ["false", "true"])
async def test_the_webhooks_secret_is_never_shown(server, given, questions):
    port = free_port()
    server.proxied = f"http://127.0.0.1:{port}"
    secret = given or webhook_secret(TOKEN)
    async with verbose_bot(
        server,
        KHAZAR_BOT__WEBHOOK_URL="https://bot.example/telegram",
        KHAZAR_BOT__WEBHOOK_PORT=str(port),
        KHAZAR_BOT__LOG_QUESTIONS=questions,
        **({"TELEGRAM_WEBHOOK_SECRET": given} if given else {}),
    ) as bot:
        assert server.webhook["secret_token"] == secret
        await server.write("سلام؟")
        await server.until_sent(1)
    assert secret not in bot.output
    assert SECRET not in bot.output


async def test_a_proxys_password_is_not_shown_as_it_is_sent_either(server):
    async with (
        Proxy("socks5", guarded=True) as between,
        verbose_bot(server, KHAZAR_BOT__PROXY=between.address) as bot,
    ):
        await server.write("سلام؟")
        await server.until_sent(1)
    assert "socks5" in bot.output
    assert PASSWORD not in bot.output
    assert quote(PASSWORD, safe="") not in bot.output


def test_words_are_hidden_as_they_may_be_quoted_and_only_while_it_is_theirs():
    message = {
        "message_id": 1, "date": 1, "chat": {"id": -5, "type": "group", "title": "همسایه‌ها"},
        "from": {**SARA, "first_name": "Al"}, "text": f"/ask {QUESTION}",
    }  # fmt: skip
    update = read_update({"update_id": 1, "message": message}, LenientBot(TOKEN, read_timeout=1))
    lines = [
        QUESTION,
        " ".join(QUESTION.split()),
        repr(QUESTION),
        ascii(QUESTION),
        "همسایه‌ها",
        "Al",
    ]
    with redact_update(update):
        assert {redact(line).strip("'") for line in lines} == {"<private>"}
        assert redact("Also, Albania") == "Also, Albania"
    assert [redact(line) for line in lines] == lines


def test_an_update_without_words_hides_nothing():
    with redact_update(read_update({"update_id": 1}, LenientBot(TOKEN, read_timeout=1))):
        assert redact("update 1") == "update 1"
