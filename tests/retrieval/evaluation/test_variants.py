"""Ways of typing a question, and what its answer loses by them."""

import unicodedata

import pytest
from rich.console import Console

from index.text.encoder_text import encoder_text
from retrieval.evaluation.altered_numbers import with_wrong_numbers
from retrieval.evaluation.questions import Answerable, EvalQuery, Unanswerable
from retrieval.evaluation.variants.families import SLIPS, typing_variants, variants_of
from retrieval.evaluation.variants.runs import (
    VariantResult,
    count_variants,
    draw_sample,
    print_variants,
    run_variants,
    variant_measures,
)

QUESTION = "استاندار درباره‌ی ۲۵ دانشجوی خارجی و ۱۵۰ دانشکده‌ها چه می‌گوید؟"


def typed(text: str, language: str = "fa") -> dict[str, str]:
    return {
        f"{variant.family}: {variant.name}": changed
        for variant, changed in variants_of(text, language, "1")
    }


def answerable(text: str, language: str = "fa", key: str = "1 fa") -> EvalQuery:
    question = Answerable(kind="answerable", article="astrakhan", paragraph=1)
    return EvalQuery(key, text, language, question)


def test_there_are_some_forty_ways_in_persian() -> None:
    assert 35 <= len(typed(QUESTION)) <= 45
    assert len({(one.family, one.name, one.languages) for one in typing_variants()}) == len(
        typing_variants()
    )


def test_a_question_always_gets_the_same_variants() -> None:
    assert typed(QUESTION) == typed(QUESTION)
    others = {variant.name: text for variant, text in variants_of(QUESTION, "fa", "2")}
    assert any(typed(QUESTION)[f"slips: {name}"] != others[name] for name in ("swapped", "doubled"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "spelling: Arabic ي and ك",
            "استاندار درباره‌ي ۲۵ دانشجوي خارجي و ۱۵۰ دانشكده‌ها چه مي‌گويد؟",
        ),
        (
            "spacing: no half-spaces",
            "استاندار دربارهی ۲۵ دانشجوی خارجی و ۱۵۰ دانشکدهها چه میگوید؟",
        ),
        ("spoken: spoken", "استاندار درباره‌ی ۲۵ دانشجوی خارجی و ۱۵۰ دانشکده‌ها چی میگه؟"),
        (
            "numbers: in words",
            "استاندار درباره‌ی بیست و پنج دانشجوی خارجی و صد و پنجاه دانشکده‌ها چه می‌گوید؟",
        ),
        ("numbers: Latin digits", QUESTION.replace("۲۵", "25").replace("۱۵۰", "150")),
        ("courtesy: casual", f"میشه بگی {QUESTION}"),
    ],
)
def test_a_way_of_typing(name: str, expected: str) -> None:
    assert typed(QUESTION)[name] == expected


def test_spellings_look_alike_and_are_one_to_the_encoder() -> None:
    alike = {"Arabic ي and ك", "Urdu ہ and Kurdish ڪ", "kashida", "vowel signs", "NFD"}
    alike |= {"presentation forms", "RLM inside a word", "embedding", "soft hyphen"}
    for variant, text in variants_of(f"آیا {QUESTION}", "fa", "1"):
        if variant.name in alike:
            assert encoder_text(text) == encoder_text(f"آیا {QUESTION}"), variant.name


def test_a_third_of_the_long_words_has_one_slip() -> None:
    words = QUESTION.replace("\u200c", " ").split()
    for variant, text in variants_of(QUESTION, "fa", "1"):
        if variant.family == SLIPS and variant.name != "same sound":
            changed = text.replace("\u200c", " ").split()
            assert sum(one != other for one, other in zip(words, changed, strict=True)) == 2


def test_numbers_are_in_digits_again_in_english() -> None:
    ways = typed("Did twenty-five or 2,500 people come in 2012?", "en")
    assert ways["numbers: in digits"] == "Did 25 or 2500 people come in 2012?"
    assert typed("Did 25 or 2500 people come in 2012?", "en")["numbers: in words"] == (
        "Did twenty-five or 2500 people come in 2012?"
    )


def test_what_fits_no_text_is_left_out() -> None:
    assert not any(name.startswith("numbers") for name in typed("استاندار چه گفت؟"))
    assert unicodedata.normalize("NFD", "استاندار") == "استاندار"
    assert "spelling: NFD" not in typed("استاندار")


def test_losses_are_counted_by_family(retriever) -> None:
    asked = [
        answerable("چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"),
        EvalQuery("2 fa", "پایتخت فرانسه کجاست؟", "fa", Unanswerable(kind="unanswerable")),
    ]
    results = list(run_variants(retriever, asked))
    assert len(results) == count_variants(asked)
    measures = variant_measures(results)
    assert measures["fa"]["n"] == len(results)
    assert measures["fa spelling"].keys() <= measures["fa"].keys()
    assert measures["fa spacing: two spaces"] == {
        "n": 2, "found_lost": 0, "first_lost": 0, "invented": 0, "invented_as_typed": 0,
    }  # fmt: skip


def test_a_share_is_of_those_that_there_were_before() -> None:
    def result(*, answerable: bool = True, **judged: bool) -> VariantResult:
        return VariantResult("fa", "slips", "doubled", "؟", answerable, **judged)

    results = [
        result(found=True, right=True, still_found=False, still_right=True),
        result(found=True, right=False, still_found=True, still_right=True),
        result(found=False, right=True, still_found=False, still_right=False),
        result(answerable=False, found=False, right=False, still_found=True, still_right=False),
    ]
    assert variant_measures(results)["fa slips"] == {
        "n": 4, "found_lost": 0.5, "first_lost": 0.5, "invented": 1, "invented_as_typed": 0,
    }  # fmt: skip
    console = Console(record=True, width=120)
    print_variants(console, results)
    assert "50.0%" in console.export_text()


def test_a_sample_is_always_the_same_and_of_each_language() -> None:
    asked = [answerable("؟", language, f"{n} {language}") for n in range(9) for language in "ab"]
    drawn = draw_sample(asked, 4)
    assert drawn == draw_sample(asked, 4)
    assert [one.language for one in drawn] == ["a"] * 4 + ["b"] * 4
    assert draw_sample(asked, None) == asked


@pytest.mark.parametrize(
    ("text", "altered"),
    [
        ("کدام کارخانه ۱٬۵۰۰ کارگر دارد؟", "کدام کارخانه ۳۰۰۳ کارگر دارد؟"),
        ("Which mill has 1,500 workers?", "Which mill has 3003 workers?"),
        ("۷۵ درصد کجا؟", "۱۵۳٪ کجا؟"),
    ],
)
def test_a_wrong_number_makes_a_question_that_has_no_answer(text: str, altered: str) -> None:
    [query] = with_wrong_numbers([answerable(text)])
    assert (query.text, query.answerable) == (altered, False)


@pytest.mark.parametrize("text", ["در سال ۱۳۹۲ چه شد؟", "سال ۹۲", "۲۲ بهمن", "هفته سوم", "کجا؟"])
def test_years_days_and_ranks_are_no_numbers_to_alter(text: str) -> None:
    assert with_wrong_numbers([answerable(text)]) == []
