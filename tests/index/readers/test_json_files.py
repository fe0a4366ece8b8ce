"""Articles as JSON: its samples read as expected, and each mistake is one line."""

import datetime as dt
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.readers.formats import jsonl
from tests.index.support.reading import DAY, SAMPLES, read, write

ARRAY = [
    Article("a-1", "همکاری بندری", ("بندر انزلی به آستراخان پیوست.",), agency="ایلنا", date=DAY),
    Article("a-2", "Port deal", ('Anzali and Astrakhan [signed] a "deal" {today}.',), date=DAY),
]


def test_a_json_array_plain_and_gzipped(tmp_path: Path) -> None:
    content = (SAMPLES / "articles.json").read_bytes()
    assert read(SAMPLES / "articles.json") == ARRAY
    assert read(write(tmp_path, "a.json.gz", gzip.compress(content))) == ARRAY
    assert read(write(tmp_path, "a.json", content.replace(b"\n", b""))) == ARRAY


def test_a_json_file_of_one_article(tmp_path: Path) -> None:
    line = '{"id": "a", "title": "t", "paragraphs": []}'
    article = Article("a", "t", ())
    assert read(write(tmp_path, "one.json", line)) == [article]
    assert read(write(tmp_path, "two.json", f"{line}\n{line}")) == [
        article,
        "two.json:2: more follows the article: is this JSON Lines?",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("[]", []),
        ("[,]", ["x.json:1: not JSON: Expecting value at column 1"]),
        ("[GOOD,\n3,\nGOOD]", [True, "x.json:2: not an article: expected a JSON object", True]),
        ("[GOOD,,GOOD,]", [True, True]),
        (
            '[GOOD,\n{"id": tru},\nGOOD]',
            [True, "x.json:2: not JSON: Expecting value at column 8", True],
        ),
        (
            "[GOOD\nGOOD]",
            [True, "x.json:2: not JSON: expected ',' and found '{'; the rest is left out"],
        ),
        ("[GOOD", [True, "x.json:1: not JSON: the file ends too early; the rest is left out"]),
        (
            '[GOOD,\n{"id": "b", "title": "',
            [True, "x.json:2: the file ends inside a value"],
        ),
        ("3", ["x.json:1: not JSON: expected '[' and found '3'; the rest is left out"]),
        (
            "[" + "[" * 100_000 + "]" * 100_000 + ",GOOD]",
            ["x.json:1: not an article: nested too deeply", True],
        ),
        (
            '["\\\\", "\\"", "]", GOOD]',
            ["x.json:1: not an article: expected a JSON object"] * 3 + [True],
        ),
    ],
)
def test_a_json_array_with_mistakes(tmp_path: Path, content: str, expected: list[object]) -> None:
    good = '{"id": "a", "title": "t}]\\"", "paragraphs": []}'
    found = read(write(tmp_path, "x.json", content.replace("GOOD", good)))
    assert [item if isinstance(item, str) else True for item in found] == expected


ONE = {"id": "a", "title": "t", "text": "یک\nدو"}
READ = Article("a", "t", ("یک", "دو"))


@pytest.mark.parametrize(
    "content",
    [
        {"status": "ok", "totalResults": 1, "articles": [ONE]},
        {"data": {"meta": {"page": 1}, "items": [ONE]}},
        {"News": [ONE], "next": None},
        {"result": {"x": [[[]]]}, **ONE, "data": {"k": 1}},
    ],
)
def test_articles_in_an_envelope(tmp_path: Path, content: dict[str, object]) -> None:
    found = read(write(tmp_path, "x.json", json.dumps(content)))
    assert [item for item in found if isinstance(item, Article)] == [READ]


@pytest.mark.parametrize(
    ("written", "time"),
    [("10:30", dt.time(10, 30)), ("۹:۰۵", dt.time(9, 5)), ("23:59:30.5", dt.time(23, 59)),
     ("noon", None), (1763503200, None), ("25:61", None), (None, None)],
)  # fmt: skip
def test_a_time_of_day_is_read_and_anything_else_left_out(
    tmp_path: Path, written: object, time: dt.time | None
) -> None:
    record = {"id": "a", "title": "ت", "paragraphs": ["بند"], "time": written}
    [article] = read(write(tmp_path, "a.jsonl", json.dumps(record)))
    assert isinstance(article, Article)
    assert article.time == time


def test_articles_of_two_envelopes_without_ids(tmp_path: Path) -> None:
    nameless = {"title": "t", "text": "یک"}
    content = json.dumps({"news": [nameless], "articles": [nameless, 3]})
    assert [
        i if isinstance(i, str) else i.id for i in read(write(tmp_path, "x.json", content))
    ] == [
        "x-1",
        "x-2",
        "x.json:1: not an article: expected a JSON object",
    ]


def test_a_json_feed(tmp_path: Path) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "خبر خزر",
        "items": [
            {
                "id": "https://e.ir/1",
                "url": "https://e.ir/1",
                "title": "همکاری",
                "content_text": "متن",
                "content_html": "<p>بند <b>یک</b></p><p>بند دو</p>",
                "summary": "چکیده",
                "date_published": "2025-11-18T10:00:00+03:30",
                "tags": ["خزر"],
            },
            {"id": 2, "content_text": "یک\nدو"},
        ],
    }
    assert read(write(tmp_path, "feed.json", json.dumps(feed))) == [
        Article(
            "https://e.ir/1",
            "همکاری",
            ("بند یک", "بند دو"),
            abstract="چکیده",
            agency="خبر خزر",
            date=DAY,
            link="https://e.ir/1",
            tags=("خزر",),
        ),
        Article("2", "", ("یک", "دو"), agency="خبر خزر"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        '{"data":' * 50_000,
        '{"chats":{"list":[' * 50_000,
        '{"articles":[' * 50_000,
        '{"title":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"text":' + '{"text":' * 100_000,
    ],
)
def test_deep_nesting_is_a_problem(tmp_path: Path, content: str) -> None:
    problems = read(write(tmp_path, "x.json", content))
    assert 0 < len(problems) < 3
    assert all(isinstance(problem, str) for problem in problems)


_keys = st.sampled_from(
    "id _id title paragraphs text Content tags agency link code items data articles messages "
    "chats list type version عنوان x".split()
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "یک\nدو", "<p>a&zwnj;b</p>"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


@given(_values)
def test_any_json_gives_articles_and_problems(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    text = json.dumps(value, ensure_ascii=False)
    for name in ("any.json", "any.jsonl"):
        for item in read(write(tmp_path_factory.getbasetemp(), name, text)):
            if isinstance(item, Article):
                assert item.id
                assert not any("<" in paragraph for paragraph in item.paragraphs)
            else:
                assert len(item.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("article", "reason"),
    [
        (Article("a", "t" * 10_001, ("p",)), "its title has 10001 characters, more than 10000"),
        (Article("a" * 2001, "t", ("p",)), "its id has 2001 characters, more than 2000"),
        (Article("a", "t", ("p",) * 200_001), "it has 200001 paragraphs, more than 200000"),
        (
            Article("a", "t", (), agency="ا" * 2001),
            "its agency has 2001 characters, more than 2000",
        ),
        (Article("a", "t", (), tags=("t",) * 10_001), "it has 10001 tags, more than 10000"),
        (
            Article("a", "t", ("p" * 200_001,)),
            "a paragraph of it has 200001 characters, more than 200000",
        ),
        (
            Article("a", "t", (), tags=("t", "t" * 2001)),
            "a tag of it has 2001 characters, more than 2000",
        ),
    ],
)
def test_articles_that_are_too_large(tmp_path: Path, article: Article, reason: str) -> None:
    small = Article("b", "t" * 10_000, ("p",) * 200_000, agency="ا" * 2000)
    lines = [json.dumps(jsonl.to_record(one)) for one in (article, small)]
    assert read(write(tmp_path, "x.jsonl", "\n".join(lines))) == [
        f"x.jsonl: article {article.id[:80]}: {reason}: skipped",
        small,
    ]
