"""Malformed files: each is skipped with its reason or read right, in bounded time and memory.

The default suite takes 150 generated files of moderate size; KHAZAR_HOSTILE=1000 (`make test-slow`)
takes so many, as large as they come: lines of 100 MB, 100,000 paragraphs.
"""

import gzip
import json
import os
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.readers import SourceProblem, find_files
from index.readers.documents import Document
from index.readers.formats.jsonl import to_record
from index.readers.registry import READERS
from index.source_settings import SourceFormat
from tests.index.support.hostile_files import KINDS
from tests.index.support.hostile_parts import FULL, SEED, SMALL
from tests.index.support.hostile_run import SECONDS, STATUS, run
from tests.support.paths import ROOT

CASES = int(os.environ.get("KHAZAR_HOSTILE", "150"))
SLOW = CASES >= 1000
GIGABYTE = 1_000_000_000


@pytest.mark.slow
@pytest.mark.timeout(7200 if SLOW else 600)
def test_generated_files() -> None:
    outcomes = run(CASES, FULL if SLOW else SMALL, timeout=7000 if SLOW else 500)
    assert [one.kind for one in outcomes] == list(KINDS)
    assert sum(one.files for one in outcomes) == CASES
    assert max(one.slowest for one in outcomes) < SECONDS
    if not STATUS.exists():
        pytest.skip("no /proc here to measure memory by")
    assert max(one.peak for one in outcomes) < GIGABYTE, outcomes


def read(path: Path, format_: SourceFormat) -> list[Article | SourceProblem]:
    """Read a file, and check what every reader promises."""
    begun = time.process_time()
    items = list(READERS[format_](Document.at(path)))
    assert time.process_time() - begun < SECONDS
    for item in items:
        if isinstance(item, SourceProblem):
            assert item.message
            assert len(str(item).splitlines()) == 1, item
            assert len(item.message) < 1500
        else:
            assert item.id
            # What holds half a character can be written neither to the index nor to a terminal.
            json.dumps(to_record(item), ensure_ascii=False).encode()
    return items


@pytest.mark.parametrize("format_", sorted(READERS))
@given(data=st.data())
@settings(max_examples=max(10, CASES // 30))
def test_any_bytes_and_any_text(
    tmp_path_factory: pytest.TempPathFactory, format_: SourceFormat, data: st.DataObject
) -> None:
    content = data.draw(st.binary(max_size=300) | st.text(max_size=300).map(_encoded))
    path = tmp_path_factory.getbasetemp() / "any.x"
    path.write_bytes(content)
    read(path, format_)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


GOOD = b'{"id": "a", "title": "t", "paragraphs": ["p"]}'


def problems_of(items: list[Article | SourceProblem]) -> list[str]:
    return [item.message if isinstance(item, SourceProblem) else item.id for item in items]


MIB = 2**20


@pytest.mark.parametrize("megabytes", [100 if SLOW else 20])
def test_one_very_long_line_is_skipped_without_being_held(tmp_path: Path, megabytes: int) -> None:
    for format_, before, after, expected in (
        ("jsonl", GOOD + b"\n", b"\n" + GOOD, ["a", "longer than 16 MiB: skipped", "a"]),
        ("json", b"[" + GOOD + b',"', b'",' + GOOD + b"]", None),
        ("telegram", b'{"messages": [{"id": 1, "type": "message", "text": "', b'"}]}', None),
        ("csv", b'title,text\nt,"', b'"\n', None),
        ("seed", SEED.encode(), b"", ["longer than 16 MiB"]),
        ("markdown", b"# t\n\n", b"", ["longer than 4 MiB"]),
        ("html", b"<p>", b"</p>", ["longer than 16 MiB"]),
        ("feed", b"<rss>", b"</rss>", ["longer than 4 MiB"]),
    ):
        path = tmp_path / "long"
        with path.open("wb") as file:
            file.write(before)
            for _ in range(megabytes):
                file.write(b"x" * MIB)
            file.write(after)
        tracemalloc.start()
        found = problems_of(read(path, format_))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == (expected or found), format_
        assert any("longer than" in message for message in found), format_
        assert peak < 60 * MIB, (format_, peak)


def generated(format_: SourceFormat, articles: int) -> Iterator[bytes]:
    text = "دریای خزر و همکاری‌های بندری " * 600
    if format_ == "csv":
        yield b"id,title,text\n"
    elif format_ == "json":
        yield b"["
    elif format_ == "telegram":
        yield b'{"name": "n", "id": 5, "messages": [\n'
    for number in range(articles):
        record: dict[str, object] = {"id": f"{number}", "title": "t", "paragraphs": [text]}
        if format_ == "telegram":
            record = {"id": number, "type": "message", "text": text}
        line = json.dumps(record, ensure_ascii=False)
        comma = "," if number < articles - 1 else ""
        if format_ == "csv":
            yield f'{number},t,"{text}"\n'.encode()
        elif format_ == "jsonl":
            yield f"{line}\n".encode()
        else:
            yield f"{line}{comma}\n".encode()
    yield {"json": b"]", "telegram": b"]}"}.get(format_, b"")


@pytest.mark.parametrize("format_", ["jsonl", "json", "telegram", "csv"])
@pytest.mark.parametrize("packed", [False, True])
def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, format_: SourceFormat, packed: bool
) -> None:
    def peak(articles: int) -> int:
        path = tmp_path / ("x.gz" if packed else "x")
        opener: Callable[..., gzip.GzipFile] = gzip.open  # type: ignore[assignment]
        with opener(path, "wb", 1) if packed else path.open("wb") as file:
            file.writelines(generated(format_, articles))
        tracemalloc.start()
        read_articles = sum(
            isinstance(item, Article) for item in READERS[format_](Document.at(path))
        )
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert read_articles == articles
        return used

    small, large = peak(30), peak(200)  # about 1 MB and 7 MB
    assert large < small + MIB
    assert large < 4 * MIB


def test_memory_does_not_grow_with_a_parquet_file(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = {"title": ["t"] * 200, "text": ["دریای خزر " * 200] * 200}
    path = tmp_path / "x.parquet"
    table = pyarrow.table(rows)
    with parquet.ParquetWriter(path, table.schema, compression="none", use_dictionary=False) as out:
        for _ in range(60):
            out.write_table(table)
    assert path.stat().st_size > 40 * MIB
    pyarrow.default_memory_pool().release_unused()
    before = pyarrow.total_allocated_bytes()
    peak = 0
    count = 0
    for _ in READERS["parquet"](Document.at(path)):
        count += 1
        peak = max(peak, pyarrow.total_allocated_bytes() - before)
    assert count == 12_000
    assert peak < 10 * MIB


def test_a_gzip_bomb_ends_early(tmp_path: Path) -> None:
    chunk = b"\0" * MIB
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", 6) as file:
        for _ in range(80):
            file.write(chunk)
    begun = time.process_time()
    (problem,) = problems_of(read(path, "jsonl"))
    assert problem == (
        "it unpacks to more than 200 times its size, as no news does; the rest is left out"
    )
    assert time.process_time() - begun < 10


PARAGRAPHS = 100_000 if SLOW else 21_000


@pytest.mark.parametrize(
    ("format_", "content"),
    [
        ("jsonl", json.dumps({"id": "a", "title": "t", "paragraphs": ["p"] * PARAGRAPHS})),
        ("json", json.dumps([{"id": "a", "title": "t", "paragraphs": ["p"] * PARAGRAPHS}])),
        (
            "telegram",
            json.dumps({"messages": [{"id": 1, "type": "message", "text": "p\n" * PARAGRAPHS}]}),
        ),
        ("csv", 'title,text\nt,"' + "p\n" * PARAGRAPHS + '"\n'),
        ("seed", "date 2025-11-18\nt\nکد خبر : 17\n" + "p\n" * (PARAGRAPHS + 1)),
        ("markdown", "# t\n\n" + "p\n\n" * PARAGRAPHS),
        ("html", "<html><title>t</title><body>" + "<p>بند کوتاه خبر." * PARAGRAPHS),
    ],
)
def test_very_many_paragraphs(tmp_path: Path, format_: SourceFormat, content: str) -> None:
    path = tmp_path / "many"
    path.write_text(content, encoding="utf-8")
    (item,) = read(path, format_)
    if isinstance(item, SourceProblem):
        assert format_ == "html"
        assert item.message == "more than 20000 elements, as no article has"
        return
    assert isinstance(item, Article), item
    assert len(item.paragraphs) in (PARAGRAPHS, PARAGRAPHS - 1)


TREES = {
    "nested divs": "<div>" * 200_000 + "متن" * 100,
    "nested inline": "<p>" + "<b><i>" * 100_000 + "متن" * 100,
    "nested tables": "<table><tr><td>" * 20_000 + "متن",
    "many links": "<a href=x>پیوند</a> " * 100_000,
    "many breaks": "<p>" + "متن دراز برای خواندن<br>" * 50_000,
    "many attributes": "<p " + "a=b " * 500_000 + ">متن",
    "only brackets": "<" * 2_000_000,
    "only ampersands": "<p>" + "&" * 2_000_000,
    "only character references": "<p>" + "&#" * 1_000_000,
    "open comments": "<!--" * 500_000,
    "open scripts": "<script>" * 200_000,
    "spaces": "<p>کد خبر" + " " * 2_000_000 + "x",
    "spaced tags": "کد خبر" + "<b>  " * 200_000,
    "digits": "<p>" + "1" * 1_000_000,
    "half dates": "۱۴۰۴/" * 200_000,
    "meta": "<meta charset" * 100_000,
    "one paragraph": "<p>" + "متن دراز برای خواندن. " * 80_000,
    "entities": '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><p>'
    + "&b;" * 99_999,
}


@pytest.mark.parametrize("name", TREES)
def test_pages_that_are_made_to_take_long(tmp_path: Path, name: str) -> None:
    path = tmp_path / "page"
    path.write_text(TREES[name], encoding="utf-8")
    assert len(read(path, "html")) == 1


FEEDS = {
    "items": "<item><title>x</title></item>" * (20_000 if SLOW else 1000),
    "nested": "<item>" + "<a>" * (40_000 if SLOW else 10_000),
    "brackets": "<item><description>" + "<" * 100_000,
    "escaped": "<item><description>" + "&lt;b" * 100_000,
    "cdata": "<item><description>" + "<![CDATA[" * 50_000,
}


@pytest.mark.parametrize("name", FEEDS)
def test_feeds_that_are_made_to_take_long(tmp_path: Path, name: str) -> None:
    path = tmp_path / "feed"
    path.write_text(f"<rss version='2.0'><channel>{FEEDS[name]}", encoding="utf-8")
    read(path, "feed")


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="no /proc here to measure memory by")
@pytest.mark.timeout(600)
def test_a_whole_folder_of_junk_stays_under_a_gigabyte(tmp_path: Path) -> None:
    """In a process of its own, whose memory is measured by the system."""
    size = MIB if SLOW else MIB // 4
    sizes = {"deep.json": b"[" * (30 * size), "deep.jsonl": b"[" * (15 * size)}
    sizes["pairs.jsonl"] = b'{"id":[' + b"[]," * (5 * size) + b"[]]}"
    sizes["pairs.json"] = b"[" + b"[[],[]]," * (3 * size)
    sizes["nested.json"] = b'[{"id":[' + b"[]," * (2 * size)
    sizes["strings.jsonl"] = b'{"id":"a","title":"t","paragraphs":["p"' + b',"p"' * (3 * size)
    sizes["strings.jsonl"] += b"]}"
    sizes["one.html"] = b"<p>" + "متن ".encode() * (MIB // 2)
    sizes["junk.txt"] = random.Random(1).randbytes(5 * size)
    sizes["junk.csv"] = random.Random(2).randbytes(5 * size)
    sizes["quotes.csv"] = b"title,text\n" + b'"' * (20 * MIB)
    for name, content in sizes.items():
        (tmp_path / name).write_bytes(content)
    script = (
        "import sys; from pathlib import Path; from index.readers import find_files\n"
        "count = sum(1 for f in find_files(Path(sys.argv[1]))[0] for _ in f.read())\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(count, status.partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=500,
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count >= len(sizes)
    assert kilobytes < 1_000_000


def test_a_source_of_nothing_but_problems_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"[\n" * 5000)
    ([source], _) = find_files(path)
    problems = list(source.read())
    assert len(problems) == 1001
    assert str(problems[-1]) == f"{path}: 1000 problems in a row; the rest is left out"
    path.write_bytes((b"[\n" * 900 + GOOD + b"\n") * 3)
    assert len(list(source.read())) == 2703


def test_binary_junk_in_a_folder_is_named(tmp_path: Path) -> None:
    junk = {
        "zip": b"PK\x03\x04" + bytes(range(256)) * 9,
        "png": b"\x89PNG\r\n\x1a\n" + b"\0\xff" * 99,
    }
    names = ("txt", "jsonl", "json", "html", "md", "csv", "parquet", "rss", "jsonl.gz")
    for kind, content in junk.items():
        for ending in names:
            (tmp_path / f"{kind}.{ending}").write_bytes(content)
    files, problems = find_files(tmp_path)
    assert problems == []
    for file in files:
        items = list(file.read())
        assert items, file.name
        assert all(isinstance(item, SourceProblem) for item in items), (file.name, items)
