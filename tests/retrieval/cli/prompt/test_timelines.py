"""Topics over time at the prompt."""

import json

from tests.retrieval.support.prompt_output import Type


def test_a_topic_is_counted_within_the_limits(type_line: Type) -> None:
    shown = type_line(":timeline دانشجو")
    assert shown[0] == "خبرهای مربوط به «دانشجو»: ۱ خبر از ۱ خبر"
    assert shown[-1].split() == ["۱۰۰٫۰٪", "۱", "█" * 40, "۱۴۰۴/۰۸"]
    type_line(":to 1403")
    assert type_line(":timeline دانشجو") == [
        "محدودهٔ جست‌وجو: تا ۳۰ اسفند ۱۴۰۳",
        "هیچ خبری همهٔ کلمه‌های این موضوع را ندارد.",
    ]


def test_as_json(type_line: Type) -> None:
    type_line(":json")
    record = json.loads("\n".join(type_line(":timeline students")))
    assert record["months"] == [{"month": "2025-11", "hits": 1, "articles": 1, "share": 1.0}]


def test_a_topic_must_be_named(type_line: Type) -> None:
    assert type_line(":timeline") == ["Name a topic, for example: :timeline oil"]
