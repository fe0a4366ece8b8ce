"""Inline queries over a real index, and Telegram's limits on their results."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views import messages
from bot.views.inline_results import inline_results, shortened
from bot.views.markup import utf16_units
from index.article import Article
from index.indexing.builder import update
from index.readers.formats.jsonl import to_record
from retrieval.errors import QuestionError
from tests.bot.support.archives import ARTICLES, ISNA, QUESTION
from tests.bot.support.fakes import CITATION, FakeRetriever, answer, passage
from tests.bot.support.running import running_bot
from tests.bot.support.telegram_html import parse, utf16_length


async def test_passages_come_as_articles_with_preview_and_citation(server, bot):
    reply = await server.inline_answer(await server.ask_inline(QUESTION))
    first, *_ = reply["results"]
    assert first["title"] == "همکاری علمی در دریای خزر تقویت می‌شود"
    assert first["description"].startswith("خبرگزاری کار ایران، ۲۷ آبان ۱۴۰۴\nبیش از ۳۰۰ دانشجوی")
    message = parse(first["input_message_content"]["message_text"])
    assert message.text.startswith(f"پرسش: \u2068{QUESTION}\u2069")
    assert message.shown("bold")[0].startswith("بیش از ۳۰۰ دانشجوی")
    assert reply["cache_time"] == 300
    assert not reply.get("is_personal")
    assert len({one["id"] for one in reply["results"]}) == len(reply["results"])


async def test_further_results_come_with_the_next_offset(server, bot):
    reply = await server.inline_answer(await server.ask_inline("ایران چیست"))
    assert reply["next_offset"] == "5"
    further = await server.inline_answer(await server.ask_inline("ایران چیست", "5"))
    titles = [one["title"] for page in (reply, further) for one in page["results"]]
    # One row an article, of which the second page has no more than are new.
    assert sorted(titles) == sorted(article.title for article in ARTICLES)
    assert not further.get("next_offset")


async def test_the_same_query_is_searched_once(server, archive, caplog):
    caplog.set_level("DEBUG")
    async with running_bot(server, archive, user_questions_per_minute=1):
        replies = [await server.inline_answer(await server.ask_inline(QUESTION)) for _ in range(6)]
        assert all(reply["results"] == replies[0]["results"] for reply in replies)
        # Apps send queries while the user types: the limit is higher than for questions.
        flood = [
            await server.inline_answer(await server.ask_inline(f"{QUESTION} {number}"))
            for number in range(5)
        ]
    assert flood[-1]["results"] == []
    assert flood[-1]["cache_time"] == 0


@pytest.mark.parametrize("text", ["", "  ", "؟", "آب"])
async def test_nothing_typed_yet_gets_a_hint(server, bot, text):
    reply = await server.inline_answer(await server.ask_inline(text))
    assert reply["results"] == []
    assert reply["button"] == {"text": "پرسشتان را بنویسید", "start_parameter": "help"}


async def test_a_hint_is_in_a_persons_own_language_and_not_shown_to_others(server, bot):
    for language, words in (("fa", "پرسشتان را بنویسید"), ("en", "Write your question")):
        reply = await server.inline_answer(await server.ask_inline("", language_code=language))
        assert (reply["button"]["text"], reply["is_personal"]) == (words, True)


async def test_a_new_snapshot_is_asked_at_once_for_what_was_asked_before(server, own_archive):
    async with running_bot(server, own_archive):
        before = await server.inline_answer(await server.ask_inline("زعفران قائنات"))
        assert before["results"][0]["title"] != "برداشت زعفران قائنات آغاز شد"
        update(own_archive.settings, [_saffron(own_archive.directory)], load=own_archive.load,
               find=own_archive.find)  # fmt: skip
        await server.until(own_archive.has_followed)
        after = await server.inline_answer(await server.ask_inline("زعفران قائنات"))
    assert after["results"][0]["title"] == "برداشت زعفران قائنات آغاز شد"


def _saffron(directory: Path) -> str:
    article = Article(
        "isna-90", "برداشت زعفران قائنات آغاز شد", ("برداشت زعفران در قائنات امروز آغاز شد.",)
    )
    file = directory.parent / "saffron.jsonl"
    file.write_text(json.dumps(to_record(article), ensure_ascii=False) + "\n", encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("language", ["fa", "en"])
async def test_a_query_that_cannot_be_searched_for_gets_a_hint_that_fits(server, language):
    fake = FakeRetriever({"12345": QuestionError("question_too_long", most=2000, length=4000)})
    async with running_bot(server, fake):
        query = await server.ask_inline("12345", language_code=language)
        reply = await server.inline_answer(query)
    hint = messages.load(language).text("inline_refused")
    assert (reply["results"], reply["button"]["text"]) == ([], hint)


async def test_odd_offsets_do_no_harm(server, bot):
    for offset in ("x", "-1", "۵", "9" * 30):
        reply = await server.inline_answer(await server.ask_inline(QUESTION, offset))
        assert isinstance(reply["results"], list)


async def test_choices_are_kept_out_of_the_common_cache(server, bot):
    await server.write("/source ایسنا")
    await server.until_sent(1)
    reply = await server.inline_answer(await server.ask_inline(QUESTION))
    assert reply["is_personal"]
    assert all(ISNA in one["description"] for one in reply["results"])


def test_the_longest_results_fit():
    text = "🌊 جملهٔ بسیار بلند است. " * 2000
    citation = CITATION.__class__("عنوان " * 900, "خبرگزاری " * 20, None, "1" * 50, None)
    given = answer("چه؟ " * 700, "fa", True, passage(text, "🌊 جملهٔ بسیار بلند است.", citation))
    [result] = inline_results(given, messages.load("fa"), "khazar_test_bot")
    message = parse(result.input_message_content.message_text)
    assert utf16_length(message.text) <= 4096
    assert "کد خبر" in message.text
    assert len(result.id.encode()) <= 64
    assert len(result.title) <= 100


@given(
    st.text(alphabet="اب🌊 .\n", min_size=1, max_size=300),
    st.integers(0, 300),
    st.integers(1, 100),
    st.integers(20, 120),
)
def test_a_shortened_passage_keeps_its_sentence_as_far_as_it_fits(text, start, length, most):
    start = min(start, len(text) - 1)
    end = min(start + length, len(text))
    whole = passage(text, text, CITATION).__class__(
        "a", (0,), text, 0.5, CITATION, (start, end), answer_span=(start, end)
    )
    short = shortened(whole, most)
    assert short.answer_span == short.highlight
    assert utf16_units(short.text) <= most
    first, last = short.highlight
    assert 0 <= first <= last <= len(short.text)
    sentence = short.text[first:last]
    assert text[start:end].startswith(sentence)
