"""Damaged snapshots and pointers: whatever the damage, it is noticed and named."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from index.errors import IndexCorruptError
from index.snapshots import snapshot as snapshots
from index.snapshots.manifest import CHECKED, read_manifest, verify
from index.snapshots.snapshot import Snapshot, read_catalogue
from index.text.persian import analyser_fingerprint


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\0\0\0\0", b"\xff\xfe", b"..", b"../other", b"/etc", b"two\nlines", b"a"],
)
def test_a_pointer_that_names_nothing(directory: Path, content: bytes) -> None:
    (directory / "CURRENT").write_bytes(content)
    with pytest.raises(IndexCorruptError) as caught:
        Snapshot.open_current(directory)
    assert str(caught.value) == (
        f"{directory}/CURRENT: does not name a snapshot; run `python -m index update`, or "
        "`build` if articles.sqlite is lost, too"
    )


def test_a_pointer_that_is_a_folder(directory: Path) -> None:
    (directory / "CURRENT").unlink()
    (directory / "CURRENT").mkdir()
    with pytest.raises(IndexCorruptError, match=r"^\S+/CURRENT: does not name a snapshot; "):
        Snapshot.open_current(directory)


def test_a_pointer_to_a_snapshot_that_is_gone(directory: Path, built: Path) -> None:
    shutil.rmtree(built)
    assert corruption(directory) == f"{built}: damaged: manifest.json: No such file or directory"


def corruption(directory: Path) -> str:
    """Return what is wrong with the published snapshot, without the advice that ends it."""
    with pytest.raises(IndexCorruptError) as caught:
        Snapshot.open_current(directory)
    message, advice, rest = str(caught.value).partition("; run `python -m index build` again")
    assert (advice, rest) == ("; run `python -m index build` again", "")
    assert "\n" not in message
    return message


def flip(path: Path) -> None:
    """Flip one bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            " has changed since it was written",
        ),
        (
            lambda path: path.write_bytes(path.read_bytes() + b"?"),
            " has changed since it was written",
        ),
        (flip, " has changed since it was written"),
        (lambda path: path.write_bytes(b""), " has changed since it was written"),
        (lambda path: path.unlink(), ": No such file or directory"),
    ],
    ids=["truncated", "longer", "flipped", "emptied", "missing"],
)
def test_damage_to_any_file_is_noticed(
    directory: Path, built: Path, damage: Callable[[Path], object], message: str
) -> None:
    # tantivy leaves lock files, which are empty.
    files = [built / name for name, entry in read_manifest(built).files.items() if entry.bytes]
    assert len(files) > 8
    for path in files:
        content = path.read_bytes()
        damage(path)
        name = path.relative_to(built).as_posix()
        assert corruption(directory) == f"{built}: damaged: {name}{message}"
        path.write_bytes(content)
    assert Snapshot.open_current(directory).facts.passages == 5


def test_a_file_is_read_again_only_where_it_has_changed(
    directory: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns
    monkeypatch.setattr("time.time_ns", lambda: now() + 10**9)
    verify(built)
    read: list[str] = []
    digest = hashlib.file_digest

    def noted(file: BinaryIO, name: str) -> object:
        read.append(Path(file.name).name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", noted)
    assert Snapshot.open_current(directory).facts.passages == 5
    assert read == []
    (built / "vectors.faiss").touch()
    assert Snapshot.open_current(directory).facts.passages == 5
    assert read == ["vectors.faiss"]
    flip(built / "passages.jsonl")
    assert corruption(directory).endswith("passages.jsonl has changed since it was written")


def test_what_a_disk_has_lost_is_found_by_reading_all(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time_ns
    monkeypatch.setattr("time.time_ns", lambda: now() + 10**9)
    verify(built)
    flip(built / "vectors.faiss")
    facts = json.loads((built / CHECKED).read_bytes())
    facts["vectors.faiss"]["changed_ns"] = (built / "vectors.faiss").stat().st_ctime_ns
    (built / CHECKED).write_text(json.dumps(facts), encoding="utf-8")
    verify(built)
    with pytest.raises(IndexCorruptError, match="faiss has changed"):
        verify(built, always_read=True)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"vectors.faiss": 1}'])
def test_a_damaged_record_of_what_was_checked_counts_as_none(built: Path, content: bytes) -> None:
    (built / CHECKED).write_bytes(content)
    flip(built / "vectors.faiss")
    with pytest.raises(IndexCorruptError, match="faiss has changed"):
        verify(built)


def test_damage_to_any_byte_of_the_manifest_is_noticed(directory: Path, built: Path) -> None:
    path = built / "manifest.json"
    content = path.read_bytes()
    for at in range(0, len(content), 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert corruption(directory).startswith(f"{built}: damaged: ")
    for size in (0, 1, len(content) - 1):
        path.write_bytes(content[:size])
        assert corruption(directory) == f"{built}: damaged: manifest.json: not a manifest"
    path.write_bytes(content.replace(b'"words-1"', b'"words-2"'))
    assert corruption(directory) == (
        f"{built}: damaged: manifest.json has changed since it was written"
    )
    path.write_bytes(content)
    assert verify(built).fingerprint == "words-1"


@pytest.mark.parametrize("version", [4, 6])
def test_a_snapshot_of_another_format(directory: Path, built: Path, version: int) -> None:
    manifest = f'{{"format": {version}, "shards": []}}'
    (built / "manifest.json").write_text(manifest, encoding="utf-8")
    message = f"{built}: damaged: its format is {version}, this version reads 5"
    assert corruption(directory) == message
    with pytest.raises(IndexCorruptError) as caught:
        read_catalogue(built)
    assert str(caught.value) == f"{message}; run `python -m index build` again"


@pytest.mark.parametrize("name", ["dates.npy", "names.json"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[:-1]),
            " has changed since it was written",
        ),
        (flip, " has changed since it was written"),
        (lambda path: path.unlink(), ": No such file or directory"),
    ],
    ids=["truncated", "flipped", "missing"],
)
def test_damage_to_a_catalogue_is_noticed_where_only_it_is_read(
    built: Path, name: str, damage: Callable[[Path], object], message: str
) -> None:
    damage(built / "catalogue" / name)
    with pytest.raises(IndexCorruptError) as caught:
        read_catalogue(built)
    assert str(caught.value) == (
        f"{built}: damaged: catalogue/{name}{message}; run `python -m index build` again"
    )


def test_a_catalogue_is_read_whatever_became_of_other_files(built: Path) -> None:
    (built / "vectors.faiss").unlink()
    assert read_catalogue(built).agencies() == [("ایلنا", 1)]


def test_a_snapshot_with_other_persian_rules(
    directory: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "analyser_fingerprint", lambda: "khazar-2/hazm-9")
    assert corruption(directory) == (
        f"{built}: made with other Persian rules ({analyser_fingerprint()}, here khazar-2/hazm-9)"
    )
