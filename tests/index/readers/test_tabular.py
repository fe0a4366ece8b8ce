"""Tables: CSV, TSV and Parquet, with the columns that they are mapped by."""

import csv
import datetime as dt
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from tests.index.support.reading import DAY, SAMPLES, read, write

COLUMNS = {"id": "شناسه", "title": "تیتر", "paragraphs": "متن", "date": "تاریخ", "tags": "برچسب"}
TABLE = [
    Article(
        "t-1",
        "همکاری بندری",
        ("بندر انزلی به آستراخان پیوست.", "بند دوم، با ویرگول"),
        date=DAY,
        tags=("خزر", "بندر"),
    ),
    Article("t-2", "Port deal", ("One paragraph.",), date=DAY),
]


OPEN = "a quote is not closed; the row is read to the end of its line"


def test_tables() -> None:
    assert read(SAMPLES / "table.csv", columns=COLUMNS) == TABLE
    assert read(SAMPLES / "table.tsv", agency="A") == [
        Article(
            f"https://example.ir/{number}",
            title,
            (text,),
            agency="A",
            date=DAY,
            link=f"https://example.ir/{number}",
        )
        for number, title, text in (
            (1, "Port deal", "Anzali and Astrakhan signed."),
            (2, "همکاری", "بند یک"),
        )
    ]


def test_rows_that_are_no_articles(tmp_path: Path) -> None:
    content = 'title;text;date\na;b\nc;d;never\n;;\n"e;\ne";f;1404-08-27\n'
    assert read(write(tmp_path, "x.csv", content)) == [
        "x.csv:2: 2 cells, where the header has 3: skipped",
        Article("x-2", "c", ("d",)),
        "x.csv: article x-2: date 'never' is not a date: kept without a date",
        Article("x-4", "e;\ne", ("f",), date=DAY),
    ]


def test_rows_that_are_not_csv(tmp_path: Path) -> None:
    reason = "not CSV: new-line character seen in unquoted field"
    content = 'title,text\na,b\nc\rd,e\n"f\ng"h\ri,j\nk,l\n'
    assert read(write(tmp_path, "x.csv", content)) == [
        Article("x-1", "a", ("b",)),
        f"x.csv:3: {reason}: skipped",
        f"x.csv:4: {OPEN}",
        "x.csv:4: 1 cells, where the header has 2: skipped",
        f"x.csv:5: {reason}: skipped",
        Article("x-5", "k", ("l",)),
    ]
    assert read(write(tmp_path, "mac.csv", "title,text\ra,b\rc,d\r")) == [
        f"mac.csv:1: {reason}; the rest is left out"
    ]


def test_a_column_may_have_a_name_of_two_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", '"the\ntitle",text\na,b\n')
    assert read(path, columns={"title": "the\ntitle", "paragraphs": "text"}) == [
        Article("x-1", "a", ("b",))
    ]


@pytest.mark.parametrize(
    ("rows", "lines", "rest"),
    [
        ('1,"b\n2,d\n3,e\n', [2], [("1", "b"), ("2", "d"), ("3", "e")]),
        ('1,"b\n2,"d"\n3,e\n', [2], [("1", "b"), ("2", "d"), ("3", "e")]),
        ('1,"b\n"2","d"\n', [2], [("1", "b"), ("2", "d")]),
        ('"1,b\n2,d\n', [2], [("1", "b"), ("2", "d")]),
        ('1,"b ""c\n2,"d\n3,e\n', [2, 3], [("1", 'b ""c'), ("2", "d"), ("3", "e")]),
        ('1,"b\nc"\n2,"d\n3,e\n', [4], [("1", "b"), ("2", "d"), ("3", "e")]),
        ('1,he said "b"\n2,"a ""d"""\n', [], [("1", 'he said "b"'), ("2", 'a "d"')]),
    ],
)
def test_an_open_quote_costs_no_row(
    tmp_path: Path, rows: str, lines: list[int], rest: list[tuple[str, str]]
) -> None:
    found = read(write(tmp_path, "x.csv", f"title,text\n{rows}"))
    assert [item for item in found if isinstance(item, str)] == [
        f"x.csv:{n}: {OPEN}" for n in lines
    ]
    articles = [item for item in found if isinstance(item, Article)]
    assert [(one.title, one.paragraphs[0]) for one in articles] == rest


_cell = st.text(st.sampled_from('ab،" ,\n'), max_size=12).map(str.strip)


@given(st.lists(st.tuples(_cell, _cell), max_size=6))
def test_what_is_written_as_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("title", "text"), *rows])
    filled = [(title, text) for title, text in rows if title or text]
    found = read(path)
    assert [item for item in found if isinstance(item, str)] == []
    assert [(one.title, one.paragraphs) for one in found if isinstance(one, Article)] == [
        (title, tuple(part for line in text.splitlines() if (part := line.strip())))
        for title, text in filled
    ]


def test_names_of_columns_in_persian_and_a_line_for_excel(tmp_path: Path) -> None:
    content = (
        "sep=;\nشناسه;عنوان ;متن خبر;تاريخ انتشار;لینک;كد خبر;خبرگزاری;برچسب‌ها\n"
        "۱;همکاری;بند;1404/08/27;https://e.ir/1;17;ایلنا;خزر، بندر\n"
    )
    article = Article(
        "۱",
        "همکاری",
        ("بند",),
        agency="ایلنا",
        date=DAY,
        code="17",
        link="https://e.ir/1",
        tags=("خزر", "بندر"),
    )
    assert read(write(tmp_path, "x.csv", content)) == [article]
    assert read(write(tmp_path, "y.csv", content.replace("sep=;", '"sep=;"'))) == [article]


def test_html_in_cells(tmp_path: Path) -> None:
    content = (
        "title,body,tags\n"
        "گفت&zwnj;وگوی <b>دریا</b>,"
        '"<p>می&zwnj;گوید:&nbsp;<b>آب</b></p>\n<div>دو<br/>سه</div><script>x()</script>",'
        "a &amp; b\n"
        'R&D < 3,"یک <b>دو</b>&hellip;\nسه",\n'
    )
    assert read(write(tmp_path, "x.csv", content)) == [
        Article("x-1", "گفت\u200cوگوی دریا", ("می\u200cگوید: آب", "دو", "سه"), tags=("a & b",)),
        Article("x-2", "R&D < 3", ("یک دو…", "سه")),
    ]


def test_columns_that_are_missing(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "headline,url\na,b\n")
    assert read(path) == [
        'x.csv:1: no column for paragraphs: set columns = {paragraphs = "..."} in config.toml; '
        "the columns are headline, url"
    ]
    assert read(path, columns={"title": "Headline"}) == [
        "x.csv:1: no column 'Headline' for title; the columns are headline, url"
    ]


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = {
        "id": ["p-1", "p-2", None],
        "title": ["همکاری", "Port deal", "x"],
        "text": [["بند یک", "بند دو"], ["One."], []],
        "date": [DAY, dt.date(1404, 8, 27), None],
    }
    path = tmp_path / "x.parquet"
    parquet.write_table(pyarrow.table(rows), path)
    assert read(path) == [
        Article("p-1", "همکاری", ("بند یک", "بند دو"), date=DAY),
        Article("p-2", "Port deal", ("One.",), date=DAY),
        Article("x-3", "x", ()),
    ]
    (problem,) = read(write(tmp_path, "bad.parquet", b"PAR1 or not PAR1"))
    assert str(problem).startswith("bad.parquet: not a Parquet file that can be read: ")


def test_parquet_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert read(write(tmp_path, "x.parquet", b"")) == [
        "x.parquet: Parquet needs the package pyarrow: pip install 'khazar[parquet]'"
    ]
