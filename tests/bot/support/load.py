"""Load: bursts of questions, faults, and the outcome."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import quantiles

from tests.bot.support.api_parameters import ApiError
from tests.bot.support.api_server import ApiServer, Disorder, Fault

PEOPLE = 200
BURST_SECONDS = 0.5


@dataclass(frozen=True)
class Plan:
    """A plan of questions and faults.

    Attributes:
        questions: texts, asked in turn.
        number: number of questions.
        per_second: average number per second, in bursts of half a second.
        rough: whether calls fail, connections are cut, and updates come twice and out of order.
        seed: seed of the random numbers: users, order of faults and of updates.
    """

    questions: Sequence[str]
    number: int
    per_second: float
    rough: bool
    seed: int = 20


@dataclass
class Outcome:
    """Outcome of a plan.

    Attributes:
        answers: number of answers to each question, by (user, number of the message).
        in_doubt: number of these whose reply to the bot was cut off.
        seconds: times from a question to its first answer.
        faults: number of faults, by method and kind.
        lasted: seconds from the first question to the last answer.
    """

    answers: Counter[tuple[int, int | None]] = field(default_factory=Counter)
    in_doubt: Counter[tuple[int, int | None]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    lasted: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.answers) / self.lasted

    @property
    def p50(self) -> float:
        return quantiles(self.seconds, n=100)[49]

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=100)[94]

    def unanswered(self, asked: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the questions that got no answer."""
        return [question for question in asked if not self.answers[question]]

    def repeated(self) -> list[tuple[int, int | None]]:
        """Return questions with more answers than cut connections explain."""
        return [
            question
            for question, times in self.answers.items()
            if times > 1 + self.in_doubt[question]
        ]


async def play(server: ApiServer, plan: Plan, timeout: float = 60.0) -> Outcome:
    """Ask the questions, and wait until each has an answer and no more answers come.

    Raises:
        AssertionError: some questions got no answer.
    """
    chance = random.Random(plan.seed)
    outcome = Outcome()
    already_sent = len(server.sent)
    if plan.rough:
        server.disorder = Disorder(chance, repeated=0.3)
        server.faults = _roughly(chance, outcome)
    asked: dict[tuple[int, int], float] = {}
    began = time.monotonic()
    interruptions = asyncio.create_task(_interrupt(server, plan, outcome))
    for number in range(plan.number):
        # The questions of a burst come at the same time.
        burst = int(number / plan.per_second / BURST_SECONDS) * BURST_SECONDS
        await asyncio.sleep(max(0.0, began + burst - time.monotonic()))
        person = 1000 + chance.randrange(PEOPLE)
        await server.write(plan.questions[number % len(plan.questions)], user=person)
        asked[person, server.last_written] = time.monotonic()
    await interruptions

    def answered() -> set[tuple[int, int | None]]:
        return {(sent.chat_id, sent.reply_to) for sent in server.sent[already_sent:]}

    with suppress(TimeoutError):
        await server.until(lambda: not asked.keys() - answered(), timeout)
    # Time for wrongly repeated answers. Too short a time could hide a fault, but never reports one.
    await asyncio.sleep(1.0)
    server.disorder = server.faults = None
    for sent in server.sent[already_sent:]:
        question = (sent.chat_id, sent.reply_to)
        if question in asked:
            outcome.answers[question] += 1
            if outcome.answers[question] == 1:
                outcome.seconds.append(sent.at - asked[question])
                outcome.lasted = max(outcome.lasted, sent.at - began)
    outcome.in_doubt.update((sent.chat_id, sent.reply_to) for sent in server.cut_after)
    missing = outcome.unanswered(list(asked))
    assert not missing, f"{len(missing)} of {len(asked)} questions got no answer"
    return outcome


# Faults among each hundred calls, so that every run has all of them.
FAULTS = (
    (1, "429", Fault(ApiError(429, "Too Many Requests: retry after 1", 1))),
    (2, "500", Fault(ApiError(500, "Internal Server Error"))),
    (2, "502 page", Fault(page=(502, "<html>502 Bad Gateway</html>"))),
    (2, "cut before", Fault(cut="before")),
    (1, "cut after", Fault(cut="after")),
    (5, "slow", Fault(delay=0.5)),
)


def _roughly(chance: random.Random, outcome: Outcome):
    hundred: list[tuple[str, Fault | None]] = [
        (name, fault) for count, name, fault in FAULTS for _ in range(count)
    ]
    hundred += [("none", None)] * (100 - len(hundred))
    deck: list[tuple[str, Fault | None]] = []

    def draw(method: str) -> Fault | None:
        if not deck:
            deck.extend(chance.sample(hundred, len(hundred)))
        name, fault = deck.pop()
        if fault is not None:
            outcome.faults[f"{method}: {name}"] += 1
        return fault

    return draw


async def _interrupt(server: ApiServer, plan: Plan, outcome: Outcome) -> None:
    """Stop the server twice for a second, so that all connections must be made again."""
    if not plan.rough:
        return
    whole = plan.number / plan.per_second
    for _ in range(2):
        await asyncio.sleep(whole / 3)
        outcome.faults["down for a second"] += 1
        await server.stop()
        # The outage.
        await asyncio.sleep(1.0)
        await server.start()
