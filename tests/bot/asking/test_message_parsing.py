"""Questions in messages: UTF-16 offsets, odd entities, any text."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat, Message, MessageEntity, User

from bot.asking.message_parsing import ExtractedQuestion, after_command, extract_question

BOT = User(42, "Khazar", True, username="khazar_test_bot")
SARA = User(7, "Sara", False)
GROUP = Chat(-5, "supergroup", title="گروه")
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def message(text, entities=(), chat=GROUP, **fields):
    return Message(1, NOW, chat, from_user=SARA, text=text, entities=entities, **fields)


@pytest.mark.parametrize(
    ("text", "asked"),
    [("/ask چرا؟", "چرا؟"), ("/ask@khazar_test_bot  چرا؟", "چرا؟"), ("/ask", ""),
     ("/ask\nچرا؟", "چرا؟"), ("چرا /ask؟", "چرا /ask؟"), ("", "")],
)  # fmt: skip
def test_what_stands_behind_a_command(text, asked):
    assert after_command(text) == asked


def test_a_person_without_a_user_name_is_mentioned_by_a_link():
    entity = MessageEntity(MessageEntity.TEXT_MENTION, 3, 4, user=BOT)
    assert extract_question(message("🌊 خزر چرا؟", [entity]), BOT) == ExtractedQuestion("🌊 چرا؟")
    other = MessageEntity(MessageEntity.TEXT_MENTION, 3, 4, user=SARA)
    assert extract_question(message("🌊 خزر چرا؟", [other]), BOT) is None


def test_its_own_inline_results_are_no_questions():
    private = Chat(7, "private")
    assert extract_question(message("چرا؟", chat=private), BOT) == ExtractedQuestion("چرا؟")
    assert extract_question(message("چرا؟", chat=private, via_bot=BOT), BOT) is None
    assert extract_question(message("چرا؟", chat=Chat(-1001, "channel")), BOT) is None


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_any_text_with_any_entities_is_a_question_or_none(text, places):
    entities = [
        MessageEntity(MessageEntity.TEXT_MENTION, offset, length, user=BOT)
        for offset, length in places
    ]
    asked = extract_question(message(text, entities), BOT)
    assert (asked is None) == (not entities or not text)
