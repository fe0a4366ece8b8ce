"""The bot's HTTP servers: webhook, health and metrics."""

import asyncio
import json
import logging
import socket
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.monitoring.health import HealthStatus
from bot.monitoring.health_server import HealthServer
from bot.monitoring.metrics import Metrics
from bot.transport.http_server import ListenError
from bot.transport.update_parsing import LenientBot
from bot.transport.update_store import DurableQueue
from bot.transport.webhook import SECRET_HEADER, WebhookServer, webhook_secret
from tests.bot.support.api_people import person, private_chat
from tests.bot.support.api_server import TOKEN
from tests.bot.support.echo import running_echo

SECRET = webhook_secret(TOKEN)
FINE = HealthStatus("ok", "polling", 0.5, None, "one", 0.0, {}, 4, 9.0)
MESSAGE = {"message_id": 1, "date": 1, "chat": private_chat(), "from": person(), "text": "سلام"}
UPDATE = {"update_id": 5, "message": MESSAGE}


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


@pytest.fixture
async def queue(tmp_path):
    opened = DurableQueue(tmp_path)
    await opened.open(LenientBot(TOKEN, read_timeout=1))
    yield opened
    await opened.close()


@pytest.fixture
async def address(queue):
    bot = LenientBot(TOKEN, read_timeout=1)
    server = WebhookServer(
        bot, queue, secret=SECRET, listen="127.0.0.1", port=0, path="/tele.gram/x"
    )
    await server.start()
    yield f"http://127.0.0.1:{server.port}/tele.gram/x"
    await server.stop()


def test_the_secret_is_telegrams_alphabet_and_does_not_give_the_token_away():
    assert len(SECRET) == 64
    assert set(SECRET) <= set("0123456789abcdef")
    assert SECRET == webhook_secret(TOKEN) != webhook_secret(TOKEN + "x")


async def test_an_update_is_on_disk_before_the_reply_and_taken_once(client, queue, address):
    for _ in range(2):
        reply = await client.post(address, json=UPDATE, headers={SECRET_HEADER: SECRET})
        assert (reply.status_code, reply.text) == (200, "")
    assert (queue.qsize(), queue.duplicates) == (1, 1)
    assert queue.get_nowait().message.text == "سلام"


@pytest.mark.parametrize(
    "headers", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: "x"}, {SECRET_HEADER: SECRET[:-1]},
                {SECRET_HEADER: SECRET + "x"}, {SECRET_HEADER: "é".encode()}],
)  # fmt: skip
async def test_without_the_secret_nothing_is_taken_or_told(client, queue, address, headers, caplog):
    caplog.set_level(logging.DEBUG)
    reply = await client.post(address, json=UPDATE, headers=headers)
    assert (reply.status_code, reply.text) == (403, "403\n")
    assert "server" not in reply.headers
    assert queue.qsize() == 0
    assert SECRET not in caplog.text.replace(f"'{SECRET}x'", "")


async def test_other_places_methods_and_contents(client, queue, address):
    right = {SECRET_HEADER: SECRET}
    root = address.removesuffix("/tele.gram/x")
    statuses = {
        (await client.request(method, place, headers=right, content=content)).status_code: name
        for name, method, place, content in [
            ("no JSON", "POST", address, b"{"),
            ("GET", "GET", address, b""),
            ("elsewhere", "POST", f"{root}/", json.dumps(UPDATE)),
        ]
    }
    assert statuses == {400: "no JSON", 405: "GET", 404: "elsewhere"}
    elsewhere = await client.post(f"{root}/teleXgram/x", headers=right, json=UPDATE)
    assert elsewhere.status_code == 404
    assert queue.qsize() == 0


async def test_arrays_in_arrays_without_end_are_refused(client, queue, address):
    deep = b"[" * 100_000 + b"]" * 100_000
    nested = b'{"update_id": 8, "message": ' + b'{"a":' * 900 + b"1" + b"}" * 901
    for content in (deep, nested):
        reply = await client.post(address, content=content, headers={SECRET_HEADER: SECRET})
        assert reply.status_code in (200, 400)
    assert (await client.post(address, json=UPDATE, headers={SECRET_HEADER: SECRET})).is_success


async def test_a_body_that_is_too_large_is_not_read(client, queue, address):
    with_it = client.post(
        address, content=b"[" * (1024 * 1024 + 1), headers={SECRET_HEADER: SECRET}
    )
    # The connection may be closed while the body is still being sent.
    with suppress(httpx.TransportError):
        assert (await with_it).status_code in (400, 413)
    assert queue.qsize() == 0
    assert (await client.post(address, json=UPDATE, headers={SECRET_HEADER: SECRET})).is_success


@pytest.mark.parametrize(
    "content",
    [[], "x", {"update_id": 6, "message": 5}, {"update_id": None}, {"update_id": 10**30}],
)  # fmt: skip
async def test_an_odd_update_is_accepted_so_that_it_does_not_come_again(
    client, queue, address, content
):
    reply = await client.post(address, json=content, headers={SECRET_HEADER: SECRET})
    assert reply.status_code == 200


async def test_questions_come_through_the_webhook_and_are_answered_once(server, tmp_path):
    async with running_echo(server, tmp_path, webhook=True):
        for number in range(30):
            await server.write(str(number))
        await server.until_sent(30)
    assert sorted(sent.text for sent in server.sent) == sorted(map(str, range(30)))
    assert set(server.webhook_statuses) == {200}
    assert "getUpdates" not in server.calls


async def test_while_the_bot_is_away_updates_wait_at_telegrams(server, tmp_path):
    async with running_echo(server, tmp_path, webhook=True):
        await server.write("۱")
        await server.until_sent(1)
    await server.write("۲")
    async with running_echo(server, tmp_path, webhook=True):
        await server.until_sent(2)
    assert [sent.text for sent in server.sent] == ["۱", "۲"]


async def test_a_port_that_is_taken_is_one_line(queue):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = HealthServer(Metrics(), lambda: FINE, listen="127.0.0.1", port=port)
        with pytest.raises(ListenError, match=rf"^cannot listen on .*, port {port}: [^\n]+$"):
            await server.start()
    await server.stop()


async def test_health_and_metrics(client):
    metrics, statuses = Metrics(), [FINE]
    metrics.watch_queue(lambda: 4, lambda: 2)
    metrics.watch_contact(lambda: 0.5)
    metrics.answered(0.3, found=True, reranking="done")
    metrics.answered(1.4, found=False, reranking="overloaded")
    metrics.refused()
    metrics.failed()
    metrics.count_error(ZeroDivisionError("secret"))
    server = HealthServer(metrics, lambda: statuses[-1], listen="127.0.0.1", port=0)
    await server.start()
    address = f"http://127.0.0.1:{server.port}"
    healthy = await client.get(f"{address}/health")
    told = {
        "status": "ok", "updates": "polling", "last_contact_seconds": 0.5,
        "last_update_seconds": None, "snapshot": "one", "snapshot_behind_seconds": 0.0,
        "failing": {}, "queue": 4, "uptime_seconds": 9.0,
    }  # fmt: skip
    assert (healthy.status_code, healthy.json()) == (200, told)
    assert healthy.headers["content-type"] == "application/json"
    statuses.append(replace(FINE, status="starting"))
    ill = await client.get(f"{address}/health")
    assert (ill.status_code, ill.json()) == (503, told | {"status": "starting"})
    told = await client.get(f"{address}/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    assert "secret" not in told.text
    values = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(told.text)
        for sample in family.samples
    }
    assert values["khazar_questions_total", "found"] == 1
    assert values["khazar_questions_total", "refused"] == 1
    assert values["khazar_reranking_total", "done"] == 1
    assert values["khazar_reranking_total", "overloaded"] == 1
    assert values["khazar_answer_seconds_bucket", "0.35"] == 1
    assert (
        values["khazar_answer_seconds_bucket", "1.5"] == values["khazar_answer_seconds_count",] == 2
    )
    assert values["khazar_errors_total", "ZeroDivisionError"] == 1
    assert values["khazar_queue_length",] == 4
    assert values["khazar_repeated_updates",] == 2
    assert values["khazar_last_contact_seconds",] == 0.5
    assert values["process_resident_memory_bytes",] > 0
    assert (await client.get(f"{address}/")).status_code == 404
    assert (await client.post(f"{address}/health")).status_code == 405
    await server.stop()
    with pytest.raises(httpx.ConnectError):
        await client.get(f"{address}/health")


async def test_a_stop_does_not_wait_for_idle_connections(client, address, queue):
    await client.post(address, json=UPDATE, headers={SECRET_HEADER: SECRET})
    server = WebhookServer(
        LenientBot(TOKEN, read_timeout=1), queue, secret=SECRET, listen="127.0.0.1", port=0,
        path="/",
    )  # fmt: skip
    await server.start()
    await client.post(f"http://127.0.0.1:{server.port}/", headers={SECRET_HEADER: SECRET}, json=[])
    async with asyncio.timeout(30):
        await server.stop()
