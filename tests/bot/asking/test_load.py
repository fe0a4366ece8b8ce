"""Two hundred people ask in bursts while everything goes wrong: each question gets one answer.

The default suite asks 200 questions of the bot in the tests' own process, over a small index. With
KHAZAR_TEST_LOAD=1 (`make test-slow`) 2,000 are asked of `python -m bot`, smoothly and roughly: with
a search that takes no time, which tells what the bot itself costs, with the bundled model over
seeds/, and over the news corpus with its own questions, where `make quality` has built its index
and ../shared has the questions. KHAZAR_TEST_INDEX and KHAZAR_TEST_QUESTIONS name another index and
file of questions for the last, KHAZAR_TEST_LOAD_NUMBER and _RATE another number, and questions a
second, KHAZAR_TEST_LOAD_THREADS another [bot] search_threads. What was measured is printed.
"""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time

import httpx
import pytest

from index.article import Article
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
from tests.bot.conftest import running_bot
from tests.bot.support.api_server import TOKEN, ApiServer
from tests.bot.support.fakes import ASTRAKHAN
from tests.bot.support.load import FAULTS, Outcome, Plan, play
from tests.bot.transport.test_process import FAKED, ROOT, started
from tests.bot.transport.test_running import free_port

# Where the bot of the long test finds what the user has: the tests' own environment has none of it.
INDEX = Path(os.environ.get("KHAZAR_TEST_INDEX") or ROOT / "data" / "quality" / "news")
SHARED = ROOT.parent / "shared" / "eval" / "news_dev.jsonl"
QUESTIONS = Path(os.environ.get("KHAZAR_TEST_QUESTIONS") or SHARED)
THREADS = os.environ.get("KHAZAR_TEST_LOAD_THREADS")
NUMBER = int(os.environ.get("KHAZAR_TEST_LOAD_NUMBER", "2000"))
RATE = float(os.environ.get("KHAZAR_TEST_LOAD_RATE", "20"))
LONG = pytest.mark.skipif(not os.environ.get("KHAZAR_TEST_LOAD"), reason="KHAZAR_TEST_LOAD=1")
CITIES = "تهران شیراز تبریز مشهد اصفهان رشت ساری گرگان آستراخان باکو".split()
SUBJECTS = "دانشگاه بندر صادرات فوتبال باران گندم قطار سینما".split()
OF_SEEDS = [
    ASTRAKHAN, "How much did goods transport with Iran grow?", "بابوشکین چه گفت؟",
    "chand ta daneshjoo dar Astarakhan dars mikhanand?", "قیمت بلیت مریخ؟",
]  # fmt: skip
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
    # Every kind of fault has occurred: there are more than 200 calls, and some in each hundred.
    kinds = {name.partition(": ")[2] for name in outcome.faults}
    assert {name for _, name, _ in FAULTS} <= kinds


@dataclass
class Use:
    """What the bot's process has used, from its own metrics.

    Attributes:
        cpu: seconds of all cores, so far.
        memory: resident, in MB, once a second.
    """

    cpu: float = 0.0
    memory: list[float] = field(default_factory=list)


@LONG
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rough", [False, True], ids=["smooth", "rough"])
@pytest.mark.parametrize("search", ["instant", "real", "corpus"])
async def test_two_thousand_questions(tmp_path, search, rough, capsys):
    if search == "corpus" and not ((INDEX / "CURRENT").exists() and QUESTIONS.exists()):
        pytest.skip("no index of the corpus, or no questions: see above")
    port = free_port()
    variables = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "KHAZAR_BOT__MONITORING": "true",
        "KHAZAR_BOT__MONITORING_PORT": str(port),
        "KHAZAR_BOT__DIRECTORY": str(tmp_path / "bot"),
        "KHAZAR_INDEX__DIRECTORY": str(INDEX if search == "corpus" else tmp_path / "index"),
        **{f"KHAZAR_BOT__{name.upper()}": str(value) for name, value in LIKE_NOBODY.items()},
        **({"KHAZAR_BOT__SEARCH_THREADS": THREADS} if THREADS else {}),
    }
    if search == "real":
        async with started("-m", "index", "build", str(ROOT / "seeds"), **variables) as build:
            assert await build.end() == 0
    questions = _read_questions() if search == "corpus" else OF_SEEDS
    plan = Plan(questions, NUMBER, RATE, rough=rough)
    command = [FAKED] if search == "instant" else ["-m", "bot"]
    async with ApiServer() as server:
        variables["KHAZAR_BOT__API_URL"] = server.url
        async with started(*command, **variables) as bot, _watched(port) as use:
            await bot.until("@khazar_test_bot answers", 180)
            reading = asyncio.create_task(bot.drain())
            # Memory is looked at once a second: before, and at the end.
            await asyncio.sleep(2.5)
            before, began = replace(use, memory=[*use.memory]), process_time()
            outcome = await play(server, plan, patience=1200)
            own = process_time() - began
            await asyncio.sleep(1.5)
            bot.process.terminate()
            await reading
            assert await bot.end() == 0
    during = use.memory[len(before.memory) :]
    quarter = during[len(during) // 4]
    with capsys.disabled():
        roughly = "rough" if rough else "smooth"
        tell(table(f"{NUMBER:,} questions, {RATE:g} a second offered, {search} search, {roughly}",
                   outcome))  # fmt: skip
        tell(
            f"  the bot's CPU: {1000 * (use.cpu - before.cpu) / NUMBER:.1f} ms a question; "
            f"the tests' server and people: {1000 * own / NUMBER:.1f} ms\n"
            f"  the bot's resident memory: {before.memory[-1]:.0f} MB before, {quarter:.0f} MB "
            f"after a quarter, {max(during):.0f} MB at most, {during[-1]:.0f} MB after\n"
        )
    assert outcome.repeated() == []
    assert "Traceback" not in bot.output
    # Seconds depend on the machine and what else it does: they are told, and judged by people.
    assert during[-1] < quarter * 1.1


def tell(text: str) -> None:
    sys.stdout.write(f"\n{text}")


def table(name: str, outcome: Outcome) -> str:
    """Return what was measured, for people."""
    counts = sorted(outcome.faults.items())
    faults = ", ".join(f"{fault} {count}" for fault, count in counts) or "none"
    answered = outcome.answers.values()
    return (
        f"{name}\n"
        f"  {len(answered)} answered, {outcome.per_second:.1f} a second; exactly once: "
        f"{sum(times == 1 for times in answered)}; {sum(answered)} answers, "
        f"{sum(outcome.in_doubt.values())} of them cut off after they were sent\n"
        f"  seconds: p50 {outcome.p50:.2f}, p95 {outcome.p95:.2f}, "
        f"most {max(outcome.seconds):.2f}\n"
        f"  faults: {faults}\n"
    )


def _read_questions() -> list[str]:
    """Return the questions of a file in the evaluation format, in both languages."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    records = map(json.loads, lines)
    return [record[key] for record in records for key in ("q_fa", "q_en") if record.get(key)]


@asynccontextmanager
async def _watched(port: int):
    """Read what the bot uses from its own metrics, once a second."""
    use = Use()

    async def read() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                await asyncio.sleep(1.0)
                with suppress(httpx.TransportError):
                    text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
                    values = dict(line.rsplit(" ", 1) for line in text.splitlines())
                    use.cpu = float(values["process_cpu_seconds_total"])
                    use.memory.append(float(values["process_resident_memory_bytes"]) / 2**20)

    reading = asyncio.create_task(read())
    try:
        yield use
    finally:
        reading.cancel()
