"""Reactions to answers."""

import sqlite3
from contextlib import closing

from bot.store.database import FILE
from tests.bot.support.archives import QUESTION

UP, DOWN, HEART = "👍", "👎", "❤"


def feedback(tmp_path) -> list[int]:
    with closing(sqlite3.connect(tmp_path / "data" / "bot" / FILE)) as connection:
        return [useful for (useful,) in connection.execute("SELECT useful FROM feedback")]


async def test_thumbs_count_as_the_buttons_do_and_can_be_taken_back(server, bot, tmp_path):
    await server.write(QUESTION)
    [sent] = await server.until_sent(1)
    await server.react(sent, UP, user=8)
    await server.react(sent, HEART)
    await server.react(sent, UP)
    await server.until(lambda: feedback(tmp_path) == [1])
    # The button is marked, and the mark goes with the reaction.
    [marked] = await server.until_edited(1)
    assert marked.text == sent.text
    assert "✓" in marked.button("مفید بود")["text"]
    await server.react(sent, DOWN, UP)
    await server.until(lambda: feedback(tmp_path) == [0])
    await server.react(sent, "", DOWN)
    await server.until(lambda: feedback(tmp_path) == [])
    *_, cleared = await server.until_edited(3)
    assert cleared.buttons == sent.buttons


async def test_a_reaction_to_another_message_is_no_feedback(server, bot, tmp_path):
    await server.write("/privacy")
    [sent] = await server.until_sent(1)
    await server.react(sent, UP)
    await server.write(QUESTION)
    await server.until_sent(2)
    assert feedback(tmp_path) == []
    assert len(server.sent) == 2
