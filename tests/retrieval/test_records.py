import io
import json

from retrieval import Retriever
from retrieval.records import BatchReport, answer_file, answer_record


def test_an_answer_as_json_has_all_of_it(retriever: Retriever) -> None:
    answer = retriever.ask("چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟", limit=1)
    record = json.loads(json.dumps(answer_record(answer), ensure_ascii=False))
    assert record == {
        "question": "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟",
        "language": "fa",
        "found": True,
        "probability": round(answer.probability, 4),
        "passages": [
            {
                "article_id": "astrakhan",
                "paragraphs": [1],
                "text": answer.passages[0].text,
                "score": round(answer.passages[0].score, 4),
                "highlight": [0, answer.passages[0].text.index(" هوا")],
                "citation": {
                    "title": "دانشگاه‌های آستراخان",
                    "agency": "ایلنا",
                    "date": "2025-11-18",
                    "code": "1715776",
                    "url": "https://example.org/1715776",
                },
            }
        ],
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
    *_, report = answer_file(retriever, source, "in.jsonl", sink, 1)
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
