"""Questions in messages: UTF-16 offsets, odd entities, any text."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat, Message, MessageEntity, TextQuote, User

from bot.asking.claims import asked_address, asks_about_other_words
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


@pytest.mark.parametrize(
    "text", ["این درست است؟", "این درسته؟", "آیا این خبر صحت دارد؟", "واقعیه؟", "is this true?",
             "in doroste?", "شایعه‌ست؟", ""],
)  # fmt: skip
def test_a_question_about_other_words_has_no_subject_of_its_own(text):
    assert asks_about_other_words(text)
    assert asked_address(f"{text} https://isna.ir/news/84") == "https://isna.ir/news/84"


@pytest.mark.parametrize("text", ["این وزیر کیست؟", "قیمت نفت درست است؟", "who is this minister?"])
def test_a_question_with_a_subject_is_asked_itself(text):
    assert not asks_about_other_words(text)
    assert asked_address(f"{text} https://isna.ir/news/84") is None
    replied = message("سخن دیگری")
    private = Chat(7, "private")
    asked = extract_question(message(text, chat=private, reply_to_message=replied), BOT)
    assert asked == ExtractedQuestion(text)


def test_the_words_of_others_are_asked_alone():
    private = Chat(7, "private")
    claim = message("قیمت نفت دو برابر شد.", chat=private)
    asked = extract_question(message("این درست است؟", chat=private, reply_to_message=claim), BOT)
    assert asked == ExtractedQuestion("قیمت نفت دو برابر شد.", is_quoted=True)
    quote = TextQuote("قیمت نفت", 0, is_manual=True)
    part = message("درسته؟", chat=private, reply_to_message=claim, quote=quote)
    assert extract_question(part, BOT) == ExtractedQuestion("قیمت نفت", is_quoted=True)
    thanks = message("ممنون 🙏", chat=private, reply_to_message=claim)
    assert extract_question(thanks, BOT) == ExtractedQuestion("ممنون 🙏")


@pytest.mark.parametrize("text", ["ممنون 🙏", "😂😂", "؟!", "@ali_reza این را ببین"])
def test_a_reply_to_the_bot_in_a_group_that_asks_nothing_gets_nothing(text):
    answer = Message(77, NOW, GROUP, from_user=BOT, text="پاسخ")
    entities = [MessageEntity(MessageEntity.MENTION, 0, 9)] if text.startswith("@") else []
    assert extract_question(message(text, entities, reply_to_message=answer), BOT) is None
