from datetime import date

import pytest

from index.search_index import Filter
from retrieval.presentation.messages import Messages, messages_for
from retrieval.presentation.serialization import evidence_by_key
from retrieval.ranking.confidence import AnswerFeatures
from retrieval.ranking.timing import STAGES

DAY, LATER = date(2025, 11, 18), date(2025, 12, 1)


@pytest.mark.parametrize("language", ["fa", "en"])
def test_all_features_stages_and_languages_have_a_text(language: str) -> None:
    messages = messages_for(language)
    for key in evidence_by_key(AnswerFeatures(*[0.0] * 8)):
        assert messages.text(f"evidence_{key}", value="0.5").endswith(": 0.5")
    for stage in STAGES:
        assert messages.text(f"stage_{stage}", time="1").endswith(" 1")
    assert all(messages.text(f"in_{name}") for name in ("fa", "en", "fa-Latn"))


@pytest.mark.parametrize(
    ("filter_", "english", "persian"),
    [
        (Filter(), "", ""),
        (Filter(since=DAY), "18 November 2025 and later", "۲۷ آبان ۱۴۰۴ به بعد"),
        (Filter(until=DAY), "18 November 2025 and earlier", "تا ۲۷ آبان ۱۴۰۴"),
        (Filter(DAY, DAY), "18 November 2025", "۲۷ آبان ۱۴۰۴"),
        (
            Filter(DAY, LATER),
            "18 November 2025 to 1 December 2025",
            "۲۷ آبان ۱۴۰۴ تا ۱۰ آذر ۱۴۰۴",
        ),
        (
            Filter(agencies=("ISNA", "BBC")),
            "\u2068ISNA\u2069, \u2068BBC\u2069",
            "\u2068ISNA\u2069، \u2068BBC\u2069",
        ),
        (
            Filter(since=DAY, agencies=("ایلنا",)),
            "18 November 2025 and later; \u2068ایلنا\u2069",
            "۲۷ آبان ۱۴۰۴ به بعد؛ \u2068ایلنا\u2069",
        ),
    ],
)
def test_limits_are_written_in_the_reader_s_calendar(
    filter_: Filter, english: str, persian: str
) -> None:
    assert messages_for("en").limits(filter_) == english
    assert messages_for("fa").limits(filter_) == persian
    assert messages_for("fa-Latn").limits(filter_) == persian


def test_numbers_have_the_digits_and_marks_of_the_language() -> None:
    english, persian = messages_for("en"), messages_for("fa")
    assert (english.number(1234.56, 1), persian.number(1234.56, 1)) == ("1,234.6", "۱٬۲۳۴٫۶")
    assert (english.percent(0.98), persian.percent(0.98)) == ("98%", "۹۸٪")


@pytest.mark.parametrize(
    ("day", "persian", "english"),
    [
        ("2025-11-18", "۲۷ آبان ۱۴۰۴", "18 November 2025"),
        ("2024-03-20", "۱ فروردین ۱۴۰۳", "20 March 2024"),
        ("2025-03-20", "۳۰ اسفند ۱۴۰۳", "20 March 2025"),
        # Sites write this for an unknown day; the Jalali calendar does not have it.
        ("0001-01-01", "۱ ژانویه ۱", "1 January 1"),
    ],
)
def test_dates_are_in_the_calendar_of_the_language(day: str, persian: str, english: str) -> None:
    assert messages_for("fa").date(date.fromisoformat(day)) == persian
    assert messages_for("en").date(date.fromisoformat(day)) == english


def test_a_count_chooses_the_plural_form() -> None:
    texts = {"found": {"one": "1 article in {place}", "other": "{count} articles in {place}"}}
    messages = Messages("en", texts, persian_digits=False, jalali=False)
    assert messages.text("found", count=1, place="x") == "1 article in x"
    assert messages.text("found", count=0, place="x") == "0 articles in x"
    assert messages.text("found", count=1200, place="x") == "1,200 articles in x"


def test_a_missing_text_or_value_is_an_error() -> None:
    messages = messages_for("en")
    with pytest.raises(KeyError):
        messages.text("absent")
    with pytest.raises(KeyError):
        messages.text("code")
