"""Checksums of a folder: what has changed since they were recorded is noticed."""

import os
import shutil
from pathlib import Path

import pytest

from index.checksums import (
    changed_files,
    code_fingerprint,
    is_unchanged,
    record_checksums,
    record_path,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "part").mkdir(parents=True)
    (folder / "weights").write_bytes(b"12345678")
    (folder / "part" / "config").write_text("{}", encoding="utf-8")
    record_checksums(folder)
    return folder


def test_a_folder_is_as_it_was_recorded(folder: Path) -> None:
    assert is_unchanged(folder)
    assert changed_files(folder) == []
    (folder / "further").write_text("what is made later", encoding="utf-8")
    assert is_unchanged(folder)


@pytest.mark.parametrize("content", [b"", b"1234567", b"12345679", None])
def test_a_file_that_changed_is_named(folder: Path, content: bytes | None) -> None:
    (folder / "weights").unlink()
    if content is not None:
        (folder / "weights").write_bytes(content)
    assert not is_unchanged(folder)
    assert changed_files(folder) == ["weights"]


def test_a_copy_is_read_once(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    shutil.copyfile(record_path(folder), record_path(copy))
    recorded = record_path(copy).read_bytes()
    assert is_unchanged(copy)
    assert record_path(copy).read_bytes() != recorded
    assert is_unchanged(copy)


def test_all_files_are_read_only_when_asked(folder: Path) -> None:
    weights = folder / "weights"
    stat = weights.stat()
    weights.write_bytes(b"12345679")
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert is_unchanged(folder)
    assert changed_files(folder) == ["weights"]


@pytest.mark.parametrize("record", [None, "", "{", '{"weights": {"bytes": 8}}'])
def test_a_folder_without_a_record_counts_as_changed(folder: Path, record: str | None) -> None:
    record_path(folder).unlink()
    if record is not None:
        record_path(folder).write_text(record, encoding="utf-8")
    assert not is_unchanged(folder)
    assert changed_files(folder) == []


def test_a_folder_that_is_not_there_counts_as_changed(tmp_path: Path) -> None:
    assert not is_unchanged(tmp_path / "none")


def test_a_fingerprint_of_code_tells_other_files_and_other_versions(tmp_path: Path) -> None:
    rules = tmp_path / "rules.py"
    rules.write_text("x = 1\n", encoding="utf-8")
    first = code_fingerprint([rules], "1.0")
    assert code_fingerprint([rules], "1.0") == first
    assert code_fingerprint([rules], "1.1") != first
    rules.write_text("x = 2\n", encoding="utf-8")
    assert code_fingerprint([rules], "1.0") != first
