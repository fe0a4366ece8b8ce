from datetime import date

import pytest

from bot.store.preferences import Preferences
from bot.views import messages


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


def test_digits_calendar_and_language_are_as_somebody_has_chosen():
    chosen = Preferences(digits="latin", calendar="gregorian")
    day = date(2025, 11, 18)
    assert messages.for_answer("fa", chosen).date(day) == "18 نوامبر 2025"
    assert messages.for_answer("fa", chosen).number(1234.5, 1) == "1٬234٫5"
    assert messages.for_answer("en", Preferences(calendar="jalali")).date(day) == "27 Aban 1404"
    assert messages.for_answer("en", Preferences(digits="persian")).number(12) == "۱۲"
    assert messages.for_answer("fa", Preferences(language="en")).language == "en"
    assert messages.for_person("fa", "چرا؟", Preferences(language="en")).language == "en"


def test_one_and_many_have_their_own_forms():
    english = messages.load("en")
    assert english.text("posts_waiting", count=1).startswith("1 post is ready")
    assert english.text("posts_waiting", count=2).startswith("2 posts are ready")
    assert messages.load("fa").text("posts_waiting", count=2).startswith("۲ پست")
