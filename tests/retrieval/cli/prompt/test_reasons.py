"""`:why` at the prompt."""

import re

from tests.retrieval.support.prompt_output import FIRST, STUDENTS, STUDY, Type, passage_number


def test_why_tells_what_an_english_question_rests_on(type_line: Type) -> None:
    type_line(":k 100")
    number = passage_number(type_line("How many zebras and students are in Astrakhan?"), STUDY)
    searched, chance, *rest = type_line(f":why {number}")[1:]
    assert searched == "Searched for: How many zebras and students are in Astrakhan?"
    assert re.fullmatch(r"Chance that the archive has the answer: \d+%", chance)
    assert rest.pop(0) == "Based on:"
    evidence = rest[: rest.index("")]
    assert [line.split(": ")[0] for line in evidence[:4]] == [
        "semantic similarity of the first passage",
        "lead of the most similar passage over the average of the top ten",
        "share of the question's words in its article",
        "best word match",
    ]
    reasons = [re.sub(r"[\d.]+", "N", line) for line in rest[rest.index("") + 1 : -2]]
    assert reasons == [
        "Passage N (score N)",
        "by meaning: rank N (similarity N)",
        "by words: rank N (score N)",
        "the word “zebras” (weight N): not in the passage",
        "the word “students” (weight N): دانشجو",
        "the word “Astrakhan” (weight N): آستراخ",
    ]


def test_why_tells_what_words_do_not_find(type_line: Type) -> None:
    type_line(":k 100")
    number = passage_number(type_line("POS devices"), FIRST)
    lines = type_line(f":why {number}")
    assert lines[0] == "Language of the question: English"
    assert "by words: not found" in lines


def test_why_tells_what_a_follow_up_was_read_with(type_line: Type) -> None:
    type_line(STUDENTS)
    type_line("و استاندارش چه گفت؟")
    lines = type_line(":why ۲")
    assert lines[:3] == [
        "زبان پرسش: فارسی",
        f"عبارت جست‌وجو: {STUDENTS} و استاندارش چه گفت؟",
        f"در ادامهٔ این پرسش: {STUDENTS}",
    ]
    assert re.fullmatch(r"احتمال این‌که پاسخ در بایگانی باشد: [۰-۹]+٪", lines[3])
    assert lines[4] == "بر این اساس:"
    assert re.fullmatch(r"بخش ۲ \(امتیاز [۰-۹٫]+\)", lines[14])
    assert any(line.startswith("امتیاز اضافه به‌خاطر گفت‌وگو یا تاریخ: ") for line in lines)


def test_why_tells_how_latin_letters_were_read(type_line: Type) -> None:
    type_line("chand daneshjoo dar Astarakhan dars mikhanand?")
    lines = type_line(":why")
    assert lines[0] == "زبان پرسش: فارسی با حروف لاتین"
    assert lines[1].startswith("عبارت جست‌وجو: چند دانشجو در ")
    assert any("«daneshjoo»" in line and line.endswith(": دانشجو") for line in lines)


def test_what_was_asked_for_by_its_code_has_no_reasons(type_line: Type) -> None:
    type_line("کد خبر ۱۷۱۵۷۷۶")
    assert type_line(":why") == ["رتبه‌بندی انجام نشد: خبر را فقط با کد یا تاریخ خواسته‌اید."]
