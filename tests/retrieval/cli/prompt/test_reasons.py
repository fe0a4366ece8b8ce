"""`:why` at the prompt."""

import re

from tests.retrieval.cli.prompt.conftest import FIRST, STUDENTS, STUDY, Type, passage_number


def test_why_tells_what_an_english_question_rests_on(type_line: Type) -> None:
    type_line(":k 100")
    number = passage_number(type_line("How many zebras and students are in Astrakhan?"), STUDY)
    searched, chance, *rest = type_line(f":why {number}")[1:]
    assert searched == "Searched for: How many zebras and students are in Astrakhan?"
    assert re.fullmatch(r"Chance that the archive answers: \d+%\. It rests on:", chance)
    evidence = rest[: rest.index("")]
    assert [line.split(": ")[0] for line in evidence[:4]] == [
        "closeness in meaning of the first passage",
        "how far the closest passage is ahead of the ten closest",
        "words of the question that its article has",
        "strength of the best match by words",
    ]
    reasons = [re.sub(r"[\d.]+", "N", line) for line in rest[rest.index("") + 1 : -2]]
    assert reasons == [
        "Passage N (score N)",
        "by meaning: place N (cosine N)",
        "by words: place N (score N)",
        "the word “zebras” (weight N): not in it",
        "the word “students” (weight N): دانشجو",
        "the word “Astrakhan” (weight N): آستراخ",
    ]


def test_why_tells_what_words_do_not_find(type_line: Type) -> None:
    type_line(":k 100")
    number = passage_number(type_line("POS devices"), FIRST)
    lines = type_line(f":why {number}")
    assert lines[0] == "Language: English"
    assert "by words: not found" in lines


def test_why_tells_what_a_follow_up_was_read_with(type_line: Type) -> None:
    type_line(STUDENTS)
    type_line("و استاندارش چه گفت؟")
    lines = type_line(":why ۲")
    assert lines[:3] == [
        "زبان پرسش: فارسی",
        f"جست‌وجو شد: {STUDENTS} و استاندارش چه گفت؟",
        f"در ادامهٔ این پرسش: {STUDENTS}",
    ]
    assert re.fullmatch(r"احتمال این که پاسخ در بایگانی باشد: [۰-۹]+٪، بر پایهٔ:", lines[3])
    assert re.fullmatch(r"بخش ۲ \(امتیاز [۰-۹.]+\)", lines[11])
    assert any(line.startswith("افزوده برای گفت‌وگو یا زمان: ") for line in lines)


def test_why_tells_how_latin_letters_were_read(type_line: Type) -> None:
    type_line("chand daneshjoo dar Astarakhan dars mikhanand?")
    lines = type_line(":why")
    assert lines[0] == "زبان پرسش: فارسی با حروف لاتین"
    assert lines[1].startswith("جست‌وجو شد: چند دانشجو در ")
    assert any("«daneshjoo»" in line and line.endswith(": دانشجو") for line in lines)


def test_what_was_asked_for_by_its_code_has_no_reasons(type_line: Type) -> None:
    type_line("کد خبر ۱۷۱۵۷۷۶")
    assert type_line(":why") == ["چیزی سنجیده نشد: خبرها فقط با کد یا تاریخ خواسته شده‌اند."]
