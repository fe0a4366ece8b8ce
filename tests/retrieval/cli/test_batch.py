"""Files of questions."""

import io
import json

import pytest

from retrieval import Retriever
from retrieval.cli.batch import BatchReport, answer_file
from retrieval.errors import QuestionFileError
from retrieval.options import AskOptions
from retrieval.query.filter_options import FilterOptions

STUDENTS = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"


def answered(
    retriever: Retriever, *lines: dict[str, object], **options: object
) -> tuple[list[dict[str, object]], BatchReport]:
    source = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
    sink = io.StringIO()
    *_, report = answer_file(retriever, source, "in.jsonl", sink, **options)
    return [json.loads(line) for line in sink.getvalue().splitlines()], report


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
    assert [record["id"] for record in records] == ["a", None, 7, "long", None, None, None]
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
            "in.jsonl:8: not UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte",
        ),
    )
    assert [record["error"] for record in records if "error" in record] == [
        problem.split(": ", 1)[1] for problem in report.problems
    ]


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
        {"sorce": "ایلنا"},
        {"زمان": 1},
        {"limit": 0},
        {"limit": 101},
        {"limit": True},
        {"limit": "5"},
        {"offset": -1},
        {"offset": 1.5},
        {"source": "\ud800"},
    ]
    records, report = answered(
        retriever, *({"id": at, "question": "ماهی"} | line for at, line in enumerate(wrong))
    )
    assert report.answered == 0
    assert [record["id"] for record in records] == [*range(18), None]
    assert [record["error"] for record in records] == [
        *['not a question: "after" must be a list of questions'] * 3,
        "a question may have 2,000 characters, and this one has 3,000; ask it in fewer words",
        'not a question: "from" must be a text',
        'not a question: "to" must be a text',
        'not a question: "source" must be a text',
        "“nonsense” is not a date; write, for example, 1404-08-27, 2025-11-18, 1404-08, "
        "Aban 1404 or yesterday",
        "no day is from 1404-08-02 to 1404-08-01: the range ends before it begins",
        "the archive has no source “رویترز”; it has ایلنا, ورزش سه",
        'unknown key "sorce"; did you mean source?',
        'unknown key "زمان"; the keys are id, question, after, from, to, source, limit, offset',
        *['not a question: "limit" must be a number from 1 to 100'] * 4,
        *['not a question: "offset" must be a number, 0 or more'] * 2,
        "not a question: it holds half of a character",
    ]
    assert report.problems[4] == 'in.jsonl:5: not a question: "from" must be a text'


def answered_bytes(
    retriever: Retriever, source: bytes
) -> tuple[list[dict[str, object]], BatchReport]:
    sink = io.StringIO()
    *_, report = answer_file(retriever, io.BytesIO(source), "in.txt", sink, AskOptions(1))
    return [json.loads(line) for line in sink.getvalue().splitlines()], report


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_may_be_questions_as_they_stand(
    retriever: Retriever, encoding: str, end: str
) -> None:
    text = end.join(["", STUDENTS, "", '{"question": "صید ماهی"}', "1404"])
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    records, report = answered_bytes(retriever, (mark + text).encode(encoding))
    assert [(record["id"], record["question"]) for record in records] == [
        (2, STUDENTS),
        (4, '{"question": "صید ماهی"}'),
        (5, "1404"),
    ]
    assert records[0]["found"] is True
    assert report == BatchReport(3, ())


def test_json_may_be_in_utf_16(retriever: Retriever) -> None:
    lines = [{"id": at, "question": text} for at, text in enumerate((STUDENTS, "Ċ ماهی"))]
    source = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode("utf-16")
    records, report = answered_bytes(retriever, source)
    assert [(record["id"], record["question"]) for record in records] == [
        (0, STUDENTS),
        (1, "Ċ ماهی"),
    ]
    assert report == BatchReport(2, ())


def test_what_only_begins_like_utf_16_is_one_error(retriever: Retriever) -> None:
    with pytest.raises(QuestionFileError, match=r"^in\.txt: not UTF-16: truncated data$"):
        answered_bytes(retriever, b"\xff\xfea\x00b")


def test_a_broken_first_object_does_not_make_the_others_text(retriever: Retriever) -> None:
    records, report = answered_bytes(
        retriever, b'{"id": 1, "question": "x"\n{"id": 2, "question": "x"}\n'
    )
    assert ["error" in record for record in records] == [True, False]
    assert report.answered == 1


def test_a_line_may_say_how_many_passages_it_wants(retriever: Retriever) -> None:
    records, report = answered(
        retriever,
        {"id": 1, "question": STUDENTS, "limit": 2},
        {"id": 2, "question": STUDENTS, "limit": 2, "offset": 2},
        {"id": 3, "question": STUDENTS, "offset": 1, "after": ["صید ماهی"]},
        options=AskOptions(3),
    )
    assert [(len(record["passages"]), record["offset"]) for record in records] == [
        (2, 0),
        (2, 2),
        (3, 1),
    ]
    texts = [passage["text"] for record in records[:2] for passage in record["passages"]]
    assert len(set(texts)) == 4
    assert report == BatchReport(3, ())
