"""The bot as a process: its output, its exit status, and no secrets in the output."""

import signal

import pytest

from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_server import TOKEN, ApiServer
from tests.bot.support.fakes import ASTRAKHAN
from tests.bot.support.processes import FAKED, free_port, started

SECRET = TOKEN.partition(":")[2]


async def test_a_token_that_telegram_refuses_is_one_line(server):
    async with started(
        FAKED, TELEGRAM_BOT_TOKEN=f"111:{SECRET}", KHAZAR_BOT__API_URL=server.url
    ) as bot:
        assert await bot.end() == 2
    assert bot.output == (
        f"Error: {server.url} refused the token in TELEGRAM_BOT_TOKEN: ask @BotFather "
        "(https://t.me/BotFather) for a valid one\n"
    )


async def test_a_signal_ends_the_bot_cleanly(server):
    async with started(FAKED, TELEGRAM_BOT_TOKEN=TOKEN, KHAZAR_BOT__API_URL=server.url) as bot:
        await bot.until("@khazar_test_bot answers")
        await server.write(ASTRAKHAN)
        await server.until_sent(1)
        bot.process.terminate()
        assert await bot.end() == 0
    answers, *others = bot.output.splitlines()
    assert answers.endswith("INFO bot.runner: @khazar_test_bot answers; stop with Ctrl-C")
    # The signal may come before the log line of the answer.
    stopping, answered = sorted(others, key=lambda line: ": found, 1 passages, " in line)
    assert ": found, 1 passages, " in answered
    assert ASTRAKHAN not in bot.output
    assert stopping.endswith("stopping, once what is being answered is answered")


async def test_the_token_is_never_shown(server):
    server.fail("sendMessage", ApiError(400, f"Bad Request: /bot{TOKEN}/sendMessage"))
    server.fail("getUpdates", ApiError(500, f"at {server.url}/bot{TOKEN}/getUpdates"))
    async with started(
        FAKED,
        TELEGRAM_BOT_TOKEN=TOKEN,
        KHAZAR_BOT__API_URL=server.url,
        KHAZAR_BOT__LOG_LEVEL="debug",
    ) as bot:
        await bot.until("/getMe")
        await server.write(ASTRAKHAN)
        await server.until_sent(1)
        bot.process.terminate()
        assert await bot.end() == 0
    assert "/bot<secret>/getUpdates" in bot.output
    assert "/bot<secret>/sendMessage" in bot.output.partition("failed: BadRequest: ")[2]
    assert SECRET not in bot.output


async def test_a_bug_at_the_start_shows_its_traceback_without_the_token(server):
    async with started(
        FAKED,
        TELEGRAM_BOT_TOKEN=TOKEN,
        KHAZAR_BOT__API_URL=server.url,
        FAKE_RETRIEVER="broken",
    ) as bot:
        assert await bot.end() == 1
    assert "Traceback" in bot.output
    assert "ZeroDivisionError: a bug, with <secret> in its message" in bot.output
    assert SECRET not in bot.output


@pytest.mark.slow
async def test_a_dead_network_is_retried_in_one_line_each_until_it_is_back():
    port = free_port()
    async with started(
        FAKED, TELEGRAM_BOT_TOKEN=TOKEN, KHAZAR_BOT__API_URL=f"http://127.0.0.1:{port}"
    ) as bot:
        await bot.until("trying again in 2 s")
        async with ApiServer(port=port):
            await bot.until("@khazar_test_bot answers")
            bot.process.terminate()
            assert await bot.end() == 0
    first, second, answers, stopping = bot.output.splitlines()
    reason = "(httpx.ConnectError: All connection attempts failed)"
    assert first.endswith(f"cannot reach http://127.0.0.1:{port} {reason}; trying again in 1 s")
    assert second.endswith("trying again in 2 s")
    assert answers.endswith("INFO bot.runner: @khazar_test_bot answers; stop with Ctrl-C")
    assert stopping.endswith("stopping, once what is being answered is answered")


async def test_a_dead_proxy_is_named_without_its_password_and_can_be_interrupted(server):
    async with started(
        FAKED,
        TELEGRAM_BOT_TOKEN=TOKEN,
        KHAZAR_BOT__API_URL=server.url,
        KHAZAR_BOT__PROXY="socks5://user:hidden@127.0.0.1:9",
    ) as bot:
        await bot.until("trying again in 1 s")
        bot.process.send_signal(signal.SIGINT)
        assert await bot.end() == 0
    line, _ = bot.output.splitlines()
    assert f"cannot reach {server.url} through socks5://127.0.0.1:9 (" in line
    assert "hidden" not in line
    assert server.calls == []
