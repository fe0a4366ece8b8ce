"""Two hundred people ask in bursts while everything goes wrong: each question gets one answer.

The default suite asks 200 questions of the bot in the tests' own process, over a small index. With
KHAZAR_TEST_LOAD=1 (`make test-slow`) 2,000 are asked of `python -m bot`, smoothly and roughly: with
a search that takes no time, and with the bundled model. KHAZAR_TEST_INDEX names an index other than
that of seeds/, KHAZAR_TEST_QUESTIONS a file in the evaluation format, KHAZAR_TEST_LOAD_NUMBER and
_RATE another number, and questions a second. What was measured is printed.
"""

import asyncio
import json
import os
import socket
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from index.articles import Article
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings

from .api_server import TOKEN, ApiServer
from .conftest import running_bot
from .fakes import ASTRAKHAN
from .load import Outcome, Plan, play
from .test_process import FAKED, ROOT, started

# Where the bot of the long test finds what the user has: the tests' own environment has none of it.
INDEX = os.environ.get("KHAZAR_TEST_INDEX")
QUESTIONS = os.environ.get("KHAZAR_TEST_QUESTIONS")
NUMBER = int(os.environ.get("KHAZAR_TEST_LOAD_NUMBER", "2000"))
RATE = float(os.environ.get("KHAZAR_TEST_LOAD_RATE", "20"))
LONG = pytest.mark.skipif(not os.environ.get("KHAZAR_TEST_LOAD"), reason="KHAZAR_TEST_LOAD=1")
CITIES = "تهران شیراز تبریز مشهد اصفهان رشت ساری گرگان آستراخان باکو".split()
SUBJECTS = "دانشگاه بندر صادرات فوتبال باران گندم قطار سینما".split()
LIKE_NOBODY = {"user_questions_per_minute": 1000, "questions_per_minute": 60_000}


class Opened:
    """A retriever over a small real index, for `running_bot`."""

    def __init__(self, build_index, encoder) -> None:
        articles = [
            Article(f"{city}-{subject}", f"{subject} در {city}",
                    (f"گزارش تازه از {subject} در {city}. این خبر دربارهٔ {subject} است.",))
            for city in CITIES for subject in SUBJECTS
        ]  # fmt: skip
        self._settings, _ = build_index(*articles)
        self._encoder = encoder

    def open(self) -> LiveRetriever:
        return LiveRetriever(self._settings, RetrievalSettings(), load=lambda _: self._encoder)


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_each_question_is_answered_once_whatever_goes_wrong(
    server, build_index, word_encoder
):
    questions = [f"خبر {subject} در {city}؟" for city in CITIES for subject in SUBJECTS]
    opened = Opened(build_index, word_encoder)
    async with running_bot(server, opened, poll_timeout=1, **LIKE_NOBODY):
        outcome = await play(server, Plan(questions, 200, 40, rough=True))
    tell(table("200 questions, rough", outcome))
    assert len(outcome.answers) == 200
    assert outcome.repeated() == []
    # A plan that tests nothing would pass, too.
    assert sum(outcome.faults.values()) > 10


@LONG
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rough", [False, True], ids=["smooth", "rough"])
@pytest.mark.parametrize("search", ["instant", "real"])
async def test_two_thousand_questions(tmp_path, search, rough, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "KHAZAR_BOT__MONITORING": "true",
        "KHAZAR_BOT__MONITORING_PORT": str(port),
        "KHAZAR_BOT__DIRECTORY": str(tmp_path / "bot"),
        "KHAZAR_INDEX__DIRECTORY": INDEX or str(tmp_path / "index"),
        **{f"KHAZAR_BOT__{name.upper()}": str(value) for name, value in LIKE_NOBODY.items()},
    }
    command = [FAKED] if search == "instant" else ["-m", "bot"]
    if search == "real" and INDEX is None:
        async with started("-m", "index", "build", str(ROOT / "seeds"), **variables) as build:
            assert await build.end() == 0
    plan = Plan(_questions(), NUMBER, RATE, rough=rough)
    async with ApiServer() as server:
        variables["KHAZAR_BOT__API_URL"] = server.url
        async with started(*command, **variables) as bot, _memory(port) as resident:
            await bot.until("@khazar_test_bot answers", 180)
            reading = asyncio.create_task(bot.drain())
            outcome = await play(server, plan, patience=1200)
            bot.process.terminate()
            await reading
            assert await bot.end() == 0
    quarter = resident[len(resident) // 4]
    with capsys.disabled():
        roughly = "rough" if rough else "smooth"
        name = f"{NUMBER:,} questions, {RATE:g} a second, {search} search, {roughly}"
        tell(table(name, outcome))
        tell(
            f"  resident memory: {quarter:.0f} MB after a quarter, {max(resident):.0f} MB at most, "
            f"{resident[-1]:.0f} MB at the end\n"
        )
    assert outcome.repeated() == []
    assert "Traceback" not in bot.output
    # Seconds depend on the machine and what else it does: they are told, and judged by people.
    assert resident[-1] < quarter * 1.1


def tell(text: str) -> None:
    sys.stdout.write(f"\n{text}")


def table(name: str, outcome: Outcome) -> str:
    """Return what was measured, for people."""
    counts = sorted(outcome.faults.items())
    faults = ", ".join(f"{fault} {count}" for fault, count in counts) or "none"
    return (
        f"{name}: {len(outcome.answers)} answered, {sum(outcome.answers.values())} answers, "
        f"{sum(outcome.in_doubt.values())} of them cut off after they were sent\n"
        f"  seconds: p50 {outcome.p50:.2f}, p95 {outcome.p95:.2f}, "
        f"most {max(outcome.seconds):.2f}\n"
        f"  faults: {faults}"
    )


def _questions() -> list[str]:
    if QUESTIONS is None:
        return [ASTRAKHAN, "How much did goods transport with Iran grow?", "بابوشکین چه گفت؟",
                "chand ta daneshjoo dar Astarakhan dars mikhanand?", "قیمت بلیت مریخ؟"]  # fmt: skip
    lines = Path(QUESTIONS).read_text(encoding="utf-8").splitlines()
    records = map(json.loads, lines)
    return [record[key] for record in records for key in ("q_fa", "q_en") if record.get(key)]


@asynccontextmanager
async def _memory(port: int):
    """Read the bot's resident memory, in MB, from its own metrics, once a second."""
    resident: list[float] = []

    async def read() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                await asyncio.sleep(1.0)
                with suppress(httpx.TransportError):
                    text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
                    [line] = [x for x in text.splitlines() if x.startswith("process_resident")]
                    resident.append(float(line.split()[1]) / 2**20)

    reading = asyncio.create_task(read())
    try:
        yield resident
    finally:
        reading.cancel()
