"""Readers: what is in a file comes out whole, and what cannot be read is one clear line."""

import datetime as dt
import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.readers import SourceProblem, find_files
from index.readers.documents import Document
from index.readers.formats import jsonl, seeds
from tests.support.paths import ROOT

SEEDS = ROOT / "seeds"
SEED = """\
date 2025-11-18 ایلنا
رئیس منطقه:
عنوان خبر
کد خبر : 17
چکیده خبر.
بند یک.

بند دو.
انتهای پیام/
"""
LINE = {"id": "a", "title": "عنوان", "paragraphs": ["بند"]}


def lines_of(*records: object) -> bytes:
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records).encode()


def read_seed(folder: Path, content: str | bytes) -> Article | str:
    path = folder / "one.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (item,) = seeds.read(Document.at(path))
    return item if isinstance(item, Article) else str(item).replace(str(path), "one.txt")


def read_lines(folder: Path, content: bytes, name: str = "many.jsonl") -> list[Article | str]:
    """Read a file of articles, problems as their lines with the bare file name."""
    path = folder / name
    path.write_bytes(content)
    return [
        item if isinstance(item, Article) else str(item).replace(str(path), name)
        for item in jsonl.read(Document.at(path))
    ]


def test_the_seed_that_ships_with_the_project() -> None:
    (path,) = SEEDS.glob("*.txt")
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    (article,) = seeds.read(Document.at(path))
    assert article == Article(
        id="000_8256a1c2f8428c1d",
        title="همکاریهای علمی و فرهنگی در دریای خزر تقویت میشود",
        kicker="رئیس منطقه آستراخان روسیه:",
        abstract=(
            "رئیس منطقه آستراخان روسیه از گسترش آموزش، تبادل دانشجو و برگزاری همایشهای فرهنگی و "
            "ورزشی بین کشورهای حاشیه دریای خزر خبر داد و گفت: همکاریهای علمی و فرهنگی در دریای خزر "
            "تقویت میشود."
        ),
        paragraphs=tuple(lines[5:-1]),
        agency="خبرگزاری کار ایران",
        date=dt.date(2025, 11, 18),
        code="1715776",
    )
    assert len(article.paragraphs) == 6
    assert article.paragraphs[0].startswith("به گزارش ایلنا از رشت، ایگور\xa0بابوشکین\xa0 پیش")
    assert article.paragraphs[-1].endswith("مقامات و همکاران خود در ایران تشکر کرد.")


EXPECTED = Article(
    id="one",
    title="عنوان خبر",
    kicker="رئیس منطقه:",
    abstract="چکیده خبر.",
    paragraphs=("بند یک.", "بند دو."),
    agency="ایلنا",
    date=dt.date(2025, 11, 18),
    code="17",
)


@pytest.mark.parametrize(
    "content",
    [
        SEED,
        f"\ufeff{SEED}",
        SEED.replace("\n", "\r\n"),
        SEED.replace("2025-11-18", "۲۰۲۵-۱۱-۱۸").replace(": 17", ": ۱۷"),
        SEED.replace("2025-11-18", "٢٠٢٥-١١-١٨").replace(": 17", ":١٧"),
        SEED.replace("کد خبر : ", "كد\u00a0خبر:\u00a0"),
        SEED.replace("انتهای پیام/", "انتهاي پيام/"),
        SEED.replace("انتهای پیام/", "انتهای\u00a0پیام"),
        SEED.replace("انتهای پیام/\n", ""),
        f"{SEED}\nتبلیغ: این جزو خبر نیست\n",
        SEED.replace("\n", "\n\n \u00a0\n"),
        f" {SEED}".replace("date ", "date\u00a0 "),
        SEED.replace("\n", "\u200e\n\u200f").replace("date", "\u202bdate"),
        SEED.replace("کد خبر : ", "\u200fکد خبر\u200f:\u200f"),
    ],
)
def test_a_seed_may_be_typed_in_many_ways(tmp_path: Path, content: str) -> None:
    assert read_seed(tmp_path, content) == EXPECTED


def test_a_seed_without_kicker_agency_or_body(tmp_path: Path) -> None:
    content = "date 2025-11-18\nعنوان\nکد خبر : 17\nچکیده\n"
    assert read_seed(tmp_path, content) == Article(
        "one", "عنوان", (), abstract="چکیده", date=dt.date(2025, 11, 18), code="17"
    )


def test_a_seed_keeps_its_text_as_the_source_has_it(tmp_path: Path) -> None:
    text = "همكاريهاي  ۷۲\u00a0درصد می‌شود ."
    article = read_seed(tmp_path, SEED.replace("بند یک.", f"  {text} "))
    assert isinstance(article, Article)
    assert article.paragraphs == (text, "بند دو.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "one.txt:1: the file is empty"),
        ("\ufeff \n\n", "one.txt:1: the file is empty"),
        ("\nعنوان\nمتن", "one.txt:2: expected a header line: date YYYY-MM-DD AGENCY"),
        ("date 18-11-2025 ایلنا", "one.txt:1: expected a header line: date YYYY-MM-DD AGENCY"),
        (
            SEED.replace("کد خبر : 17\n", ""),
            "one.txt:1: no line with the news code: کد خبر : NUMBER",
        ),
        (SEED.replace(": 17", ": الف"), "one.txt:1: no line with the news code: کد خبر : NUMBER"),
        (
            SEED.replace("رئیس منطقه:\nعنوان خبر\n", ""),
            "one.txt:2: no headline before the news code",
        ),
        (
            SEED.replace("عنوان خبر\n", "عنوان خبر\n\nسطر سوم\n"),
            "one.txt:5: expected at most a kicker and a headline here",
        ),
        (
            "date 2025-11-18 ایلنا\nعنوان\nکد خبر : 17\nانتهای پیام/\n",
            "one.txt:3: no text after the news code",
        ),
        (
            b"date 2025-11-18 \xff\xfe",
            "one.txt: neither UTF-8, UTF-16 nor, as far as one can tell, Windows-1256; name its "
            'encoding in config.toml: {path = "...", encoding = "windows-1256"}',
        ),
        (SEED.encode() + b"\xff", "one.txt: not UTF-8 (byte 153)"),
    ],
)
def test_a_seed_that_cannot_be_read(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert read_seed(tmp_path, content) == message


@given(st.text(max_size=200))
def test_any_text_is_one_article_or_one_problem(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    (item,) = seeds.read(
        Document.at(_file(tmp_path_factory, "any.txt", text.encode("utf-8", "replace")))
    )
    assert isinstance(item, Article) or "\n" not in str(item)


def test_json_lines_plain_and_gzipped_hold_the_same(tmp_path: Path) -> None:
    record = {
        **LINE,
        "abstract": "چکیده",
        "kicker": "روتیتر",
        "agency": "ایلنا",
        "date": "2025-11-18",
        "code": "17",
        "link": "https://example.org/17",
        "cat": "politics",
        "tags": ["خزر", "گیلان"],
        "unknown": {"is": "ignored"},
    }
    article = Article(
        id="a",
        title="عنوان",
        paragraphs=("بند",),
        abstract="چکیده",
        kicker="روتیتر",
        agency="ایلنا",
        date=dt.date(2025, 11, 18),
        code="17",
        link="https://example.org/17",
        category="politics",
        tags=("خزر", "گیلان"),
    )
    content = lines_of(record, LINE)
    expected = [article, Article("a", "عنوان", ("بند",))]
    assert read_lines(tmp_path, content) == expected
    assert read_lines(tmp_path, gzip.compress(content), "many.jsonl.gz") == expected
    assert read_lines(tmp_path, gzip.compress(content), "MANY.JSONL.GZ") == expected


def test_a_bad_line_is_skipped_and_the_others_are_kept(tmp_path: Path) -> None:
    content = lines_of(LINE) + b"\n{bad\n \t\n" + lines_of({**LINE, "id": "b"}) + b"[1, 2"
    first, bad, second, last = read_lines(tmp_path, content)
    assert first == Article("a", "عنوان", ("بند",))
    assert bad == (
        "many.jsonl:3: not JSON: Expecting property name enclosed in double quotes at column 2"
    )
    assert second == Article("b", "عنوان", ("بند",))
    assert last == "many.jsonl:6: not JSON: Expecting ',' delimiter at column 6"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (lines_of({**LINE, "id": True}), "not an article: id: must be a text"),
        (lines_of({"id": "a", "title": "x"}), "not an article: paragraphs: missing"),
        (
            lines_of({**LINE, "paragraphs": [["بند"]]}),
            "not an article: paragraphs.0: must be a text",
        ),
        (lines_of({**LINE, "tags": 7}), "not an article: tags: must be a list"),
        (lines_of({"id": "a", "tags": []}), "not an article: paragraphs: missing"),
        (b'{"id": ' + b"1" * 5000 + b"}", "not an article: a number has too many digits"),
        (b"[" * 100_000, "not an article: nested too deeply"),
        (b'{"id": "\xff"}', "not UTF-8 (byte 9 of the line)"),
    ],
)
def test_a_line_that_is_no_article(tmp_path: Path, line: bytes, message: str) -> None:
    assert read_lines(tmp_path, lines_of(LINE) + line) == [
        Article("a", "عنوان", ("بند",)),
        f"many.jsonl:2: {message}",
    ]


@pytest.mark.parametrize("value", ["[3]", "null", "3", '"text"'])
def test_a_line_that_is_no_object(tmp_path: Path, value: str) -> None:
    assert read_lines(tmp_path, value.encode()) == [
        "many.jsonl:1: not an article: expected a JSON object"
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": 17, "code": 18}, {"id": "17", "code": "18"}),
        ({"date": "2025-11-18T10:30:00+03:30"}, {"date": dt.date(2025, 11, 18)}),
        ({"date": "2025-11-18 23:59"}, {"date": dt.date(2025, 11, 18)}),
        ({"date": "1404-08-27"}, {"date": dt.date(2025, 11, 18)}),
        ({"date": "۱۴۰۴/۸/۲۷ ۱۰:۳۰"}, {"date": dt.date(2025, 11, 18)}),
        ({"date": None, "abstract": None, "tags": None}, {}),
        ({"agency": "", "link": "", "cat": "", "code": "", "date": ""}, {}),
        ({"title": "", "paragraphs": []}, {"title": "", "paragraphs": ()}),
        ({"title": "a\ud800b", "id": "\udfff"}, {"title": "a\ufffdb", "id": "\ufffd"}),
        ({"paragraphs": ["😀 \ud83d"]}, {"paragraphs": ("😀 \ufffd",)}),
        ({"id": None}, {"id": "many-1"}),
        ({"id": "", "code": 7}, {"id": "many-7", "code": "7"}),
        ({"id": " ", "url": "https://e.ir/1"}, {"id": "https://e.ir/1", "link": "https://e.ir/1"}),
        ({"id": None, "_id": {"$oid": "5f"}}, {"id": "5f"}),
        ({"title": None}, {"title": ""}),
        ({"title": {"rendered": "گفت&zwnj;وگو"}}, {"title": "گفت\u200cوگو"}),
        ({"paragraphs": "یک\n\n دو "}, {"paragraphs": ("یک", "دو")}),
        ({"paragraphs": [None, "بند", {"text": "دو"}, 3]}, {"paragraphs": ("بند", "دو", "3")}),
        ({"paragraphs": ["<p>a<br>b</p>c &amp; d"]}, {"paragraphs": ("a", "b", "c & d")}),
        ({"paragraphs": ["x\u0000y", "a < b && c"]}, {"paragraphs": ("xy", "a < b && c")}),
        ({"title": "the tag <b>", "tags": ["R&D"]}, {"title": "the tag <b>", "tags": ("R&D",)}),
        ({"paragraphs": None, "Text": "یک"}, {"paragraphs": ("یک",)}),
        ({"paragraphs": None, "content": {"rendered": "<p>یک</p>"}}, {"paragraphs": ("یک",)}),
        ({"tags": "خزر، نفت"}, {"tags": ("خزر", "نفت")}),
        ({"tags": ["خزر", None, {"name": "نفت"}]}, {"tags": ("خزر", "نفت")}),
        ({"agency": {"name": "ایلنا"}}, {"agency": "ایلنا"}),
        ({"خبرگزاری": "ایلنا", "كد خبر": "۷"}, {"agency": "ایلنا", "code": "۷"}),
        ({"publishedAt": "2025-11-18"}, {"date": dt.date(2025, 11, 18)}),
        ({"code": float("nan")}, {}),
    ],
)
def test_values_that_are_taken(
    tmp_path: Path, changes: dict[str, object], expected: dict[str, object]
) -> None:
    line = json.dumps({**LINE, **changes}).encode()
    plain = {"id": "a", "title": "عنوان", "paragraphs": ("بند",)}
    assert read_lines(tmp_path, line) == [Article(**{**plain, **expected})]  # type: ignore[arg-type]


def test_a_line_may_hold_several_articles(tmp_path: Path) -> None:
    one, two = (json.dumps({**LINE, "id": id_}) for id_ in "bc")
    article = Article("a", "عنوان", ("بند",))
    expected = [article, replace(article, id="b"), replace(article, id="c")]
    for line in (f"{one}{two}", f"[{one}, {two}]"):
        content = lines_of(LINE) + line.encode()
        assert read_lines(tmp_path, content) == expected
    nameless = lines_of([{**LINE, "id": None}, {**LINE, "id": None}])
    assert [one.id for one in read_lines(tmp_path, nameless)] == ["many-1-1", "many-1-2"]  # type: ignore[union-attr]
    assert read_lines(tmp_path, f"{one}{two}x".encode()) == [
        f"many.jsonl:1: not JSON: Extra data at column {len(one) + 1}"
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_no_content(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + lines_of(LINE, {**LINE, "id": "b"}).replace(b"\n", b"\r\n")
    assert [article.id for article in read_lines(tmp_path, content)] == ["a", "b"]  # type: ignore[union-attr]


def test_a_truncated_gzip_file_keeps_what_comes_before(tmp_path: Path) -> None:
    records = [{**LINE, "id": str(n), "title": f"{n * 7919 % 10007:x}" * 9} for n in range(3000)]
    whole = gzip.compress(lines_of(*records))
    *articles, problem = read_lines(tmp_path, whole[: len(whole) // 2], "many.jsonl.gz")
    ids = [article.id for article in articles if isinstance(article, Article)]
    assert 500 < len(ids) < 2500
    assert ids == [str(number) for number in range(len(ids))]
    assert problem == (
        f"many.jsonl.gz:{len(ids) + 1}: the gzip data is damaged: Compressed file ended before "
        "the end-of-stream marker was reached"
    )


def test_a_file_that_is_not_gzip(tmp_path: Path) -> None:
    assert read_lines(tmp_path, lines_of(LINE), "many.jsonl.gz") == [
        "many.jsonl.gz: the gzip data is damaged: Not a gzipped file (b'{\"')"
    ]


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_optional = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
_articles = st.builds(
    Article,
    id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9),
    title=_texts,
    paragraphs=st.lists(_texts, max_size=4).map(tuple),
    abstract=_texts,
    kicker=_texts,
    agency=_optional,
    # Years 1300 to 1499 are read as Jalali; no news is older.
    date=st.none() | st.dates(min_value=dt.date(1500, 1, 1)),
    code=_optional,
    link=_optional,
    category=_optional,
    tags=st.lists(_texts, max_size=3).map(tuple),
)


@given(_articles)
def test_an_article_survives_being_written_as_a_record(article: Article) -> None:
    record = jsonl.to_record(article)
    assert jsonl.from_record(json.loads(json.dumps(record))) == article


@given(st.binary(max_size=200))
def test_any_bytes_give_articles_and_problems_of_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    for item in jsonl.read(Document.at(_file(tmp_path_factory, "any.jsonl", content))):
        assert isinstance(item, Article) or "\n" not in str(item)


def test_a_folder_gives_its_files_by_name_and_leaves_out_the_rest(tmp_path: Path) -> None:
    names = ("b.txt", "a.jsonl.gz", "deep/er/c.JSONL", "notes.pdf", ".hidden.txt", ".git/d.txt")
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    (tmp_path / "in" / "folder.txt").mkdir()
    files, problems = find_files(tmp_path / "in")
    found = [Path(file.name).relative_to(tmp_path / "in").as_posix() for file in files]
    assert found == ["a.jsonl.gz", "b.txt", "deep/er/c.JSONL"]
    assert problems == []


def test_sources_that_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "news.pdf").touch()
    known = (
        ".txt, .jsonl, .ndjson, .json, .html, .htm, .md, .csv, .tsv, .parquet, .rss, .atom, .xml"
    )
    for name, message in {
        "": f"holds no {known} file",
        "news.pdf": f"unknown format; known are {known}",
        "absent.txt": "no such file or folder",
        "*.csv": "no file or folder matches it",
    }.items():
        path = tmp_path / name
        files, (problem,) = find_files(path)
        assert (files, str(problem)) == ([], f"{path}: {message}")


def test_a_file_that_vanishes_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    ([file], _) = find_files(tmp_path)
    (tmp_path / "a.txt").unlink()
    assert list(file.read()) == [
        SourceProblem(tmp_path / "a.txt", None, "No such file or directory")
    ]


def _file(factory: pytest.TempPathFactory, name: str, content: bytes) -> Path:
    path = factory.getbasetemp() / name
    path.write_bytes(content)
    return path
