"""Load: many followers, many new articles; each match is sent once, within the Bot API's limits.

The default suite has 60 followers and 24 new articles. With KHAZAR_TEST_LOAD=1 (`make test-slow`)
there are 5,000 (or KHAZAR_TEST_FOLLOWERS) and 1,000. The measurements are printed.
"""

import os
import random
import resource
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from bot.following.clock import utc_now
from bot.store.database import FILE, connect
from bot.store.follows import Follow, Frequency, NoticeState, follow_to_json
from index.article import Article
from index.console import echo
from index.settings import IndexSettings
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
from tests.bot.support.api_messages import Sent
from tests.bot.support.api_people import private_chat
from tests.bot.support.api_server import ApiServer
from tests.bot.support.running import running_bot
from tests.support.word_encoder import WordEncoder

FOLLOWERS = int(os.environ.get("KHAZAR_TEST_FOLLOWERS", "5000"))
NEW = 1000
LONG = pytest.mark.skipif(not os.environ.get("KHAZAR_TEST_LOAD"), reason="KHAZAR_TEST_LOAD=1")
DATABASE = Path("data", "bot", FILE)
CITIES = "تهران شیراز تبریز مشهد اصفهان رشت".split()
SYLLABLES = "با دو سی کا مو نی را".split()
FILLERS = [f"{one}{other}" for one in "ابپتجخدرزسشفقکگلمنه" for other in ("یان", "ورا", "مند")]
SUBJECTS = "بندر صادرات باران گندم".split()


@dataclass
class Opener:
    """Opens a retriever over an index, for `running_bot`."""

    settings: IndexSettings
    encoder: WordEncoder

    def open(self) -> LiveRetriever:
        values = RetrievalSettings(reranker="none")
        return LiveRetriever(self.settings, values, load=lambda _: self.encoder)


class Clock:
    """A clock that stands still until it is moved by an hour, once."""

    def __init__(self) -> None:
        self._now, self._moved = utc_now(), False

    def __call__(self) -> datetime:
        return self._now

    def move(self) -> None:
        if not self._moved:
            self._now += timedelta(hours=1)
            self._moved = True


@pytest.fixture
def hour_later():
    return Clock()


async def follow_and_forget(
    server: ApiServer, opener: Opener, subjects: list[str], new: int
) -> list[str]:
    """Let the bot know the index; then let people follow subjects, and articles count as new."""
    async with running_bot(server, opener, poll_timeout=1):
        await server.until(lambda: _rows("SELECT count(*) FROM known_articles") > [(0,)])
    with closing(connect(DATABASE)) as connection, connection:
        article_ids = [one for (one,) in connection.execute("SELECT * FROM known_articles")]
        forgotten = article_ids[:: len(article_ids) // new][:new]
        connection.executemany(
            "DELETE FROM known_articles WHERE article_id = ?", [(one,) for one in forgotten]
        )
        for number, subject in enumerate(subjects, start=1):
            frequency = Frequency.HOURLY if number % 20 else Frequency.AT_ONCE
            token = f"{number:016d}"
            follow = Follow(token, number, number, subject, "Asia/Tehran", frequency=frequency)
            server.meet(private_chat(number))
            connection.execute(
                "INSERT INTO follows VALUES (?, ?, ?, ?)",
                (token, number, number, follow_to_json(follow)),
            )
    return forgotten


def _rows(query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(DATABASE)) as connection:
        return connection.execute(query).fetchall()


def most_in_a_second(times: list[float]) -> int:
    """Return the largest number of moments within one second."""
    times, first, most = sorted(times), 0, 0
    for last, moment in enumerate(times):
        while moment - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


async def test_each_match_is_sent_once(server, build_index, word_encoder, hour_later):
    articles = [
        Article(f"{city}-{subject}", f"گزارش {subject} در {city}",
                (f"در {city} خبرنگاران از {subject} و آیندهٔ آن گزارش دادند.",))
        for city in CITIES for subject in SUBJECTS
    ]  # fmt: skip
    settings, _ = build_index(*articles, Article("o", "خبر دیگر", ("خبری بی‌ربط با بقیه.",)))
    subjects = [SUBJECTS[number % 4] for number in range(60)]
    opener = Opener(settings, word_encoder)
    await follow_and_forget(server, opener, subjects, 24)
    async with running_bot(server, opener, poll_timeout=1, clock=hour_later):
        await server.until(lambda: _is_done(hour_later, len(articles) + 1))
    assert _rows("SELECT token, article_id FROM notices GROUP BY 1, 2 HAVING count(*) > 1") == []
    # Lists are one message, and six articles at once are a list.
    matches = Counter(token for (token,) in _rows("SELECT token FROM notices"))
    assert len(matches) == 60
    shown = Counter(one.chat_id for one in server.sent)
    assert set(shown) == set(range(1, 61))
    for number in range(1, 61):
        text = "\n".join(one.text for one in server.sent if one.chat_id == number)
        told = [one for one in articles if text.count(one.title) == 1]
        assert len(told) == matches[f"{number:016d}"]
        assert all(subjects[number - 1] in one.title for one in told)


@LONG
@pytest.mark.timeout(3600)
async def test_five_thousand_followers(server, build_index, word_encoder, hour_later, capsys):
    chance = random.Random(20)
    words = ["".join(one) for one in product(SYLLABLES, SYLLABLES, SYLLABLES)][:250]
    articles = [
        Article(f"{word}-{number}", f"گزارش {number} از {word}",
                (f"در {word} {' '.join(chance.choices(FILLERS, k=25))}.",))
        for word in words for number in range(1, NEW // len(words) + 1)
    ]  # fmt: skip
    settings, _ = build_index(*articles, Article("o", "خبر دیگر", ("خبری بی‌ربط با بقیه.",)))
    subjects = [words[number % len(words)] for number in range(FOLLOWERS)]
    opener = Opener(settings, word_encoder)
    await follow_and_forget(server, opener, subjects, NEW)
    begun, cpu = time.monotonic(), time.process_time()
    async with running_bot(server, opener, poll_timeout=1, clock=hour_later):
        await server.until(lambda: _rows("SELECT count(*) FROM known_articles") > [(NEW,)], 3000)
        matched = time.monotonic()
        await server.until(lambda: _is_done(hour_later, len(articles) + 1), 3000)
    sent, cpu = time.monotonic(), time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    [(matches, followers)] = _rows("SELECT count(*), count(DISTINCT token) FROM notices")
    by_chat: dict[int, list[Sent]] = {}
    for one in server.sent:
        by_chat.setdefault(one.chat_id, []).append(one)
    busiest = most_in_a_second([one.at for one in server.sent])
    to_one = max(most_in_a_second([one.at for one in own]) for own in by_chat.values())
    with capsys.disabled():
        echo(f"\n{FOLLOWERS} followers of {len(words)} subjects, {NEW} new articles")
        echo(f"{matches} matches of {followers} followers in {len(server.sent)} messages")
        echo(f"matched in {matched - begun:.0f} s, sent in {sent - matched:.0f} s more")
        echo(f"CPU of bot and server together: {1000 * cpu / len(server.sent):.1f} ms a message")
        echo(f"resident memory of both at most: {memory:.0f} MB")
        echo(f"most messages in a second: {busiest}, to one chat {to_one}")
    of_word = {word: [one for one in articles if one.id.startswith(f"{word}-")] for word in words}
    matched_with = set(_rows("SELECT token, article_id FROM notices"))
    for chat, own in by_chat.items():
        text = "\n".join(one.text for one in own)
        told = [one.id for one in of_word[subjects[chat - 1]] if text.count(one.title) == 1]
        assert {(f"{chat:016d}", one) for one in told} <= matched_with
        matched_with -= {(f"{chat:016d}", one) for one in told}
    assert matched_with == set()
    assert busiest <= 30
    assert to_one <= 2


def _is_done(clock: Clock, articles: int) -> bool:
    """Return whether all notices are sent; move the clock once all articles are matched."""
    if _rows("SELECT count(*) FROM known_articles") != [(articles,)]:
        return False
    states = dict(_rows("SELECT state, count(*) FROM notices GROUP BY state"))
    if not states:
        return False
    clock.move()
    return set(states) == {NoticeState.SENT}
