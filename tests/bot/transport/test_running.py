"""A running bot: webhook, health, stops, kills, dead proxies."""

import asyncio
import itertools
import re
import socket
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot.app import build_application
from bot.maintenance import Maintenance
from bot.runner import serve
from bot.settings import BotSettings
from bot.store.database import Database
from bot.transport.http_server import ListenError
from bot.transport.update_store import FILE, UpdateStore
from bot.transport.webhook import SECRET_HEADER, webhook_secret
from tests.bot.support.api_people import person, private_chat
from tests.bot.support.api_server import TOKEN, ApiServer, Fault
from tests.bot.support.fakes import SENTENCE, FakeRetriever
from tests.bot.support.processes import FAKED, free_port, started
from tests.bot.support.proxies import PASSWORD, Proxy
from tests.bot.support.running import serving
from tests.support.paths import ROOT

HELD = str(ROOT / "tests/bot/support/run_held_bot.py")
SECRET = TOKEN.partition(":")[2]
ANSWERS = "@khazar_test_bot answers"


@asynccontextmanager
async def bot(
    server: ApiServer, gate: Path | None = None, *, until: str = ANSWERS, **settings: object
):
    """Run the bot and wait until it has printed `until`.

    Searches wait until the file `gate` exists; `settings` are those of [bot].
    """
    stated = {"monitoring": "false", "api_url": server.url, "poll_timeout": 1, **settings}
    variables = {f"KHAZAR_BOT__{name.upper()}": str(value) for name, value in stated.items()}
    async with started(
        HELD if gate else FAKED, TELEGRAM_BOT_TOKEN=TOKEN, HOLD_UNTIL=str(gate), **variables
    ) as running:
        await running.until(until)
        yield running
        if running.process.returncode is None:
            running.process.terminate()
            assert await running.end() == 0
        assert "Traceback" not in running.output
        assert SECRET not in running.output


async def ask(server: ApiServer, number: int, first: int = 0) -> None:
    """Let `number` users ask one question each."""
    for user in range(first, first + number):
        await server.write(f"پرسش {user}؟", user=100 + user)


def answered(server: ApiServer) -> list[int]:
    assert all(SENTENCE in sent.text for sent in server.sent)
    return sorted(sent.chat_id - 100 for sent in server.sent)


async def test_questions_come_through_the_webhook_and_from_nowhere_else(server, caplog):
    port, fake = free_port(), FakeRetriever()
    server.proxied = f"http://127.0.0.1:{port}"
    forged = {"update_id": 9, "message": {
        "message_id": 1, "date": 1, "chat": private_chat(), "from": person(), "text": "؟",
    }}  # fmt: skip
    async with serving(
        server, fake, webhook_url="https://bot.example/tele/gram", webhook_port=port
    ):
        await ask(server, 5)
        await server.until_sent(5)
        await server.until_confirmed()
        async with httpx.AsyncClient(trust_env=False) as client:
            for secret in ("", "wrong", webhook_secret("1:other")):
                reply = await client.post(
                    f"{server.proxied}/tele/gram", json=forged, headers={SECRET_HEADER: secret}
                )
                assert reply.status_code == 403
    assert answered(server) == [0, 1, 2, 3, 4]
    assert len(fake.asked) == 5
    assert "getUpdates" not in server.calls
    assert server.webhook is None or server.webhook["secret_token"] == webhook_secret(TOKEN)
    assert webhook_secret(TOKEN) not in caplog.text


async def test_a_bot_that_polls_again_takes_its_webhook_away(server):
    port = free_port()
    server.proxied = f"http://127.0.0.1:{port}"
    async with serving(
        server, FakeRetriever(), webhook_url="https://bot.example/x", webhook_port=port
    ):
        await ask(server, 1)
        await server.until_sent(1)
    await ask(server, 1, first=1)
    async with serving(server, FakeRetriever()):
        await server.until_sent(2)
    assert server.webhook is None
    assert answered(server) == [0, 1]


async def test_a_webhook_port_that_is_taken_ends_the_start(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = {
            "webhook_url": "https://bot.example/x", "webhook_port": taken.getsockname()[1]
        }  # fmt: skip
        with pytest.raises(ListenError, match="cannot listen on"):
            async with serving(server, FakeRetriever(), **settings) as task:
                await task


async def test_health_and_metrics_of_a_running_bot(server):
    port, fake = free_port(), FakeRetriever()
    address = f"http://127.0.0.1:{port}"

    async def metrics(line: str) -> str:
        async with asyncio.timeout(60):
            while line not in (text := (await client.get(f"{address}/metrics")).text):
                # A poll, since nothing announces the change.
                await asyncio.sleep(0.02)
        return text

    async with (
        httpx.AsyncClient(trust_env=False) as client,
        serving(server, fake, monitoring=True, monitoring_port=port),
    ):
        async with asyncio.timeout(60):
            while (found := (await client.get(f"{address}/health")).json())["status"] != "ok":
                # A poll, since nothing announces the change.
                await asyncio.sleep(0.02)
        assert (found["updates"], found["snapshot"], found["queue"]) == ("polling", "snapshot-1", 0)
        fake.gate.clear()
        await ask(server, 3)
        await metrics("khazar_queue_length 3.0")
        fake.gate.set()
        text = await metrics('khazar_questions_total{result="found"} 3.0')
        assert "khazar_answer_seconds_count 3.0" in text
        assert "پرسش" not in text
        await metrics("khazar_queue_length 0.0")


async def test_while_telegram_is_out_of_reach_the_bot_is_not_healthy(server, caplog):
    port = free_port()
    await server.stop()
    async with httpx.AsyncClient(trust_env=False) as client:
        values = BotSettings(api_url=server.url, monitoring_port=port)
        fake = FakeRetriever()
        task = asyncio.create_task(serve(build_application(values, TOKEN, fake.open), values))
        await server.until(lambda: "trying again in 1 s" in caplog.text)
        reply = await client.get(f"http://127.0.0.1:{port}/health")
        assert reply.status_code == 503
        told = reply.json()
        assert (told["status"], told["last_contact_seconds"]) == ("starting", None)
        assert (told["last_update_seconds"], told["snapshot"]) == (None, None)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_monitoring_port_that_is_taken_is_one_line_and_no_more(server, caplog):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with serving(server, FakeRetriever(), monitoring=True, monitoring_port=port):
            await ask(server, 1)
            await server.until_sent(1)
    assert caplog.text.count(f"cannot listen on 127.0.0.1, port {port}") == 1


async def test_what_is_not_sent_in_time_before_a_stop_is_sent_after_the_next_start(
    server, caplog, monkeypatch
):
    # Each answer is tried twice before the stop; the third attempt would come an hour later.
    monkeypatch.setattr("bot.transport.retry.SECOND_PAUSE", 3600)
    monkeypatch.setattr("bot.transport.retry.LONGEST_PAUSE", 3600)
    server.faults = lambda name: Fault(page=(502, "<html>")) if name == "sendMessage" else None
    async with serving(server, FakeRetriever(), stop_within=0.5):
        await ask(server, 2)
        await server.until(lambda: server.calls.count("sendMessage") == 4)
    assert caplog.text.count("is left for the next start") == 2
    server.faults = None
    async with serving(server, FakeRetriever()):
        await server.until_sent(2)
    assert answered(server) == [0, 1]


async def test_a_part_that_cannot_be_closed_keeps_no_other_open(server, caplog, monkeypatch):
    close, closed = Database.close, []

    async def broken(maintenance: Maintenance) -> None:
        raise OSError("no space left")

    async def recorded(database: Database) -> None:
        await close(database)
        closed.append(database)

    monkeypatch.setattr(Maintenance, "close", broken)
    monkeypatch.setattr(Database, "close", recorded)
    fake = FakeRetriever()
    async with serving(server, fake):
        await ask(server, 1)
        await server.until_sent(1)
    assert (fake.closed, len(closed)) == (True, 1)
    assert "Maintenance could not be closed" in caplog.text


async def test_no_question_stays_in_the_update_store(server, tmp_path):
    async with serving(server, FakeRetriever(), directory=tmp_path / "bot"):
        await ask(server, 3)
        await server.until_sent(3)
    store = UpdateStore(tmp_path / "bot" / FILE)
    assert store.take_pending() == []
    store.close()
    assert "پرسش".encode() not in (tmp_path / "bot" / FILE).read_bytes()


async def test_a_signal_lets_open_answers_be_finished(server, tmp_path):
    gate = tmp_path / "gate"
    async with bot(server, gate) as running:
        await ask(server, 2)
        await server.until_confirmed()
        running.process.terminate()
        await running.until("stopping, once what is being answered is answered")
        gate.touch()
        assert await running.end() == 0
    assert answered(server) == [0, 1]


@pytest.mark.slow
async def test_a_stop_keeps_for_the_next_start_what_it_does_not_finish(server):
    # Two are handled at once, and end after the stop has begun: four do not begin.
    stopping = asyncio.Event()
    server.faults = lambda name: Fault(reply_after=stopping) if name == "sendMessage" else None
    async with bot(server, concurrent_updates=2) as running:
        await ask(server, 6)
        await server.until_confirmed()
        await server.until_sent(2)
        running.process.terminate()
        await running.until("stopping, once what is being answered is answered")
        stopping.set()
        assert await running.end() == 0
    assert len(server.sent) == 2
    async with bot(server) as running:
        await server.until_sent(6)
    assert "4 updates were left open" in running.output
    assert answered(server) == list(range(6))


@pytest.mark.slow
async def test_a_kill_loses_nothing_and_repeats_only_what_was_open(server):
    # From the sixth on, Telegram accepts answers and never replies: three updates, as many as are
    # handled at once, stay open until the kill. The first five must be finished for more to begin.
    calls, never = itertools.count(), asyncio.Event()
    server.faults = lambda name: (
        Fault(reply_after=never) if name == "sendMessage" and next(calls) >= 5 else None
    )
    async with bot(server, concurrent_updates=3) as running:
        await ask(server, 20)
        await server.until_sent(5 + 3)
        running.process.kill()
        await running.end()
    server.faults = None
    before = set(answered(server))
    assert len(before) == len(server.sent) == 5 + 3
    async with bot(server, concurrent_updates=3):
        await server.until(lambda: set(answered(server)) == set(range(20)))
        await ask(server, 1, first=20)
        await server.until(lambda: 20 in answered(server))
    repeated = {user for user, times in Counter(answered(server)).items() if times > 1}
    assert repeated <= before
    # The Bot API cannot be asked what it has sent: answers to open updates come again, once.
    assert (len(repeated), len(server.sent)) == (3, 21 + 3)


@pytest.mark.slow
async def test_a_proxy_that_is_dead_at_the_start_and_dies_again_is_few_lines(server, tmp_path):
    gate = tmp_path / "gate"
    between = Proxy("socks5", guarded=True)
    await between.start()
    address = between.address
    await between.stop()
    async with bot(server, gate, until="trying again in 1 s", proxy=address) as running:
        await between.start()
        await running.until(ANSWERS)
        await ask(server, 3)
        await server.until_confirmed()
        await between.stop()
        gate.touch()
        await running.until("with growing pauses")
        await between.start()
        await running.until("is reached again")
        await server.until_sent(3)
        await server.until(lambda: server.calls[-1] == "getUpdates")
    await between.stop()
    assert answered(server) == [0, 1, 2]
    assert running.output.count("with growing pauses") == 1
    assert all(re.match(r"\d{4}-\d\d-\d\d ", line) for line in running.output.splitlines())
    for secret in (PASSWORD, PASSWORD.replace("@", "%40").replace(":", "%3A")):
        assert secret not in running.output
