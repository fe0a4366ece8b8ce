"""Tables: CSV, TSV and Parquet, with the columns that they are mapped by."""

import datetime as dt
import sys
from pathlib import Path

import pytest

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
        f"x.csv:4: {reason}: skipped",
        Article("x-4", "k", ("l",)),
    ]
    assert read(write(tmp_path, "mac.csv", "title,text\ra,b\rc,d\r")) == [
        f"mac.csv:1: {reason}; the rest is left out"
    ]


def test_a_column_may_have_a_name_of_two_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", '"the\ntitle",text\na,b\n')
    assert read(path, columns={"title": "the\ntitle", "paragraphs": "text"}) == [
        Article("x-1", "a", ("b",))
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
