"""Load: 200 users ask in bursts while calls fail, and each question gets one answer.

The default suite asks 200 questions of a bot in the tests' process, over a small index. With
KHAZAR_TEST_LOAD=1 (`make test-slow`) one person floods `python -m bot` while others ask, and 2,000
questions are asked of it, with and without faults, in three settings: a search that takes no time
(for the cost of the bot itself), the bundled model over seeds/, and the news corpus with its own
questions. The last needs the index of `make quality` and the questions in ../shared. The
measurements are printed.

Options: KHAZAR_TEST_INDEX and KHAZAR_TEST_QUESTIONS name another index and another file of
questions; KHAZAR_TEST_LOAD_NUMBER and KHAZAR_TEST_LOAD_RATE set the number of questions and
questions per second, KHAZAR_TEST_LOAD_THREADS `[bot] search_threads`, KHAZAR_TEST_LOAD_RERANKER
`[retrieval] reranker` (the tests' own is "none").
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
from tests.bot.support.api_messages import Sent
from tests.bot.support.api_server import TOKEN, ApiServer
from tests.bot.support.fakes import ASTRAKHAN
from tests.bot.support.load import FAULTS, Outcome, Plan, play
from tests.bot.support.processes import FAKED, free_port, started
from tests.bot.support.running import running_bot
from tests.conftest import RERANKER
from tests.support.paths import ROOT

# Read here, since a fixture removes all settings from the environment of a test.
INDEX = Path(os.environ.get("KHAZAR_TEST_INDEX") or ROOT / "data" / "quality" / "news")
SHARED = ROOT.parent / "shared" / "eval" / "news_dev.jsonl"
QUESTIONS = Path(os.environ.get("KHAZAR_TEST_QUESTIONS") or SHARED)
THREADS = os.environ.get("KHAZAR_TEST_LOAD_THREADS")
NUMBER = int(os.environ.get("KHAZAR_TEST_LOAD_NUMBER", "2000"))
RATE = float(os.environ.get("KHAZAR_TEST_LOAD_RATE", "20"))
RERANKED_BY = os.environ.get("KHAZAR_TEST_LOAD_RERANKER", "none")
LONG = pytest.mark.skipif(not os.environ.get("KHAZAR_TEST_LOAD"), reason="KHAZAR_TEST_LOAD=1")
CITIES = "تهران شیراز تبریز مشهد اصفهان رشت ساری گرگان آستراخان باکو".split()
SUBJECTS = "دانشگاه بندر صادرات فوتبال باران گندم قطار سینما".split()
OF_SEEDS = [
    ASTRAKHAN, "How much did goods transport with Iran grow?", "بابوشکین چه گفت؟",
    "chand ta daneshjoo dar Astarakhan dars mikhanand?", "قیمت بلیت مریخ؟",
]  # fmt: skip
# The flood: the questions of others, a second, and how often it is repeated.
FLOOD_NUMBER, FLOOD_RATE, FLOOD_ROUNDS = 100, 4, 3
LIKE_NOBODY = {"user_questions_per_minute": 1000, "questions_per_minute": 60_000}


class SmallIndex:
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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_each_question_is_answered_once_whatever_goes_wrong(
    server, build_index, word_encoder
):
    questions = [f"خبر {subject} در {city}؟" for city in CITIES for subject in SUBJECTS]
    index = SmallIndex(build_index, word_encoder)
    async with running_bot(server, index, poll_timeout=1, **LIKE_NOBODY):
        outcome = await play(server, Plan(questions, 200, 40, rough=True))
    print_text(table("200 questions, rough", outcome))
    assert len(outcome.answers) == 200
    assert outcome.repeated() == []
    # Every kind of fault has occurred: there are more than 200 calls, and some in each hundred.
    kinds = {name.partition(": ")[2] for name in outcome.faults}
    assert {name for _, name, _ in FAULTS} <= kinds


@dataclass
class ResourceUsage:
    """Resources that the bot's process has used, from its metrics.

    Attributes:
        cpu: CPU time so far, in seconds.
        memory: resident memory in MB, measured once a second.
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
        RERANKER: RERANKED_BY,
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
        async with started(*command, **variables) as bot, _watched(port) as usage:
            await bot.until("@khazar_test_bot answers", 180)
            reading = asyncio.create_task(bot.drain())
            # Memory is measured once a second, here twice before the load.
            await asyncio.sleep(2.5)
            before, began = replace(usage, memory=[*usage.memory]), process_time()
            outcome = await play(server, plan, timeout=1200)
            own = process_time() - began
            # And at least once after it.
            await asyncio.sleep(1.5)
            bot.process.terminate()
            await reading
            assert await bot.end() == 0
    during = usage.memory[len(before.memory) :]
    quarter = during[len(during) // 4]
    with capsys.disabled():
        roughly = "rough" if rough else "smooth"
        name = f"{NUMBER:,} questions, {RATE:g} a second offered, {search} search, {roughly}"
        name = f"{name}, reranker {RERANKED_BY}"
        print_text(table(name, outcome))
        print_text(
            f"  the bot's CPU: {1000 * (usage.cpu - before.cpu) / NUMBER:.1f} ms a question; "
            f"the tests' server and people: {1000 * own / NUMBER:.1f} ms\n"
            f"  the bot's resident memory: {before.memory[-1]:.0f} MB before, {quarter:.0f} MB "
            f"after a quarter, {max(during):.0f} MB at most, {during[-1]:.0f} MB after\n"
        )
    assert outcome.repeated() == []
    assert "Traceback" not in bot.output
    # Times depend on the machine: they are printed, not asserted.
    assert during[-1] < quarter * 1.1


FLOODER = 8001


@LONG
@pytest.mark.timeout(900)
async def test_a_flood_by_one_person(tmp_path, capsys):
    """Others ask alone, and then while one person sends 600 commands, questions and presses."""
    variables = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "KHAZAR_BOT__MONITORING": "false",
        "KHAZAR_BOT__DIRECTORY": str(tmp_path / "bot"),
        "KHAZAR_INDEX__DIRECTORY": str(tmp_path / "index"),
    }
    async with started("-m", "index", "build", str(ROOT / "seeds"), **variables) as build:
        assert await build.end() == 0
    plan = Plan(OF_SEEDS, FLOOD_NUMBER, FLOOD_RATE, rough=False)
    async with ApiServer() as server:
        variables["KHAZAR_BOT__API_URL"] = server.url
        async with started("-m", "bot", **variables) as bot:
            await bot.until("@khazar_test_bot answers", 180)
            reading = asyncio.create_task(bot.drain())
            # The first questions load what later ones use.
            await play(server, replace(plan, number=20))
            times: dict[str, list[Outcome]] = {"quiet": [], "flood": []}
            # In turn, so that a busy machine slows both.
            for _ in range(FLOOD_ROUNDS):
                times["quiet"].append(await play(server, plan, timeout=300))
                flood = asyncio.create_task(_flood(server, plan.number / plan.per_second))
                times["flood"].append(await play(server, plan, timeout=300))
                await flood
            bot.process.terminate()
            await reading
            assert await bot.end() == 0
    p95 = {name: [round(one.p95, 3) for one in several] for name, several in times.items()}
    to_flooder = sum(sent.chat_id == FLOODER for sent in server.sent)
    ratio = sum(p95["flood"]) / sum(p95["quiet"])
    with capsys.disabled():
        print_text(
            f"600 from one person, {plan.number} questions of others at {plan.per_second:g} a "
            f"second, {FLOOD_ROUNDS} times\n  seconds at p95: {p95}; ratio {ratio:.2f}; "
            f"messages to that person: {to_flooder}\n"
        )
    assert "Traceback" not in bot.output
    assert to_flooder < FLOOD_ROUNDS * 600 / 3


async def _flood(server: ApiServer, seconds: float) -> None:
    """Send 600 commands, questions and presses of a button of one person, evenly."""
    for number in range(600):
        pressed = _last_button(server) if number % 3 == 2 else None
        if pressed is not None:
            await server.call_back(*pressed, user=FLOODER)
        elif number % 3:
            await server.write(OF_SEEDS[number % len(OF_SEEDS)], user=FLOODER)
        else:
            await server.write("/help", user=FLOODER)
        # The interval of the flood.
        await asyncio.sleep(seconds / 600)


def _last_button(server: ApiServer) -> tuple[Sent, str] | None:
    """Return the last message to the flooder that has a button, and what the button sends."""
    for sent in reversed(server.sent):
        if sent.chat_id == FLOODER:
            for button in (button for row in sent.buttons for button in row):
                if "callback_data" in button:
                    return sent, button["callback_data"]
    return None


def print_text(text: str) -> None:
    sys.stdout.write(f"\n{text}")


def table(name: str, outcome: Outcome) -> str:
    """Return the measurements as text."""
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
    """Read the bot's resource usage from its metrics, once a second."""
    usage = ResourceUsage()

    async def read() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                # The interval of the measurements.
                await asyncio.sleep(1.0)
                with suppress(httpx.TransportError):
                    text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
                    values = dict(line.rsplit(" ", 1) for line in text.splitlines())
                    usage.cpu = float(values["process_cpu_seconds_total"])
                    usage.memory.append(float(values["process_resident_memory_bytes"]) / 2**20)

    reading = asyncio.create_task(read())
    try:
        yield usage
    finally:
        reading.cancel()
