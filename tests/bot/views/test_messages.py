import re
from datetime import date
from string import Formatter

import pytest

from bot.store.preferences import Preferences
from bot.views import messages
from bot.views.bidi import direction_mark

LANGUAGES = ("fa", "en")
ISOLATE = re.compile("\u2068[^\u2069]*\u2069")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_with_the_same_placeholders():
    persian, english = (messages.load(language).words for language in LANGUAGES)
    assert persian.keys() == english.keys()
    for key in english:
        assert placeholders(persian[key]) == placeholders(english[key]), key
        assert persian[key].strip(), key
        assert english[key].strip(), key


def test_persian_lines_start_in_persian_and_keep_latin_words_apart():
    words = messages.load("fa").words
    for key, text in words.items():
        plain = ISOLATE.sub("", re.sub(r"\{\w+\}", "", text))
        assert not re.search("[A-Za-z]", plain), key
        assert all(direction_mark(line) == "" for line in plain.splitlines()), key
        assert not re.search("[0-9يكىة]", plain), key


def test_dates_are_in_the_language_s_calendar():
    day = date(2025, 11, 18)
    assert messages.load("en").date(day) == "18 November 2025"
    assert messages.load("fa").date(day) == "۲۷ آبان ۱۴۰۴"


@pytest.mark.parametrize(
    ("code", "message", "language"),
    [
        ("fa", None, "fa"), ("fa-IR", None, "fa"), ("FA_ir", None, "fa"), (None, None, "fa"),
        ("", None, "fa"), ("en", None, "en"), ("far", None, "en"), ("de", None, "en"),
        ("en", "چرا؟", "fa"), ("en", "why?", "en"), ("fa", "why?", "fa"),
    ],
)  # fmt: skip
def test_a_persons_language(code, message, language):
    assert messages.for_person(code, message).language == language


@pytest.mark.parametrize(("asked", "language"), [("fa", "fa"), ("fa-Latn", "fa"), ("en", "en")])
def test_an_answers_language(asked, language):
    assert messages.for_answer(asked).language == language


def test_numbers_and_dates_are_as_somebody_has_chosen():
    persian, english = (messages.load(language) for language in LANGUAGES)
    assert (persian.number(1234.5, 1), english.number(1234.5, 1)) == ("۱٬۲۳۴٫۵", "1,234.5")
    assert (persian.percent(0.5), english.percent(0.5)) == ("۵۰٪", "50%")
    chosen = Preferences(digits="latin", calendar="gregorian")
    day = date(2025, 11, 18)
    assert persian.for_reader(chosen).date(day) == "18 نوامبر 2025"
    assert english.for_reader(Preferences(calendar="jalali")).date(day) == "27 Aban 1404"
    assert persian.date(date(1, 1, 1)) == "۱ ژانویه ۱"
    assert messages.for_answer("fa", Preferences(language="en")).language == "en"
    assert messages.for_person("fa", "چرا؟", Preferences(language="en")).language == "en"


def test_there_are_twelve_months_in_each_calendar():
    for language in LANGUAGES:
        words = messages.load(language).words
        assert len(words["jalali_months"].split()) == 12
        assert len(words["gregorian_months"].split()) == 12


def test_a_placeholder_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        messages.load("en").text("title")
