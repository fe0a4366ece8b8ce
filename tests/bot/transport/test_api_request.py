"""Requests to the Bot API: proxies, outages, and responses from something else."""

import asyncio
import ssl
from itertools import islice

import httpx
import pytest
from aiohttp import web
from telegram.error import NetworkError, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

import bot.transport.retry
from bot.settings import BotSettings
from bot.transport.api_request import UnauthorizedError, make_request, make_retrying_request
from bot.transport.backoff import exponential_backoff
from bot.transport.retry import RetryPolicy, pauses, track_delivery
from index.errors import SettingsError
from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_people import private_chat
from tests.bot.support.api_server import TOKEN, ApiServer, Fault
from tests.bot.support.echo import running_echo, say_it
from tests.bot.support.proxies import Proxy
from tests.support.paths import ROOT

DATA = ROOT / "tests/bot/support"
HELLO = RequestData([RequestParameter("chat_id", 7, None), RequestParameter("text", "سلام", None)])


@pytest.fixture
async def patient(server):
    server.meet(private_chat(7))
    connection = make_retrying_request(BotSettings(api_url=server.url), pool_size=4)
    yield connection
    await connection.shutdown()


def second_pause_lasts(monkeypatch, seconds):
    """Set the pause after a request's second failure."""
    monkeypatch.setattr(bot.transport.retry, "SECOND_PAUSE", seconds)
    monkeypatch.setattr(bot.transport.retry, "LONGEST_PAUSE", seconds)


def log_lines(caplog, logger="bot.transport.retry"):
    return [record.getMessage() for record in caplog.records if record.name == logger]


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("encrypted", [False, True])
async def test_everything_goes_through_the_proxy_that_is_set(
    tmp_path, monkeypatch, encrypted, scheme, guarded
):
    # Clients send CONNECT to an HTTP proxy only for a server with TLS.
    monkeypatch.setenv("SSL_CERT_FILE", str(DATA / "localhost.crt"))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(DATA / "localhost.crt", DATA / "localhost.key")
    async with (
        ApiServer(tls=tls if encrypted else None) as server,
        Proxy(scheme, guarded=guarded) as between,
        running_echo(server, tmp_path, proxy=between.address),
    ):
        await server.write("سلام")
        await server.until_sent(1)
    # Polling and sending use separate connections.
    assert len(between.targets) >= 2
    assert set(between.targets) == {server.url.rpartition("/")[2]}


async def test_a_proxy_in_the_environment_is_honoured(server, tmp_path, monkeypatch):
    async with Proxy("http") as between:
        monkeypatch.setenv("ALL_PROXY", between.address)
        async with running_echo(server, tmp_path):
            await server.write("سلام")
            await server.until_sent(1)
    assert len(between.targets) >= 2


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_dies_in_mid_flight_is_waited_for_with_two_lines(
    server, tmp_path, caplog, scheme
):
    searching = asyncio.Event()

    async def slowly(update, context):
        searching.set()
        await dead.wait()
        await say_it(update, context)

    dead = asyncio.Event()
    async with (
        Proxy(scheme) as between,
        running_echo(server, tmp_path, slowly, proxy=between.address),
    ):
        for number in range(5):
            await server.write(str(number))
        await searching.wait()
        await between.stop()
        dead.set()
        await server.until(lambda: log_lines(caplog))
        await between.start()
        await server.until_sent(5)
    down, up = log_lines(caplog)
    assert down.startswith(f"cannot reach {server.url} through {between.address} (")
    assert down.endswith("); trying again with growing pauses")
    assert up.startswith(f"{server.url} through {between.address} is reached again, after ")
    assert sorted(sent.text for sent in server.sent) == ["0", "1", "2", "3", "4"]
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_hangs_up_is_told_in_few_words(scheme):
    async with Proxy(scheme) as between:
        between.hangs_up = True
        connection = make_request(BotSettings(proxy=between.address), pool_size=1)
        with pytest.raises(NetworkError, match=r"^[^\n]{1,120}$"):
            await connection.post("http://127.0.0.1:9/bot1:a/getMe")
        await connection.shutdown()


@pytest.mark.parametrize(
    ("faults", "sent"),
    [
        ([Fault(cut="before")], 1),
        ([Fault(page=(502, "<html>"))] * 2, 1),
        ([Fault(page=(403, "filtered"))], 1),
        ([ApiError(500, "Internal Server Error")] * 2, 1),
        # The client cannot know that the message has arrived.
        ([Fault(cut="after")], 2),
        ([Fault(cut="after")] * 2, 3),
    ],
)
async def test_what_does_not_get_through_is_sent_again(server, patient, faults, sent):
    server.fail("sendMessage", *faults)
    reply = await patient.post(f"{server.url}/bot{TOKEN}/sendMessage", HELLO)
    assert reply["text"] == "سلام"
    assert len(server.sent) == sent


@pytest.mark.parametrize(
    ("method", "fault", "tries", "error"),
    [
        ("sendMessage", ApiError(500, "Internal Server Error"), 5, "Internal Server Error"),
        ("sendMessage", Fault(cut="after"), 3, "disconnected|ReadError"),
        ("sendMessage", ApiError(400, "Bad Request: x"), 1, "X"),
        ("sendMessage", ApiError(403, "Forbidden: x"), 1, "Forbidden"),
        ("sendMessage", ApiError(429, "Too Many Requests", 3), 1, "Flood control"),
        ("answerCallbackQuery", Fault(cut="before"), 2, "disconnected|ReadError"),
        ("sendChatAction", Fault(cut="before"), 1, "disconnected|ReadError"),
        ("getMe", Fault(cut="before"), 1, "disconnected|ReadError"),
    ],
)
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_trouble_that_lasts_is_reported_in_the_end(
    server, patient, monkeypatch, method, fault, tries, error
):
    monkeypatch.setattr(bot.transport.retry, "SECOND_PAUSE", 0.01)
    server.fail(method, *[fault] * 9)
    with pytest.raises(TelegramError, match=error):
        await patient.post(f"{server.url}/bot{TOKEN}/{method}", HELLO)
    assert [call for call in server.calls if call == method] == [method] * tries


async def test_in_doubt_nothing_is_sent_again_before_telegram_is_reached(server, patient):
    server.fail("sendMessage", Fault(cut="after"))
    server.fail("getMe", *[Fault(cut="before")] * 2)
    await patient.post(f"{server.url}/bot{TOKEN}/sendMessage", HELLO)
    assert server.calls == ["sendMessage", "getMe", "getMe", "getMe", "sendMessage"]


async def test_the_first_to_get_through_wakes_those_that_wait(server, patient, monkeypatch, caplog):
    second_pause_lasts(monkeypatch, 3600)
    paused, pause = [], RetryPolicy._pause

    async def recorded(policy, seconds, until):
        paused.append(seconds)
        return await pause(policy, seconds, until)

    monkeypatch.setattr(RetryPolicy, "_pause", recorded)
    url = f"{server.url}/bot{TOKEN}/sendMessage"
    await server.stop()
    waiting = [asyncio.create_task(patient.post(url, HELLO)) for _ in range(5)]
    # Each has failed twice, and would wait for an hour.
    await server.until(lambda: paused.count(3600) == 5)
    await server.start()
    await patient.post(url, HELLO)
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting)
    assert len(log_lines(caplog)) == 2


async def test_a_request_that_alone_does_not_get_through_is_woken_once(
    server, patient, monkeypatch, caplog
):
    monkeypatch.setattr(bot.transport.retry, "FIRST_PAUSE", 0.05)
    second_pause_lasts(monkeypatch, 3600)
    server.faults = lambda name: Fault(page=(403, "filtered")) if name == "getFile" else None
    filtered = asyncio.create_task(patient.post(f"{server.url}/bot{TOKEN}/getFile"))
    await server.until(lambda: log_lines(caplog))
    await patient.post(f"{server.url}/bot{TOKEN}/sendMessage", HELLO)
    await server.until(lambda: server.calls.count("getFile") == 3)
    for _ in range(4):
        await patient.post(f"{server.url}/bot{TOKEN}/sendMessage", HELLO)
        # Nothing should happen. Too short a time could hide a fault, but never reports one.
        await asyncio.sleep(0.2)
    assert server.calls.count("getFile") == 3
    patient.stop_retrying()
    with pytest.raises(NetworkError):
        await filtered


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_hangs_up_for_a_while_loses_no_message(
    server, tmp_path, caplog, scheme, monkeypatch
):
    monkeypatch.setattr(bot.transport.retry, "SECOND_PAUSE", 0.1)

    async def slowly(update, context):
        between.hangs_up = True
        await between.cut()
        await say_it(update, context)

    async with (
        Proxy(scheme) as between,
        running_echo(server, tmp_path, slowly, proxy=between.address),
    ):
        await server.write("سلام")
        await server.until(lambda: log_lines(caplog))
        await server.until(lambda: between.hung_up >= 5)
        between.hangs_up = False
        await server.until_sent(1)
    assert len(log_lines(caplog)) == 2


async def test_who_stops_waits_no_longer(server, patient, monkeypatch, caplog):
    second_pause_lasts(monkeypatch, 3600)
    await server.stop()
    sending = asyncio.create_task(patient.post(f"{server.url}/bot{TOKEN}/sendMessage", HELLO))
    await server.until(lambda: log_lines(caplog))
    assert not sending.done()
    patient.stop_retrying()
    with track_delivery() as delivery, pytest.raises(NetworkError):
        await patient.post(f"{server.url}/bot{TOKEN}/sendMessage", HELLO)
    assert delivery.given_up
    with pytest.raises(NetworkError):
        await asyncio.wait_for(sending, 60)


def test_pauses_grow_up_to_half_a_minute():
    assert list(islice(pauses(), 8)) == [0.2, 1, 2, 4, 8, 16, 30, 30]


def test_pauses_double_and_none_is_longer_than_the_longest():
    assert list(islice(exponential_backoff(5, 30), 5)) == [5, 10, 20, 30, 30]
    assert list(islice(exponential_backoff(5, 2), 2)) == [2, 2]


def test_an_unusable_proxy_in_the_environment_is_one_line(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:70")
    with pytest.raises(SettingsError, match=r"^the proxy in the environment cannot be used: .*$"):
        make_request(BotSettings(), pool_size=1)


async def test_a_page_that_is_not_the_bot_apis_is_a_network_error():
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>This site is blocked", status=403)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", page)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    connection = make_request(BotSettings(), pool_size=1)
    with pytest.raises(NetworkError, match=r"^HTTP 403 from something that is not the Bot API$"):
        await connection.post(f"http://127.0.0.1:{port}/bot1:a/getMe")
    await connection.shutdown()
    await runner.cleanup()


async def test_a_refused_token_is_told_apart(server):
    connection = make_request(BotSettings(), pool_size=1)
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

    connection = make_request(BotSettings(), pool_size=1)
    monkeypatch.setattr(httpx.AsyncClient, "request", request)
    with pytest.raises(NetworkError, match=error) as raised:
        await connection.post("http://127.0.0.1/bot1:a/getMe")
    assert (type(raised.value) is NetworkError) == isinstance(trouble, httpx.ConnectTimeout)
    await connection.shutdown()
