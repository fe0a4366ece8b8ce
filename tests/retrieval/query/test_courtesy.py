"""Courtesy around a question, and what typing and copying leave in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.courtesy import read_question
from retrieval.query.question_text import clean_question

FA = "چند دانشجو در آستراخان درس می‌خوانند؟"
EN = "How many students study in Astrakhan?"
LATN = "chand daneshjoo dar Astarakhan dars mikhanand?"


@pytest.mark.parametrize(
    "opening",
    [
        "سلام",
        "سلام،",
        "سلام علیکم.",
        "با سلام و احترام، لطفاً بفرمایید که",
        "سلام خسته نباشید ببخشید یه سوال داشتم می‌خواستم بدونم",
        "سلام دوست عزیز! میشه لطفا به من بگی",
        "وقت بخیر، ممکنه بگید",
        "می‌تونی بهم بگی",
        "لطف کنید و بگویید",
        "آیا می‌دانید",
        "با عرض سلام و خسته نباشید، میشه لطف کنید بگید",
        "آقا یه سوال داشتم،",
        "درود! ممکنه لطفاً پاسخ بدید:",
        "hi,",
    ],
)
def test_persian_courtesy_before_a_question(opening: str) -> None:
    asked = read_question(f"{opening} {FA}")
    assert (asked.text.text, asked.language) == (FA, "fa")


@pytest.mark.parametrize(
    "opening",
    [
        "hi",
        "Hello there!",
        "Good morning, could you please tell me",
        "I'd like to know",
        "Sorry to bother you, do you know",
        "please can you tell me",
        "I was wondering if you could tell me",
        "salam,",
        "Good evening team, would you be able to tell me,",
        "Hi! Hope you're well. Can you help me find out",
    ],
)
def test_english_courtesy_before_a_question(opening: str) -> None:
    asked = read_question(f"{opening} {EN}")
    assert (asked.text.text, asked.language) == (EN, "en")


@pytest.mark.parametrize(
    "opening",
    [
        "salam",
        "salaam, lotfan begoo",
        "salam mishe begi",
        "salam khaste nabashid, mikhastam bedoonam ke",
        "bebakhshid ye soal dashtam mitooni begi",
        "salaam. age mishe begid",
    ],
)
def test_courtesy_in_latin_letters_before_a_question(opening: str) -> None:
    asked = read_question(f"{opening} {LATN}")
    assert (asked.text.text, asked.language) == (LATN, "fa-Latn")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("قیمت نفت چند است؟ ممنون", "قیمت نفت چند است؟"),
        ("قیمت نفت چند است؟ خیلی ممنون از شما، روز خوش", "قیمت نفت چند است؟"),
        ("قیمت نفت رو می‌تونی بهم بگی؟ مرسی 🙏", "قیمت نفت رو"),
        ("Who won? Thanks in advance!", "Who won?"),
        ("who won, please", "who won"),
        ("ki bord? kheili mamnoon", "ki bord?"),
        ("ki bord? kheyli mamnun", "ki bord?"),
    ],
)
def test_courtesy_behind_a_question(question: str, expected: str) -> None:
    assert read_question(question).text.text == expected


@pytest.mark.parametrize(
    "question",
    [
        "سلام",
        "ممنون!",
        "Thank you very much",
        "وزیر چه گفت؟",
        "رئیس‌جمهور در سلام نوروزی چه گفت؟",
        "خزر چقدر عقب رفته است؟",
        "میشه با کارت ملی رأی داد؟",
        "Can Iran qualify for the World Cup?",
        "What did the minister tell us about oil?",
        "Begin and Sadat met where?",
        "",
    ],
)
def test_what_is_no_courtesy_around_a_question_stays(question: str) -> None:
    assert read_question(question).text.text == question


def test_the_language_is_that_of_the_whole_text() -> None:
    asked = read_question("salam lotfan begoo Ali Karimi")
    assert (asked.text.text, asked.language) == ("Ali Karimi", "fa-Latn")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("س\u200fلا\u200bم مح\u0640\u0640مّد", "سلام محمد"),
        ("می¬رود", "می\u200cرود"),
        ("#بازسازی_پیاده‌رو چقدر؟", "بازسازی پیاده‌رو چقدر؟"),
        ("**قیمت** _نفت_ `چند` ~~است~~؟", "قیمت نفت چند است؟"),
        ("> قیمت نفت\n\nچند است؟", "قیمت نفت چند است؟"),
        ("این چیست؟ https://example.ir/news/12?a=b 😀🙏", "این چیست؟"),
        ("[خبر](https://example.ir/1) درباره چیست", "خبر درباره چیست"),
        ("https://example.ir/1", "https://example.ir/1"),
        ("HOW MANY COMPANIES?", "how many companies?"),
        ("FIFA", "FIFA"),
        ("نظر FIFA و AFC", "نظر FIFA و AFC"),
        ("نفت -استقلال", "نفت -استقلال"),
        ("«گل به خودی»", "«گل به خودی»"),
    ],
)
def test_what_typing_leaves_is_taken_off(typed: str, expected: str) -> None:
    assert clean_question(typed) == expected


@given(st.text(max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    cleaned = clean_question(text)
    assert read_question(text).text.text in cleaned
    assert "\n" not in cleaned


@pytest.mark.parametrize(
    "question",
    [
        "تشکر مردم از تیم ملی",
        "سپاس سردار از مردم",
        "درود بر شهیدان",
        "thank you for smoking",
        "Thanks to whom did Iran win?",
        "tashakor mardom az time melli",
    ],
)
def test_courtesy_with_a_complement_is_what_is_asked_about(question: str) -> None:
    assert read_question(question).text.text == question


@pytest.mark.parametrize("opening", ["تشکر،", "سلام، تشکر.", "سپاس، ببخشید", "تشکر لطفاً بگویید"])
def test_a_noun_of_thanks_before_a_pause_or_more_courtesy_is_courtesy(opening: str) -> None:
    assert read_question(f"{opening} {FA}").text.text == FA
