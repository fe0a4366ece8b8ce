"""Load: people who ask in bursts, what goes wrong meanwhile, and what came of it."""

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
    """What is asked, and how roughly.

    Attributes:
        questions: texts, asked in turn.
        number: how many are asked.
        per_second: how many are asked in a second, on average; they come in bursts of half one.
        rough: whether calls fail, connections are cut, and updates come again and in disorder.
        seed: seed of the random numbers: users, order of faults and of updates.
    """

    questions: Sequence[str]
    number: int
    per_second: float
    rough: bool
    seed: int = 20


@dataclass
class Outcome:
    """What came of a plan.

    Attributes:
        answers: how many answers each question got, by (person, number of the message).
        in_doubt: how many of them were cut off after they had been sent.
        seconds: from a question's arrival at the server to its first answer, in order.
        faults: what went wrong, and how often.
        lasted: seconds from the first question to the last answer.
    """

    answers: Counter[tuple[int, int | None]] = field(default_factory=Counter)
    in_doubt: Counter[tuple[int, int | None]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    lasted: float = 0.0

    @property
    def per_second(self) -> float:
        """Questions answered in a second, while any was open."""
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
        """Return what was answered more often than cut connections explain."""
        return [
            question
            for question, times in self.answers.items()
            if times > 1 + self.in_doubt[question]
        ]


async def play(server: ApiServer, plan: Plan, patience: float = 60.0) -> Outcome:
    """Let people ask, and wait until every question has an answer and nothing more comes.

    Raises:
        AssertionError: some have none.
    """
    chance = random.Random(plan.seed)
    outcome = Outcome()
    before = len(server.sent)
    if plan.rough:
        server.disorder = Disorder(chance, repeated=0.3)
        server.faults = _roughly(chance, outcome)
    asked: dict[tuple[int, int], float] = {}
    began = time.monotonic()
    goneness = asyncio.create_task(_go_away(server, plan, outcome))
    for number in range(plan.number):
        # A burst comes all at once.
        burst = int(number / plan.per_second / BURST_SECONDS) * BURST_SECONDS
        await asyncio.sleep(max(0.0, began + burst - time.monotonic()))
        person = 1000 + chance.randrange(PEOPLE)
        await server.write(plan.questions[number % len(plan.questions)], user=person)
        asked[person, server.last_written] = time.monotonic()
    await goneness

    def answered() -> set[tuple[int, int | None]]:
        return {(sent.chat_id, sent.reply_to) for sent in server.sent[before:]}

    with suppress(TimeoutError):
        await server.until(lambda: not asked.keys() - answered(), patience)
    # What would come twice comes now. In too short a time a fault might not be seen, but none is
    # invented.
    await asyncio.sleep(1.0)
    server.disorder = server.faults = None
    for sent in server.sent[before:]:
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


async def _go_away(server: ApiServer, plan: Plan, outcome: Outcome) -> None:
    """Be gone twice, for a second each time, so that everything has to connect again."""
    if not plan.rough:
        return
    whole = plan.number / plan.per_second
    for _ in range(2):
        await asyncio.sleep(whole / 3)
        outcome.faults["gone for a second"] += 1
        await server.stop()
        await asyncio.sleep(1.0)
        await server.start()
