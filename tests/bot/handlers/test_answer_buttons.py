"""Buttons under an answer, over a real index."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.exchanges import new_token
from bot.store.feedback import evaluation_records, read_feedback, review_records
from bot.views.keyboards import Action, ButtonData, parse_data
from index.article import Article
from index.indexing.builder import update
from index.readers.formats.jsonl import to_record
from retrieval.evaluation.questions import read_questions
from tests.bot.support.api_people import group
from tests.bot.support.archives import MUSEUM, QUESTION
from tests.bot.support.running import running_bot

STALE = "این دکمه دیگر کار نمی‌کند. لطفاً پرسشتان را دوباره بفرستید."


@pytest.fixture
async def answered(server, archive):
    """One passage for a question, with the buttons under it."""
    async with running_bot(server, archive, passages=1):
        await server.write(QUESTION)
        [sent] = await server.until_sent(1)
        yield sent


async def test_more_passages_come_once_and_go_on_with_the_numbers(server, answered):
    query = await server.press(answered, "بخش‌های بیشتر")
    await server.callback_answer(query)
    _, page = await server.until_sent(2)
    assert page.text.startswith("بخش‌های دیگری که به این پرسش مربوط‌اند:")
    assert "[۲] عنوان" in page.text
    assert page.reply_to == answered.message_id
    await server.until_edited(1)
    labels = [button["text"] for row in server.edits[0].buttons for button in row]
    assert "بخش‌های بیشتر" not in labels
    # The old button, in an app that has not received the change.
    data = answered.button("بخش‌های بیشتر")["callback_data"]
    assert await server.callback_answer(await server.call_back(answered, data)) is not None
    await server.press(page, "بخش‌های بیشتر")
    *_, third = await server.until_sent(3)
    assert "[۳] عنوان" in third.text
    passages = {one.parsed.shown("blockquote")[0] for one in server.sent}
    assert len(passages) == 3


async def test_an_answer_of_several_articles_has_six_buttons_at_most(server, archive):
    async with running_bot(server, archive, passages=5):
        await server.write("ایران چیست")
        [sent] = await server.until_sent(1)
        own = [[button["text"] for button in row] for row in sent.buttons]
        assert own == [
            ["متن خبرها", "بخش‌های بیشتر"],
            ["چرا این پاسخ؟", "کپی ارجاع"],
            ["مفید بود", "مفید نبود"],
        ]
        await server.press(sent, "متن خبرها")
        [opened] = await server.until_edited(1)
        articles, back = ([button["text"] for button in row] for row in opened.buttons)
        # From the right, as a reader of Persian begins.
        assert articles[-1] == "خبر ۱"
        assert articles == sorted(articles, reverse=True)
        assert len(articles) > 1
        assert back == ["بازگشت", "دنبال کردن"]
        assert opened.html == sent.html
        await server.press(opened, "خبر ۱")
        _, article = await server.until_sent(2)
        assert article.text.splitlines()[0] in sent.text
        await server.press(opened, "بازگشت")
        _, again = await server.until_edited(2)
        assert again.buttons == sent.buttons


@pytest.mark.parametrize(("first", "last"), [(0, 1), (1, 9), (2, 1)])
async def test_passages_that_were_not_shown_have_no_buttons(server, answered, first, last):
    token = parse_data(answered.button("کل خبر")["callback_data"]).token
    data = ButtonData(Action.ARTICLES, token, first, last).pack()
    await server.callback_answer(await server.call_back(answered, data))
    assert server.edits == []


async def test_more_passages_are_new_ones_after_the_index_has_changed(server, own_archive):
    async with running_bot(server, own_archive, passages=2):
        await server.write(QUESTION)
        [sent] = await server.until_sent(1)
        # An article that is better than those that were shown.
        copy = Article("isna-91", "آستراخان", (QUESTION, f"{QUESTION} بله."))
        file = own_archive.directory.parent / "new.jsonl"
        file.write_text(json.dumps(to_record(copy), ensure_ascii=False) + "\n", encoding="utf-8")
        update(own_archive.settings, [str(file)], load=own_archive.load, find=own_archive.find)
        await server.until(own_archive.has_followed)
        await server.press(sent, "بخش‌های بیشتر")
        _, page = await server.until_sent(2)
    shown, new = (one.parsed.shown("blockquote") for one in (sent, page))
    assert new[0].startswith("چند دانشجوی")
    assert not set(shown) & set(new)
    assert "[۳]" in page.text


async def test_a_whole_article_has_its_passage_marked(server, answered):
    await server.press(answered, "کل خبر")
    _, article = await server.until_sent(2)
    assert article.buttons == ()
    assert "صادرات گندم" in article.text
    assert [bold[:10] for bold in article.parsed.shown("bold")] == ["همکاری علم", "بیش از ۳۰۰"]


async def test_a_long_article_opens_at_its_passage_and_is_turned_in_place(server, archive):
    async with running_bot(server, archive, passages=1):
        await server.write("گزارش موزهٔ فرش شیراز دربارهٔ قالی‌های کهن")
        [sent] = await server.until_sent(1)
        await server.press(sent, "کل خبر")
        _, second = await server.until_sent(2)
        assert second.text.startswith("موزهٔ فرش شیراز بازگشایی شد\n\n")
        assert second.text.endswith("صفحهٔ ۲ از ۳")
        passage = sent.parsed.shown("bold")[0].split(".")[0]
        assert second.parsed.shown("bold")[0].startswith(passage)
        # The next page is on the left, as in a Persian book.
        assert [button["text"] for button in second.buttons[0]] == ["بعدی", "قبلی"]
        await server.press(second, "بعدی")
        [last] = await server.until_edited(1)
        assert last.text.endswith("صفحهٔ ۳ از ۳")
        assert [button["text"] for button in last.buttons[0]] == ["قبلی"]
        await server.press(last, "قبلی")
        await server.until_edited(2)
        await server.press(last, "قبلی")
        *_, first = await server.until_edited(3)
        assert first.text.endswith("صفحهٔ ۱ از ۳")
        pages = [second, *server.edits]
    for number in range(1, 13):
        assert sum(f"بند {number} گزارش" in page.text for page in pages) >= 1
    assert len(MUSEUM.paragraphs) == 12


async def test_why_is_told_in_words(server, answered):
    await server.press(answered, "چرا این پاسخ؟")
    _, why = await server.until_sent(2)
    assert why.text.startswith("زبان پرسش: فارسی\nعبارت جست‌وجو: \u2068چند دانشجوی ایرانی")
    assert "از نظر معنا: رتبهٔ ۱" in why.text
    assert "کلمه‌هایی که در آن هست: " in why.text


async def test_what_was_asked_for_by_date_has_no_reasons(server, bot):
    await server.write("/latest")
    [sent] = await server.until_sent(1)
    await server.press(sent, "چرا")
    _, why = await server.until_sent(2)
    assert why.text.startswith("رتبه‌بندی انجام نشد")


async def test_feedback_is_kept_with_its_question_and_becomes_evaluation_lines(
    server, archive, tmp_path
):
    async with running_bot(server, archive, passages=1):
        await server.write(QUESTION)
        [sent] = await server.until_sent(1)
        for words in ("مفید نبود", "مفید بود"):
            answer = await server.callback_answer(await server.press(sent, words))
            assert answer["text"] == "ممنون، نظرتان ثبت شد."
        await server.until_edited(2)
        assert server.edits[1].buttons[-1][0]["text"] == "✓ مفید بود"
        await server.write("و صادرات گندم آن چقدر بود؟")
        _, followed = await server.until_sent(2)
        await server.callback_answer(await server.press(followed, "مفید بود"))
        await server.write("بابوشکین دربارهٔ کشتیرانی چه گفت؟")
        *_, third = await server.until_sent(3)
        await server.callback_answer(await server.press(third, "مفید نبود"))
    feedback = read_feedback(tmp_path / "data" / "bot")
    assert [one.useful for one in feedback] == [True, True, False]
    assert {one.exchange.snapshot for one in feedback} == {
        (archive.directory / "CURRENT").read_text(encoding="utf-8").strip()
    }
    first, second = evaluation_records(feedback)
    assert first == {
        "kind": "answerable", "article": "ilna-1715776", "paragraph": 1, "also": [],
        "style": "feedback", "q_fa": QUESTION,
    }  # fmt: skip
    assert second["kind"] == "followup"
    assert (second["first_fa"], second["paragraph"]) == (QUESTION, 3)
    file = tmp_path / "useful.jsonl"
    file.write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n", encoding="utf-8")
    assert len(read_questions(file)) == 2
    [review] = review_records(feedback)
    assert review["question"] == "بابوشکین دربارهٔ کشتیرانی چه گفت؟"
    assert review["passages"][0]["article"] == "ilna-1715776"
    assert "7" not in {str(value) for value in review.values()}


async def test_nobody_pages_through_what_is_not_theirs(server, bot):
    await server.write(f"/ask {QUESTION}", chat=group())
    [sent] = await server.until_sent(1)
    answer = await server.callback_answer(await server.press(sent, "چرا", user=8))
    assert answer["text"].startswith("این دکمه‌ها برای کسی است که پرسش را فرستاده.")
    # In another chat the token does not exist.
    await server.write(QUESTION, user=8)
    _, other = await server.until_sent(2)
    data = sent.button("چرا")["callback_data"]
    answer = await server.callback_answer(await server.call_back(other, data, 8))
    assert answer["text"] == STALE
    assert len(server.sent) == 2


@pytest.mark.parametrize(
    "data",
    ["", "x", "m:short:1:1", f"z:{'a' * 16}:0:0", f"w:{'a' * 16}:0:0", f"a:{'a' * 16}:99999:0",
     "w:' OR 1=1 --aaaaa:0:0", "a" * 64, "م" * 30],
)  # fmt: skip
async def test_forged_data_is_answered_politely(server, answered, data):
    answer = await server.callback_answer(await server.call_back(answered, data))
    assert answer["text"] == STALE
    assert len(server.sent) == 1


@pytest.mark.parametrize("number", [0, 2, 9999])
async def test_a_passage_that_was_not_shown_is_not_opened(server, answered, number):
    token = parse_data(answered.button("کل خبر")["callback_data"]).token
    data = ButtonData(Action.ARTICLE, token, number).pack()
    answer = await server.callback_answer(await server.call_back(answered, data))
    assert answer["text"] == "این خبر دیگر در بایگانی نیست."


@given(st.sampled_from(Action), st.integers(0, 9999), st.integers(0, 9999))
def test_data_fits_and_reads_back(action, number, page):
    data = ButtonData(action, new_token(), number, page)
    assert len(data.pack().encode()) <= 64
    assert parse_data(data.pack()) == data


@given(st.text(max_size=64))
def test_other_data_is_none_or_reads_back_the_same(text):
    data = parse_data(text)
    assert data is None or parse_data(data.pack()) == data


async def test_a_button_whose_query_is_too_old_does_its_work_all_the_same(server, answered):
    server.query_seconds = -1.0
    await server.press(answered, "کل خبر")
    _, article = await server.until_sent(2)
    assert article.reply_to == answered.message_id
