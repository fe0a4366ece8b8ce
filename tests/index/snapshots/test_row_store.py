"""Row stores: any row at random, and damage is noticed."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.snapshots.row_store import RowStore, RowWriter

ROWS = [{"متن": "دریای خزر\nو\u2028بیشتر"}, [], {"n": [1, 2.5, None, True]}, "", 0]


def write_rows(path: Path, rows: Sequence[object]) -> int:
    with closing(RowWriter(path)) as writer:
        for row in rows:
            writer.add(row)
        writer.finish()
    return len(writer)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    assert write_rows(tmp_path / "rows.jsonl", ROWS) == 5
    return tmp_path / "rows.jsonl"


def test_rows_are_read_in_any_order(path: Path) -> None:
    store = RowStore(path)
    assert len(store) == 5
    assert [store[row] for row in (4, 0, 2, 0, 1, 3)] == [ROWS[n] for n in (4, 0, 2, 0, 1, 3)]
    with pytest.raises(IndexError):
        store[5]


def test_rows_are_lines_of_readable_json(path: Path) -> None:
    assert path.read_text(encoding="utf-8").split("\n")[:3] == [
        '{"متن":"دریای خزر\\nو\u2028بیشتر"}',
        "[]",
        '{"n":[1,2.5,null,true]}',
    ]


def test_an_empty_store(tmp_path: Path) -> None:
    assert write_rows(tmp_path / "none.jsonl", []) == 0
    assert len(RowStore(tmp_path / "none.jsonl")) == 0


def test_half_a_character_costs_only_itself(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", ["a\ud800b", "بعدی"])
    store = RowStore(tmp_path / "rows.jsonl")
    assert [store[0], store[1]] == ["a\ufffdb", "بعدی"]


@given(rows=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=9))
def test_every_row_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.jsonl"
    path.unlink(missing_ok=True)
    write_rows(path, rows)
    store = RowStore(path)
    assert [store[row] for row in range(len(store))] == rows


@pytest.mark.parametrize("content", [None, b"", b"not numpy", "no rows", "other sizes"], ids=str)
def test_damaged_offsets_are_noticed(path: Path, content: bytes | str | None) -> None:
    offsets = path.with_name("rows.jsonl.offsets.npy")
    if content is None:
        offsets.unlink()
    elif isinstance(content, bytes):
        offsets.write_bytes(content)
    else:
        np.save(offsets, np.array([] if content == "no rows" else [0, 3], dtype=np.int64))
    with pytest.raises((OSError, ValueError)):
        RowStore(path)


@pytest.mark.parametrize("size", [0, 10])
def test_rows_that_were_cut_off_are_noticed(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"^rows\.jsonl does not fit its offsets$"):
        RowStore(path)


def test_missing_rows_are_noticed(path: Path) -> None:
    path.unlink()
    with pytest.raises(FileNotFoundError):
        RowStore(path)


def test_an_open_store_goes_on_answering_when_its_file_is_removed(path: Path) -> None:
    store = RowStore(path)
    path.unlink()
    assert store[0] == ROWS[0]
