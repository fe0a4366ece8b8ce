import json

from retrieval import Retriever
from retrieval.presentation.serialization import answer_record, explanation_record

STUDENTS = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"


def test_an_answer_as_json_has_all_of_it(retriever: Retriever) -> None:
    answer = retriever.ask(STUDENTS, limit=1)
    record = json.loads(json.dumps(answer_record(answer), ensure_ascii=False))
    assert record == {
        "question": STUDENTS,
        "kind": "answer",
        "language": "fa",
        "found": True,
        "probability": round(answer.probability, 4),
        "follows_up": False,
        "corrections": [],
        "beginning": None,
        "scope": {
            "within": {"since": None, "until": None, "agencies": []},
            "period": None,
            "widened": False,
            "undated": False,
            "unknown_source": None,
            "unknown_code": None,
        },
        "offset": 0,
        "more": True,
        "passages": [
            {
                "article_id": "astrakhan",
                "paragraphs": [1],
                "text": answer.passages[0].text,
                "score": round(answer.passages[0].score, 4),
                "highlight": [0, answer.passages[0].text.index(" هوا")],
                "answer_span": None,
                "gloss": None,
                "translation": None,
                "citation": {
                    "title": "دانشگاه‌های آستراخان",
                    "agency": "ایلنا",
                    "date": "2025-11-18",
                    "time": None,
                    "code": "1715776",
                    "url": "https://example.org/1715776",
                },
                "republications": [],
            }
        ],
        "untranslated": False,
        "small_talk": None,
    }


def test_the_passages_can_be_grouped_by_article_too(retriever: Retriever) -> None:
    record = answer_record(retriever.ask(STUDENTS, limit=3, offset=1), group=True)
    numbers = {}
    for number, passage in enumerate(record["passages"], start=2):
        numbers.setdefault(passage["article_id"], []).append(number)
    assert {one["article_id"]: one["passages"] for one in record["articles"]} == numbers
    assert record["articles"][0]["citation"] == record["passages"][0]["citation"]


def test_small_talk_as_json_has_the_reply(retriever: Retriever) -> None:
    record = answer_record(retriever.ask("سلام"))
    assert (record["kind"], record["found"], record["passages"]) == ("small_talk", False, [])
    assert record["small_talk"] == {
        "topic": "greeting",
        "example": "ماجرای «دانشگاه‌های آستراخان» چیست؟",
        "reply": "سلام! خوش آمدید. مثلاً بپرسید: ماجرای «دانشگاه‌های آستراخان» چیست؟",
    }


def test_where_was_looked_has_iso_dates(retriever: Retriever) -> None:
    filter_ = retriever.filter(since="1404-08", until="۱۴۰۴/۰۸/۳۰", source="ILNA")
    record = answer_record(retriever.ask(STUDENTS, limit=2, offset=2, filter=filter_))
    assert record["scope"] == {
        "within": {"since": "2025-10-23", "until": "2025-11-21", "agencies": ["ایلنا"]},
        "period": None,
        "widened": False,
        "undated": False,
        "unknown_source": None,
        "unknown_code": None,
    }
    assert (record["offset"], record["more"]) == (2, False)


def test_what_a_question_says_of_where_to_look_is_recorded(retriever: Retriever) -> None:
    scope = answer_record(retriever.ask("به گزارش رویترز در مهر ۱۴۰۰ کشتی‌های بزرگ"))["scope"]
    assert scope == {
        "within": {"since": None, "until": None, "agencies": []},
        "period": {"since": "2021-09-23", "until": "2021-10-22"},
        "widened": True,
        "undated": False,
        "unknown_source": "رویترز",
        "unknown_code": None,
    }


def test_an_explanation_as_json_has_all_of_it(retriever: Retriever) -> None:
    before = retriever.ask(STUDENTS).conversation
    explanation = retriever.explain("و استاندارش چه گفت؟", conversation=before, limit=2)
    record = json.loads(json.dumps(explanation_record(explanation), ensure_ascii=False))
    assert record["language"] == "fa"
    assert record["searched"] == f"{STUDENTS} و استاندارش چه گفت؟"
    assert record["follows"] == STUDENTS
    assert list(record["evidence"]) == [
        *("similarity", "margin", "coverage", "strength", "missing", "lead", "covered_idf"),
        "number_contradicted",
    ]
    assert [set(passage) for passage in record["passages"]] == [
        {
            *("article_id", "paragraphs", "score", "cosine", "dense_rank"),
            *("lexical", "lexical_rank", "bonus", "recency", "fused_rank", "logit", "words"),
        }
    ] * 2
    words = {word["source"]: word["terms"] for word in record["passages"][0]["words"]}
    assert words["دانشجوی"] in ([], ["دانشجو"])
    second = explanation_record(explanation, 1)["passages"]
    assert second == record["passages"][1:]
