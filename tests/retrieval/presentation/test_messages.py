import string
from dataclasses import fields
from datetime import date

import pytest

from index.search_index import Filter
from retrieval.presentation.messages import _COMMANDS, _TEXTS, wording_for
from retrieval.ranking.confidence import AnswerFeatures

DAY, LATER = date(2025, 11, 18), date(2025, 12, 1)


@pytest.mark.parametrize("key", _TEXTS)
def test_a_text_says_the_same_in_both_languages(key: str) -> None:
    english, persian = (
        sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
        for text in _TEXTS[key]
    )
    assert english == persian


def test_every_command_is_explained_in_both_languages() -> None:
    assert {len(texts) for texts in _COMMANDS} == {3}


@pytest.mark.parametrize("name", [field.name for field in fields(AnswerFeatures)])
def test_all_evidence_can_be_told(name: str) -> None:
    assert wording_for("en").text(f"evidence_{name}", value="0.5").endswith(": 0.5")


@pytest.mark.parametrize(
    ("within", "english", "persian"),
    [
        (Filter(), "", ""),
        (Filter(since=DAY), "18 November 2025 and later", "۲۷ آبان ۱۴۰۴ و پس از آن"),
        (Filter(until=DAY), "18 November 2025 and earlier", "۲۷ آبان ۱۴۰۴ و پیش از آن"),
        (Filter(DAY, DAY), "18 November 2025", "۲۷ آبان ۱۴۰۴"),
        (
            Filter(DAY, LATER),
            "18 November 2025 to 1 December 2025",
            "۲۷ آبان ۱۴۰۴ تا ۱۰ آذر ۱۴۰۴",
        ),
        (Filter(agencies=("ISNA", "BBC")), "ISNA, BBC", "\u2068ISNA\u2069، \u2068BBC\u2069"),
        (
            Filter(since=DAY, agencies=("ایلنا",)),
            "18 November 2025 and later; \u2068ایلنا\u2069",
            "۲۷ آبان ۱۴۰۴ و پس از آن؛ ایلنا",
        ),
    ],
)
def test_limits_are_written_in_the_reader_s_calendar(
    within: Filter, english: str, persian: str
) -> None:
    assert wording_for("en").limits(within) == english
    assert wording_for("fa").limits(within) == persian
    assert wording_for("fa-Latn").limits(within) == persian


def test_numbers_have_the_reader_s_digits() -> None:
    english, persian = wording_for("en"), wording_for("fa")
    assert (english.number(0.126, 2), persian.number(0.126, 2)) == ("0.13", "۰.۱۳")
    assert (english.percent(0.98), persian.percent(0.98)) == ("98%", "۹۸٪")
