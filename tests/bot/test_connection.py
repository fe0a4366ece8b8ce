"""The way to the Bot API: proxies, and pages from something that is not the Bot API."""

import httpx
import pytest
from aiohttp import web
from telegram.error import NetworkError

from bot.connection import UnauthorizedError, connect
from bot.settings import BotSettings
from index.errors import SettingsError

from .conftest import running_bot
from .fakes import ASTRAKHAN, FakeRetriever, proxy


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_everything_goes_through_the_proxy_that_is_set(server, scheme):
    async with (
        proxy(scheme) as between,
        running_bot(server, FakeRetriever(), proxy=between.address),
    ):
        await server.write(ASTRAKHAN)
        await server.until_sent(1)
    # Polling and sending have connections of their own.
    assert len(between.targets) >= 2
    assert set(between.targets) == {server.url.removeprefix("http://")}


async def test_a_proxy_in_the_environment_is_honoured(server, monkeypatch):
    async with proxy("http") as between:
        monkeypatch.setenv("ALL_PROXY", between.address)
        async with running_bot(server, FakeRetriever()):
            await server.write(ASTRAKHAN)
            await server.until_sent(1)
    assert len(between.targets) >= 2


def test_an_unusable_proxy_in_the_environment_is_one_line(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:70")
    with pytest.raises(SettingsError, match=r"^the proxy in the environment cannot be used: .*$"):
        connect(BotSettings(), pool_size=1)


async def test_a_page_that_is_not_the_bot_apis_is_a_network_error():
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>This site is blocked", status=403)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    connection = connect(BotSettings(), pool_size=1)
    with pytest.raises(NetworkError, match=r"^HTTP 403 from something that is not the Bot API$"):
        await connection.post(f"http://127.0.0.1:{port}/bot1:a/getMe")
    await connection.shutdown()
    await runner.cleanup()


async def test_a_refused_token_is_told_apart(server):
    connection = connect(BotSettings(), pool_size=1)
    with pytest.raises(UnauthorizedError):
        await connection.post(f"{server.url}/bot1:a/getMe")
    await connection.shutdown()


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(httpx.ConnectTimeout("slow"), "no connection in time"), (httpx.ReadTimeout("slow"), "Timed")],
)
async def test_only_a_slow_reply_is_a_timeout(monkeypatch, trouble, error):
    async def request(*_: object, **__: object) -> httpx.Response:
        raise trouble

    connection = connect(BotSettings(), pool_size=1)
    monkeypatch.setattr(httpx.AsyncClient, "request", request)
    with pytest.raises(NetworkError, match=error) as raised:
        await connection.post("http://127.0.0.1/bot1:a/getMe")
    assert (type(raised.value) is NetworkError) == isinstance(trouble, httpx.ConnectTimeout)
    await connection.shutdown()
