"""Which files and options a source stands for, in which order, and with which ids."""

import gzip
import io
from pathlib import Path

import pytest
from pydantic import ValidationError

from index.article import Article
from index.errors import validation_message
from index.readers import Source, find_files, open_sources
from index.readers.documents import Document, Items
from index.readers.registry import READERS
from index.settings import IndexSettings
from index.source_settings import SourceSettings
from tests.index.support.reading import read, write


def test_sources_of_all_kinds_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b/1.jsonl", "b/deep/2.jsonl", "a.jsonl", "c.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    settings = IndexSettings()
    monkeypatch.chdir(tmp_path)
    named = ["c.jsonl", "b", "*.jsonl", "b/**/2.jsonl", "-", "https://example.ir/a", "no"]
    found = list(open_sources(settings, named))
    assert [s.name if isinstance(s, Source) else str(s) for s in found] == [
        "c.jsonl",
        "b/1.jsonl",
        "b/deep/2.jsonl",
        "a.jsonl",
        "c.jsonl",
        "b/deep/2.jsonl",
        "-",
        "https://example.ir/a",
        "no: no such file or folder",
    ]


def test_a_source_on_the_command_line_has_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a.csv", "t,p\na,b\n")
    options = {"path": str(path), "columns": {"title": "t", "paragraphs": "p"}}
    settings = IndexSettings(sources=("seeds", options))  # type: ignore[arg-type]
    monkeypatch.chdir(tmp_path)
    (source,) = open_sources(settings, ["a.csv"])
    assert isinstance(source, Source)
    assert source.name == "a.csv"
    assert list(source.read()) == [Article("a-1", "a", ("b",))]


def test_standard_input_is_json_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write(tmp_path, "in", '{"id": "a", "title": "t", "paragraphs": []}\n[\n')
    with path.open(encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert read("-") == [
            Article("a", "t", ()),
            "-:2: not JSON: Expecting value at column 2",
        ]


def test_standard_input_may_be_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'{"id": "a", "title": "t", "paragraphs": []}\n'
    for content in (line, gzip.compress(line), gzip.compress(line) * 2):
        with write(tmp_path, "in", content).open("rb") as file:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
            assert set(read("-")) == {Article("a", "t", ())}
    # So may a file be whose name does not say it.
    assert len(read(write(tmp_path, "x.ndjson", gzip.compress(line)))) == 1


def test_a_failure_of_a_reader_is_a_problem_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(document: Document) -> Items:
        yield Article("a", "t", ())
        raise KeyError("x")

    monkeypatch.setitem(READERS, "seed", fail)
    assert read(write(tmp_path, "x.txt", "")) == [
        Article("a", "t", ()),
        "x.txt: cannot be read: KeyError",
    ]
    assert "KeyError: 'x'" in caplog.text


def test_a_format_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "news.data", '{"id": "a", "title": "t", "paragraphs": []}\n')
    assert read(path, format="jsonl") == [Article("a", "t", ())]
    assert len(find_files(path)[1]) == 1


def test_ids_of_files_in_folders_tell_them_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "index.md", "# t\n\np\n")
    assert [a.id for a in read(tmp_path) if isinstance(a, Article)] == ["a/index", "b/index"]


def test_seeds_of_one_name_in_different_folders_are_different_articles(tmp_path: Path) -> None:
    names = ("1.txt", "2024/1.txt", "2025/1.txt", "2025/deep/1.txt.gz")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        content = f"date 2025-11-18\nعنوان\nکد خبر : 17\n{name}\n".encode()
        write(tmp_path, name, gzip.compress(content) if name.endswith(".gz") else content)

    def ids(source: str) -> list[str]:
        return [a.id for a in read(tmp_path / source) if isinstance(a, Article)]

    assert ids(".") == ["1", "2024/1", "2025/1", "2025/deep/1"]
    # A file by itself, and what is directly in the folder that was named, has its bare name.
    assert ids("2025/1.txt") == ["1"]
    assert ids("2025") == ["1", "deep/1"]
    # Of a glob, the folder is what comes before its first wildcard.
    assert ids("*.txt") == ["1"]
    assert ids("20*/1.txt") == ["2024/1", "2025/1"]
    assert ids("20*") == ["2024/1", "2025/1", "2025/deep/1"]
    assert ids("2025/**/*.gz") == ["deep/1"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"path": "a", "colums": {}}, "sources.0.colums: unknown key"),
        ({"path": "a", "format": "pdf"}, "sources.0.format: must be 'seed', 'jsonl'"),
        ({"path": "a", "columns": {"titel": "x"}}, "sources.0.columns.titel: must be 'id'"),
        ({"columns": {}}, "sources.0.path: missing"),
        ({"path": "a", "delimiter": '"'}, "sources.0.delimiter: has not the form"),
        ("", "sources.0.path: must not be empty"),
    ],
)
def test_a_mistake_in_a_source_is_named(source: object, message: str) -> None:
    with pytest.raises(ValidationError, match="sources") as caught:
        IndexSettings(sources=(source,))  # type: ignore[arg-type]
    assert validation_message(caught.value).startswith(message)


def test_a_source_may_be_a_string() -> None:
    assert SourceSettings.model_validate("a") == SourceSettings(path="a")
