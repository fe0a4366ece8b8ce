"""Health of a running bot over HTTP, as an operator's monitoring sees it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from bot.monitoring.health import HealthMonitor, Stage
from bot.settings import BotSettings
from bot.transport.api_request import make_retrying_request
from tests.bot.support.api_server import ApiError, Fault
from tests.bot.support.fakes import FakeRetriever
from tests.bot.support.processes import free_port
from tests.bot.support.running import serving

# Settings of a bot with short timeouts; see `impatient`.
SHORT = {"poll_timeout": 0, "read_timeout": 0.4, "connect_timeout": 0.4}


@pytest.fixture
def impatient(monkeypatch):
    """Count Telegram as out of reach shortly after a poll should have ended."""
    monkeypatch.setattr("bot.settings._SILENCE", 0.2)


class Monitoring:
    """A client of /health."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.port = free_port()
        self._client = client

    @property
    def settings(self) -> dict[str, Any]:
        return {"monitoring": True, "monitoring_port": self.port}

    async def read(self) -> tuple[int, dict[str, Any]]:
        reply = await self._client.get(f"http://127.0.0.1:{self.port}/health")
        return reply.status_code, reply.json()

    async def until(self, status: int) -> dict[str, Any]:
        """Poll until the reply has this status code, and return its content."""
        async with asyncio.timeout(60):
            while (found := await self.read())[0] != status:
                # A poll, since nothing announces the change.
                await asyncio.sleep(0.02)
        return found[1]


@pytest.fixture
async def monitoring():
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Monitoring(client)


async def test_a_bot_that_polls_is_ill_while_telegram_cannot_be_reached(
    server, monitoring, impatient
):
    async with serving(server, FakeRetriever(), **monitoring.settings, **SHORT):
        fine = await monitoring.until(200)
        assert fine["status"] == "ok"
        assert 0 <= fine["last_update_seconds"] <= fine["uptime_seconds"]
        await server.stop()
        ill = await monitoring.until(503)
        assert ill["status"].startswith("Telegram has not been reached for ")
        assert ill["last_update_seconds"] > 0.5
        assert ill["snapshot"] == "snapshot-1"
        await server.start()
        await monitoring.until(200)


async def test_a_bot_whose_polls_are_refused_is_ill_though_telegram_replies(
    server, monitoring, impatient
):
    async with serving(server, FakeRetriever(), **monitoring.settings, **SHORT):
        await monitoring.until(200)
        server.faults = lambda name: (
            Fault(ApiError(409, "Conflict: another bot polls")) if name == "getUpdates" else None
        )
        ill = await monitoring.until(503)
        server.faults = None
        await monitoring.until(200)
    assert ill["last_update_seconds"] > 0.5


def test_a_poll_that_stays_open_is_no_silence():
    settings = BotSettings()
    now = 1000.0
    request = make_retrying_request(settings, pool_size=1)
    bot = SimpleNamespace(last_poll=now, request=request)
    monitor = HealthMonitor(settings, bot, FakeRetriever(), lambda: 0, clock=lambda: now)
    monitor.enter(Stage.RUNNING)
    now += settings.unreachable_after
    assert monitor.status().is_ok
    now += 1
    assert monitor.status().status == "Telegram has not been reached for 111 s"
    bot.last_poll = now
    assert monitor.status().is_ok


async def test_a_webhook_that_nobody_writes_to_is_fine_and_one_that_cannot_answer_is_not(
    server, monitoring, impatient, monkeypatch
):
    monkeypatch.setattr("bot.transport.retry.SECOND_PAUSE", 0.1)
    port = free_port()
    server.proxied = f"http://127.0.0.1:{port}"
    webhook = {"webhook_url": "https://bot.example/x", "webhook_port": port}
    async with serving(server, FakeRetriever(), **monitoring.settings, **SHORT, **webhook):
        quiet = await monitoring.until(200)
        # Longer than a polling bot may be without contact.
        while quiet["last_contact_seconds"] < 1.2:
            status, quiet = await monitoring.read()
            assert (status, quiet["updates"]) == (200, "webhook")
            # Between two polls; the loop ends by the bot's own clock.
            await asyncio.sleep(0.02)
        assert quiet["last_update_seconds"] is None
        server.faults = lambda name: Fault(page=(502, "<html>")) if name == "sendMessage" else None
        await server.write("پرسش؟")
        ill = await monitoring.until(503)
        assert ill["status"].startswith("Telegram has not been reached for ")
        assert ill["last_update_seconds"] is not None
        assert ill["queue"] == 1
        server.faults = None
        await server.until_sent(1)
        await monitoring.until(200)


async def test_a_bot_that_finishes_its_answers_before_it_stops_says_so(server, monitoring):
    fake = FakeRetriever()
    async with serving(server, fake, **monitoring.settings) as task:
        await monitoring.until(200)
        fake.gate.clear()
        await server.write("پرسش؟")
        await server.until(lambda: fake.asked)
        task.cancel()
        stopping = await monitoring.until(503)
        assert (stopping["status"], stopping["queue"]) == ("stopping", 1)
        fake.gate.set()
        await asyncio.wait([task])
    assert len(server.sent) == 1


def test_the_time_after_which_silence_is_told_is_as_documented():
    assert BotSettings().unreachable_after == 30 + 20 + 60
