import io
import json

from retrieval import Retriever
from retrieval.options import AskOptions
from retrieval.presentation.serialization import (
    BatchReport,
    answer_file,
    answer_record,
    explanation_record,
)
from retrieval.query.filter_options import FilterOptions

STUDENTS = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"


def answered(
    retriever: Retriever, *lines: dict[str, object], **options: object
) -> tuple[list[dict[str, object]], BatchReport]:
    source = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
    sink = io.StringIO()
    *_, report = answer_file(retriever, source, "in.jsonl", sink, **options)
    return [json.loads(line) for line in sink.getvalue().splitlines()], report


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
                "citation": {
                    "title": "دانشگاه‌های آستراخان",
                    "agency": "ایلنا",
                    "date": "2025-11-18",
                    "code": "1715776",
                    "url": "https://example.org/1715776",
                },
            }
        ],
        "small_talk": None,
    }


def test_small_talk_as_json_has_the_reply(retriever: Retriever) -> None:
    record = answer_record(retriever.ask("سلام"))
    assert (record["kind"], record["found"], record["passages"]) == ("small_talk", False, [])
    assert record["small_talk"] == {
        "topic": "greeting",
        "example": "ماجرای «دانشگاه‌های آستراخان» چیست؟",
        "reply": "سلام! خوش آمدید. مثلاً بپرسید: ماجرای «دانشگاه‌های آستراخان» چیست؟",
    }


def test_a_file_of_questions_is_answered_line_by_line(retriever: Retriever) -> None:
    lines = [
        '{"id": "a", "question": "صید ماهی در ولگا"}',
        "",
        "not json",
        '{"id": 7, "question": 5}',
        json.dumps({"id": "long", "question": "دریا " * 1000}),
        '{"id": null, "question": "؟"}',
        '{"id": "half", "question": "\\ud800"}',
    ]
    source = io.BytesIO(b"\xef\xbb\xbf" + "\n".join(lines).encode() + b"\n\xff\n")
    sink = io.StringIO()
    *_, report = answer_file(retriever, source, "in.jsonl", sink, AskOptions(1))
    records = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [record["id"] for record in records] == ["a", None, None, "long", None, None, None]
    assert records[0]["passages"][0]["article_id"] == "astrakhan"
    assert len(records[0]["passages"]) == 1
    assert records[4]["passages"] == []
    assert report == BatchReport(
        answered=2,
        problems=(
            "in.jsonl:3: not JSON: Expecting value: line 1 column 1 (char 0)",
            'in.jsonl:4: not a question: expected {"id": ..., "question": "..."}',
            "in.jsonl:5: a question may have 2,000 characters, and this one has 4,999; "
            "ask it in fewer words",
            "in.jsonl:7: not a question: it holds half of a character",
            "in.jsonl:8: not JSON: 'utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte",
        ),
    )
    assert [record["error"] for record in records if "error" in record] == [
        problem.split(": ", 1)[1] for problem in report.problems
    ]


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


def test_a_line_may_follow_up_questions_before_it(retriever: Retriever) -> None:
    question = "و استاندارش چه گفت؟"
    (alone, following), report = answered(
        retriever,
        {"id": 1, "question": question},
        {"id": 2, "question": question, "after": ["صید ماهی در ولگا", STUDENTS]},
    )
    assert (alone["follows_up"], following["follows_up"]) == (False, True)
    assert following["question"] == question
    assert report == BatchReport(2, ())


def test_a_line_may_say_where_to_look_and_goes_before_the_options(retriever: Retriever) -> None:
    records, report = answered(
        retriever,
        {"id": 1, "question": "کشتی"},
        {"id": 2, "question": "کشتی", "source": "ورزش سه", "from": None},
        {"id": 3, "question": "کشتی", "from": "1404-08-01", "to": "1404-08-30", "after": []},
        limits=FilterOptions(source="ILNA"),
    )
    assert [record["scope"]["within"] for record in records] == [
        {"since": None, "until": None, "agencies": ["ایلنا"]},
        {"since": None, "until": None, "agencies": ["ورزش سه"]},
        {"since": "2025-10-23", "until": "2025-11-21", "agencies": ["ایلنا"]},
    ]
    assert {passage["article_id"] for passage in records[1]["passages"]} == {"wrestling"}
    assert report == BatchReport(3, ())


def test_what_a_line_says_wrongly_is_a_problem_of_that_line(retriever: Retriever) -> None:
    wrong = [
        {"after": "text"},
        {"after": [1]},
        {"after": {"a": 1}},
        {"after": ["x" * 3000]},
        {"from": 1404},
        {"to": ["1404"]},
        {"source": {}},
        {"from": "nonsense"},
        {"from": "1404-08-02", "to": "1404-08-01"},
        {"source": "رویترز"},
        {"source": "\ud800"},
    ]
    records, report = answered(
        retriever, *({"id": at, "question": "ماهی"} | line for at, line in enumerate(wrong))
    )
    assert report.answered == 0
    assert [record["id"] for record in records] == [*range(10), None]
    assert [record["error"] for record in records] == [
        *['not a question: "after" must be a list of questions'] * 3,
        "a question may have 2,000 characters, and this one has 3,000; ask it in fewer words",
        'not a question: "from" must be a text',
        'not a question: "to" must be a text',
        'not a question: "source" must be a text',
        "'nonsense' is not a date; write a day (1404-08-27 or 2025-11-18), a month (1404-08) "
        "or a year (1404)",
        "no day is from 1404-08-02 to 1404-08-01: the range ends before it begins",
        "the archive has no source “رویترز”; it has ایلنا, ورزش سه",
        "not a question: it holds half of a character",
    ]
    assert report.problems[4] == 'in.jsonl:5: not a question: "from" must be a text'
