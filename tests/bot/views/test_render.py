from dataclasses import replace
from datetime import date, time
from urllib.parse import quote

import pytest

from bot.views import messages
from bot.views.render import render_answer
from index.search_index import Filter
from retrieval.answers import Answer, AnswerKind, Citation, PassageTranslation, Scope
from tests.bot.support.fakes import CITATION, PASSAGE, SENTENCE, answer, passage
from tests.bot.support.telegram_html import parse

NO_CITATION = Citation("", None, None, None, None)


def shown(given: Answer) -> str:
    [html] = rendered(given)
    return html


def rendered(given: Answer) -> list[str]:
    return render_answer(given, messages.for_answer(given.language))


def test_each_article_has_one_entry():
    second = passage("بند دوم.\nاست.", "بند دوم.", NO_CITATION)
    third = passage("بند سوم.", "بند سوم.", NO_CITATION)
    link = replace(CITATION, title="خبر <دوم>", code="1", url="http://a.ir/?a&b")
    other = replace(passage("آغاز. پاسخ این است.", "پاسخ این است.", link), article_id="b")
    same = replace(passage("پایان.", "پایان.", link), article_id="b")
    last = replace(passage("سومی.", "سومی.", NO_CITATION), article_id="c")
    html = shown(
        answer("چه؟", "fa", True, passage(citation=NO_CITATION), second, other, third, same, last)
    )
    assert html == (
        f"<blockquote>{PASSAGE.replace(SENTENCE, f'<b>{SENTENCE}</b>')}</blockquote>\n[۱]\n\n"
        "۲ بخش دیگر از همین خبر: ۲، ۴\n"
        "<blockquote expandable>[۲] بند دوم.\nاست.\n\n[۴] بند سوم.</blockquote>\n\n"
        "خبرهای دیگری که به این پرسش مربوط‌اند:\n"
        f'<a href="http://a.ir/?a&amp;b#:~:text={quote("پاسخ این است.")}">'
        "[۳، ۵] خبر &lt;دوم&gt;</a>\n"
        "\u2068خبرگزاری کار ایران\u2069، ۲۷ آبان ۱۴۰۴\n"
        "<blockquote><b>پاسخ این است.</b></blockquote>\n\n"
        "[۶]\n<blockquote><b>سومی.</b></blockquote>"
    )


def test_the_articles_of_a_list_are_equals():
    others = [replace(passage("الف. ب.", "الف.", CITATION), article_id=name) for name in ("b", "c")]
    given = replace(answer("نفت", "fa", False, *others), kind=AnswerKind.LIST)
    html = shown(given)
    assert html.startswith('خبرها، از تازه‌ترین:\n<a href="')
    assert html.count("<blockquote>الف.</blockquote>") == 2


def test_the_words_that_answer_are_underlined():
    text = "سطر نخست.\nتعداد ۵ هزار نفر است."
    start = text.index("۵")
    one = passage(text, "تعداد ۵ هزار نفر است.", NO_CITATION)
    one = replace(one, answer_span=(start, start + 6))
    html = shown(answer("چه؟", "fa", True, one))
    assert html == (
        "<blockquote>سطر نخست.\n<b>تعداد </b><b><u>۵ هزار</u></b><b> نفر است.</b></blockquote>"
    )
    assert "<u>" not in shown(answer("چه؟", "fa", False, one))
    # Above a folded passage, and of another article, too.
    long = replace(one, text=text + " دنباله." * 100)
    assert shown(answer("چه؟", "fa", True, long)).startswith("<b>تعداد </b><b><u>۵ هزار</u></b>")
    late = "کلمه " * 60 + "۵ هزار نفر."
    other = replace(passage(late, late, NO_CITATION), article_id="b")
    other = replace(other, answer_span=(300, 306))
    html = shown(answer("چه؟", "fa", True, passage(), other))
    assert html.endswith("[۲]\n<blockquote>… <b><u>۵ هزار</u></b><b> نفر.</b></blockquote>")


def test_a_long_sentence_of_another_article_is_cut():
    text = "کلمه " * 100
    other = replace(passage(text, text, NO_CITATION), article_id="b")
    *_, quote = parse(shown(answer("چه؟", "fa", True, passage(), other))).shown("blockquote")
    assert quote.endswith("کلمه …")
    assert len(quote) <= 202


def test_english_readers_are_told_what_a_passage_says():
    citation = replace(NO_CITATION, title="بانک مرکزی")
    one = passage("۵ هزار دانشجو", "۵ هزار دانشجو", citation)
    other = replace(one, article_id="b")
    html = shown(answer("How many?", "en", True, one, other))
    gloss = "<i>Gloss: \u2068central bank · 5,000 · student\u2069</i>"
    assert f"Title: \u2068بانک مرکزی\u2069\n{gloss}" in html
    assert f"[2] بانک مرکزی\n{gloss}\n" in html
    assert "<i>" not in shown(answer("چند؟", "fa", True, one, other))
    translated = replace(one, translation=PassageTranslation("Central bank", "5,000 students"))
    html = shown(answer("How many?", "en", True, translated))
    assert "<i>Machine translation: \u2068Central bank — 5,000 students\u2069</i>" in html
    assert "Gloss" not in html
    html = shown(replace(answer("How many?", "en", True, one), untranslated=True))
    assert html.startswith("<i>The translation service did not answer;")


@pytest.mark.parametrize(
    ("citation", "lines"),
    [
        (NO_CITATION, ""),
        (replace(NO_CITATION, code="IR-84"), "\nPublished: news code \u2068IR-84\u2069"),
        (replace(NO_CITATION, date=date(2020, 1, 5)), "\nPublished: 5 January 2020"),
        (replace(NO_CITATION, date=date(2020, 1, 5), time=time(9, 5)),
         "\nPublished: 5 January 2020, 09:05"),
        (replace(NO_CITATION, agency="ISNA", code="7"),
         "\nSource: \u2068ISNA\u2069, news code \u20687\u2069"),
        (replace(NO_CITATION, title="a\n  b"), "\nTitle: \u2068a b\u2069"),
        (replace(NO_CITATION, url="http://a.ir/#b"),
         '\n<a href="http://a.ir/#b">Full article</a>'),
        (replace(NO_CITATION, url="http://a.ir"),
         f'\n<a href="http://a.ir#:~:text={quote("زر.")}">Full article</a>'),
        (replace(NO_CITATION, url="javascript:alert(1)"), ""),
        (replace(NO_CITATION, url="tg://user?id=1"), ""),
        (replace(NO_CITATION, url="http://[bad"), ""),
    ],
)  # fmt: skip
def test_what_a_source_does_not_say_is_left_out(citation, lines):
    # A word that has no gloss.
    html = shown(answer("x?", "en", True, passage("زر.", "زر.", citation)))
    assert html == f"<blockquote><b>زر.</b></blockquote>{lines}"


def test_where_a_post_was_forwarded_from_stands_above_its_title():
    citation = replace(NO_CITATION, title="خبر", agency="کانال خزر", kicker="بازنشر از ایسنا")
    html = shown(answer("چه؟", "fa", True, passage("متن.", "متن.", citation)))
    assert html == (
        "<blockquote><b>متن.</b></blockquote>\n\u200f\u2068بازنشر از ایسنا\u2069\n"
        "عنوان: \u2068خبر\u2069\nمنبع: \u2068کانال خزر\u2069"
    )


def test_a_code_in_persian_has_persian_digits():
    html = shown(answer("چه؟", "fa", True, passage(citation=replace(NO_CITATION, code="A-12"))))
    assert html.endswith("\nانتشار: کد خبر \u2068A-۱۲\u2069")


def test_each_line_of_a_passage_reads_right_to_left_and_bold_stays_where_it_was():
    text = "سطر اول.\nCNN می\u200cگوید: دومی چنین است.\nسوم."
    html = shown(answer("چه؟", "fa", True, passage(text, "می\u200cگوید: دومی", NO_CITATION)))
    assert html == (
        "<blockquote>سطر اول.\n\u200fCNN <b>می\u200cگوید: دومی</b> چنین است.\nسوم.</blockquote>"
    )


def test_without_passages_it_is_said_whether_there_was_a_question():
    words, none = (Answer(text, "en", False, 0.0, ()) for text in ("月?", "?! 🌊"))
    assert shown(words) == "I found no answer to this question in the archive."
    assert shown(none).startswith("I see no question here.")


def test_every_citation_of_a_long_answer_is_complete():
    citation = replace(CITATION, title="عنوان " * 100)
    passages = [
        replace(passage(f"{n} " + "متن بلند خبر. " * 700, f"{n} ", citation), article_id=str(n))
        for n in range(10)
    ]
    messages = [parse(html) for html in rendered(answer("چه؟", "fa", True, *passages))]
    text = "\n".join(message.text for message in messages)
    assert text.count("\u2068خبرگزاری کار ایران\u2069، ۲۷ آبان ۱۴۰۴") == 10
    assert text.count("کد خبر \u2068۱۷۱۵۷۷۶\u2069") == 1
    assert sum(len(message.shown("text_link")) for message in messages) == 10


def test_a_long_passage_is_folded_below_its_answering_sentence():
    text = "سطر نخست. " * 40 + "پاسخ این است. " + "سطر پایانی. " * 40
    html = shown(answer("چه؟", "fa", True, passage(text, "پاسخ این است.", NO_CITATION)))
    start = "<b>پاسخ این است.</b>\n<blockquote expandable>سطر نخست."
    assert html.startswith(start)
    assert html.count("<blockquote") == 1
    related = shown(answer("چه؟", "fa", False, passage(text, "پاسخ این است.", NO_CITATION)))
    assert "<b>" not in related
    assert "<blockquote expandable>سطر نخست." in related


def test_what_was_made_of_the_question_is_told_first():
    filter_ = Filter(date(2025, 10, 23), date(2025, 11, 21), ("خبرگزاری کار ایران",))
    scope = Scope(filter_, relaxed=True, undated=True, unknown_source="CNN")
    given = replace(answer("چه؟"), follows_up=True, scope=scope)
    notes, _, _ = shown(given).partition("</i>")
    assert notes.splitlines() == [
        "<i>این پرسش را ادامهٔ پرسش قبلی در نظر گرفتم.",
        "در بایگانی خبری از «\u2068CNN\u2069» نیست؛ برای همین نام خبرگزاری را در نظر نگرفتم.",
        "خبرهای بایگانی تاریخ ندارند؛ برای همین تاریخ را در نظر نگرفتم.",
        "در آن زمان پاسخی پیدا نشد؛ این نتایج مربوط به زمان‌های دیگر است.",
        "محدودهٔ جست‌وجو: ۱ آبان ۱۴۰۴ تا ۳۰ آبان ۱۴۰۴؛ \u2068خبرگزاری کار ایران\u2069",
    ]
    english = shown(replace(given, language="en"))
    assert "Search limited to: 23 October 2025 to 21 November 2025; " in english


@pytest.mark.parametrize(
    ("scope", "offset", "words"),
    [
        (Scope(unknown_code="123456"), 0, "خبری با کد \u2068۱۲۳۴۵۶\u2069 در بایگانی نیست."),
        (Scope(undated=True), 0, "خبری پیدا نشد که بر اساس تاریخ مرتب شود."),
        (Scope(Filter(agencies=("ایسنا",))), 0, "در این محدوده خبری در بایگانی نیست."),
        (Scope(), 3, "بخش دیگری برای این پرسش پیدا نکردم."),
    ],
)
def test_why_there_is_nothing_is_told(scope, offset, words):
    given = Answer("چه؟", "fa", False, 0.0, (), scope=scope, offset=offset)
    assert shown(given).endswith(words)


def test_the_next_page_goes_on_with_the_numbers():
    given = replace(answer("چه؟", "fa", True, passage(citation=NO_CITATION)), offset=3)
    assert shown(given).startswith("بخش‌های دیگری که به این پرسش مربوط‌اند:\n<blockquote>")
    assert shown(given).endswith("\n[۴]")
