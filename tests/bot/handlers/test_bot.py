"""The real application over HTTP: messages in, messages out."""

import asyncio
import logging
from dataclasses import replace
from urllib.parse import quote

import pytest

from bot.app import build_application
from bot.runner import serve
from bot.settings import BotSettings
from bot.transport.api_request import TokenRejectedError
from index.errors import IndexCorruptError, IndexMissingError
from retrieval.answers import Answer, Citation
from retrieval.errors import QuestionError
from tests.bot.support.api_parameters import ApiError
from tests.bot.support.fakes import ASTRAKHAN, PASSAGE, SENTENCE, FakeRetriever, answer, passage
from tests.bot.support.running import running_bot

BEFORE, AFTER = PASSAGE.split(SENTENCE)
LINK = (
    "https://www.ilna.ir/news/1715776?a=1&amp;b=2#:~:text="
    f"{quote('هم اکنون بیش از')},{quote('دانشگاههای آستراخان تحصیل میکنند.')}"
)
PERSIAN = (
    f"<blockquote>{BEFORE}<b>{SENTENCE}</b>{AFTER}</blockquote>\n"
    "عنوان: \u2068همکاریهای علمی و فرهنگی در دریای خزر تقویت میشود\u2069\n"
    "منبع: \u2068خبرگزاری کار ایران\u2069، ۲۷ آبان ۱۴۰۴، کد خبر \u2068۱۷۱۵۷۷۶\u2069\n"
    f'<a href="{LINK}">متن کامل خبر</a>'
)
ENGLISH = (
    f"<blockquote>{BEFORE}<b>{SENTENCE}</b>{AFTER}</blockquote>\n"
    "Title: \u2068همکاریهای علمی و فرهنگی در دریای خزر تقویت میشود\u2069\n"
    "<i>Gloss: \u2068cooperation · scientific · caspian sea · strengthen · 300 · student · "
    "Iranian · university · study\u2069</i>\n"
    "Source: \u2068خبرگزاری کار ایران\u2069, 18 November 2025, news code \u20681715776\u2069\n"
    f'<a href="{LINK}">Full article</a>'
)


async def test_a_persian_question_is_answered_with_the_passage_and_its_source(server, retriever):
    await server.write(ASTRAKHAN)
    [sent] = await server.until_sent(1)
    assert sent.html == PERSIAN
    assert sent.parsed.shown("bold") == [SENTENCE]
    assert sent.parsed.shown("blockquote") == [PASSAGE]
    assert (sent.chat_id, sent.reply_to) == (7, 101)
    assert retriever.asked == [(ASTRAKHAN, 3)]


async def test_an_english_question_is_answered_with_english_labels(server, retriever):
    question = "How many students study in Astrakhan?"
    retriever.table[question] = answer(question, "en")
    await server.write(question)
    [sent] = await server.until_sent(1)
    assert sent.html == ENGLISH


async def test_persian_in_latin_letters_gets_persian_labels(server, retriever):
    question = "chand daneshjoo dar astrakhan dars mikhanand?"
    retriever.table[question] = answer(question, "fa-Latn")
    await server.write(question, "en")
    [sent] = await server.until_sent(1)
    assert sent.html == PERSIAN


async def test_what_the_archive_does_not_answer_is_said_and_related_passages_follow(
    server, retriever
):
    questions = {"قیمت بلیت مریخ؟": "fa", "Tickets to Mars?": "en"}
    for number, (question, language) in enumerate(questions.items(), 1):
        retriever.table[question] = answer(question, language, False)
        await server.write(question)
        await server.until_sent(number)
    persian, english = server.sent
    assert persian.text.startswith(
        "در بایگانی پاسخی برای این پرسش پیدا نکردم.\n\n"
        f"شاید این بخش‌ها به کارتان بیاید:\n{PASSAGE}\nعنوان: "
    )
    assert english.text.startswith(
        "I found no answer to this question in the archive.\n\n"
        f"These passages may still help:\n{PASSAGE}\nTitle: "
    )
    assert persian.parsed.shown("bold") == english.parsed.shown("bold") == []


async def test_markup_in_articles_and_questions_is_only_text(server, retriever):
    text = "<b>a</b> & <script>x</script> &lt; \"q\" 'p'"
    source = Citation("a<b>&c", "<x>", None, "&", None)
    question = "<i>?&amp;"
    retriever.table[question] = answer(question, "en", True, passage(text, text, source))
    await server.write(question)
    [sent] = await server.until_sent(1)
    assert retriever.asked == [(question, 3)]
    assert sent.text == (
        f"{text}\nTitle: \u2068a<b>&c\u2069\nSource: \u2068<x>\u2069, news code \u2068&\u2069"
    )
    assert sent.parsed.shown("bold") == [text]


async def test_long_passages_go_on_in_further_messages(server, retriever):
    sentences = [f"این جملهٔ شمارهٔ {n} از یک گزارش بسیار بلند است 🌊." for n in range(300)]
    text = " ".join(sentences)
    bold = " ".join(sentences[50:200])
    other = replace(passage(), article_id="b")
    retriever.table["بلند؟"] = answer("بلند؟", "fa", True, passage(text, bold), other)
    await server.write("بلند؟")
    await server.until(lambda: bool(server.sent) and "خبرهای دیگری" in server.sent[-1].text)
    quotes = [piece for sent in server.sent for piece in sent.parsed.shown("blockquote")]
    assert quotes[-1] == SENTENCE
    assert " ".join(quotes[:-1]) == text
    shown = [piece for sent in server.sent for piece in sent.parsed.shown("bold")]
    assert shown[-1] == SENTENCE
    assert " ".join(shown[:-1]) == bold
    assert len(shown) > 2
    assert all(quote.endswith("🌊.") for quote in quotes[:-1])
    assert [sent.reply_to for sent in server.sent] == [101] + [None] * (len(server.sent) - 1)


@pytest.mark.parametrize(
    ("language_code", "start"),
    [("fa", "سلام! من خزر هستم"), ("fa-IR", "سلام!"), (None, "سلام!"), ("en", "Hello! I'm Khazar"),
     ("ru", "Hello!")],
)  # fmt: skip
async def test_start_speaks_the_language_of_the_app(server, retriever, language_code, start):
    await server.write("/start deep-link", language_code)
    [sent] = await server.until_sent(1)
    assert sent.text.startswith(start)
    assert retriever.asked == []


async def test_help_and_unknown_commands(server, retriever):
    for number, command in enumerate(("/help", "/help@khazar_test_bot", "/no_such"), 1):
        await server.write(command, "en")
        await server.until_sent(number)
    helped, addressed, unknown = (sent.text for sent in server.sent)
    assert helped.startswith("Write a question in Persian")
    assert addressed == helped
    assert unknown == "I don't know this command. Write a question, or see /help"
    assert retriever.asked == []


async def test_a_message_without_text_gets_a_courteous_line(server, retriever):
    photo = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
    await server.write(None, "en", photo=[photo])
    await server.until_sent(1)
    await server.write(None, "en", photo=[photo], caption=ASTRAKHAN)
    hint, answered = await server.until_sent(2)
    assert hint.text == "I can only answer written questions. Please type your question."
    assert answered.html == PERSIAN
    assert retriever.asked == [(ASTRAKHAN, 3)]


async def test_other_peoples_talk_and_service_messages_are_ignored(server, retriever):
    group = {"id": -5, "type": "supergroup", "title": "g"}
    await server.write("چه خبر؟", chat=group)
    await server.write(None, pinned_message={"message_id": 1, "date": 0, "chat": group})
    await server.write(ASTRAKHAN)
    [sent] = await server.until_sent(1)
    await server.until_confirmed()
    assert sent.html == PERSIAN
    assert retriever.asked == [(ASTRAKHAN, 3)]


async def test_a_message_without_words_is_asked_for_again(server, retriever):
    retriever.table["؟!"] = Answer("؟!", "fa", False, 0.0, ())
    await server.write("؟!")
    [sent] = await server.until_sent(1)
    assert sent.text.startswith("در این پیام پرسشی ندیدم.")


async def test_typing_is_shown_while_searching_off_the_event_loop(server, retriever):
    retriever.gate.clear()
    await server.write(ASTRAKHAN)
    await server.until(lambda: server.actions == [7])
    assert server.sent == []
    await server.write("/help", "en")
    [helped] = await server.until_sent(1)
    assert helped.text.startswith("Write a question")
    retriever.gate.set()
    assert (await server.until_sent(2))[1].html == PERSIAN
    assert all(name.startswith("search") for name in retriever.threads)


async def test_an_answer_is_given_though_typing_could_not_be_shown(server, caplog):
    fake = FakeRetriever()
    server.fail("sendChatAction", ApiError(500, "Internal Server Error"))
    async with running_bot(server, fake):
        fake.gate.clear()
        await server.write(ASTRAKHAN)
        await server.until(lambda: "sendChatAction" in server.calls)
        fake.gate.set()
        await server.until_sent(1)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("question", "language_code", "apology"),
    [(ASTRAKHAN, "en", "ببخشید، در پاسخ دادن"), ("Why?", "en", "Sorry, something went wrong"),
     ("chera?", "fa", "ببخشید، در پاسخ دادن")],
)  # fmt: skip
async def test_a_bug_is_logged_with_its_traceback_and_answered_politely(
    server, retriever, caplog, question, language_code, apology
):
    retriever.table[question] = ZeroDivisionError("secret detail")
    number = await server.write(question, language_code)
    [sent] = await server.until_sent(1)
    assert sent.text.startswith(apology)
    assert "secret" not in sent.text
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage() == f"update {number} failed"
    assert isinstance(record.exc_info[1], ZeroDivisionError)
    await server.write("باز هم؟")
    await server.until_sent(2)


async def test_a_question_that_cannot_be_searched_is_refused_politely(server, retriever, caplog):
    for question in ("دراز؟", "Long?"):
        retriever.table[question] = QuestionError("question_too_long", most=2000, length=4000)
    await server.write("دراز؟", "en")
    await server.until_sent(1)
    await server.write("Long?", "en")
    await server.until_sent(2)
    assert [sent.text for sent in server.sent] == [
        "این پرسش برای جست‌وجو خیلی طولانی است. لطفاً کوتاه‌ترش کنید.",
        "This question is too long to search for. Please make it shorter.",
    ]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_broken_index_is_the_operators_business(server, retriever):
    retriever.table[ASTRAKHAN] = IndexCorruptError("/srv/khazar/index: terms are missing")
    await server.write(ASTRAKHAN)
    [sent] = await server.until_sent(1)
    assert sent.text.startswith("ببخشید")
    assert "khazar" not in sent.text


async def test_an_error_of_the_server_is_waited_for(server, retriever, caplog):
    server.fail("sendMessage", ApiError(502, "Bad Gateway"))
    await server.write(ASTRAKHAN)
    [sent] = await server.until_sent(1)
    assert sent.html == PERSIAN
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# python-telegram-bot warns about its own `retry_after`.
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_a_flood_limit_is_waited_for(server, retriever):
    server.fail("sendMessage", ApiError(429, "Too Many Requests: retry after 1", retry_after=1))
    await server.write(ASTRAKHAN)
    [sent] = await server.until_sent(1)
    assert sent.html == PERSIAN


async def test_nothing_more_is_sent_to_who_blocked_the_bot(server, caplog):
    server.fail("sendMessage", ApiError(403, "Forbidden: bot was blocked by the user"))
    async with running_bot(server, FakeRetriever()):
        number = await server.write("اول؟")
        await server.until(lambda: "sendMessage" in server.calls)
    assert server.calls.count("sendMessage") == 1
    assert f"update {number} failed" in caplog.text


async def test_an_apology_that_cannot_be_sent_is_logged(server, caplog):
    server.fail("sendMessage", *[ApiError(400, "Bad Request: not enough rights")] * 2)
    async with running_bot(server, FakeRetriever()):
        await server.write("اول؟")
        await server.until(lambda: server.calls.count("sendMessage") == 2)
        await server.write(ASTRAKHAN)
        await server.until_sent(1)
    assert "the apology could not be sent" in caplog.text


async def test_the_number_of_passages_is_a_setting(server):
    fake = FakeRetriever()
    async with running_bot(server, fake, passages=7):
        await server.write(ASTRAKHAN)
        await server.until_sent(1)
    assert fake.asked == [(ASTRAKHAN, 7)]


async def test_stopping_finishes_the_answer_that_is_under_way(server):
    fake = FakeRetriever()
    async with running_bot(server, fake) as serving:
        fake.gate.clear()
        await server.write(ASTRAKHAN)
        await server.until(lambda: server.actions == [7])
        await server.until_confirmed()
        serving.cancel()
        fake.gate.set()
        with pytest.raises(asyncio.CancelledError):
            await serving
    assert [sent.html for sent in server.sent] == [PERSIAN]
    assert fake.closed


async def test_stopping_while_the_index_opens_closes_it(server):
    fake = FakeRetriever()
    fake.gate.clear()
    settings = BotSettings(api_url=server.url)
    serving = asyncio.create_task(
        serve(build_application(settings, server.token, fake.open), settings)
    )
    await asyncio.to_thread(fake.opening.wait)
    serving.cancel()
    fake.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert fake.closed
    assert server.calls == ["getMe"]


async def test_a_missing_index_ends_the_start(server):
    fake = FakeRetriever()
    fake.unusable = IndexMissingError("no index at data/index: run python -m index build")
    with pytest.raises(IndexMissingError, match="python -m index build"):
        async with running_bot(server, fake):
            pass


async def test_a_token_that_is_not_well_formed_ends_the_start(server, caplog):
    # Telegram replies 404 to such a token, and python-telegram-bot quotes it.
    server.fail("getMe", ApiError(404, "Not Found"))
    with pytest.raises(TokenRejectedError, match="@BotFather") as raised:
        async with running_bot(server, FakeRetriever()):
            pass
    assert server.token not in str(raised.value)
    assert server.token not in caplog.text


async def test_trouble_while_polling_is_survived(server, caplog):
    async with running_bot(server, FakeRetriever(), poll_timeout=0):
        server.fail("getUpdates", ApiError(502, "Bad Gateway"))
        await server.until_failed("getUpdates")
        await server.write(ASTRAKHAN)
        await server.until_sent(1)
    assert "polling was interrupted, trying again: Bad Gateway" in caplog.text


async def test_a_token_that_is_revoked_ends_the_bot(server):
    async with running_bot(server, FakeRetriever(), poll_timeout=0) as serving:
        server.token = "1:other"
        with pytest.raises(TokenRejectedError, match="@BotFather"):
            await serving
