"""Large files of which little is in memory."""

import mmap
from pathlib import Path

import numpy as np
import pytest

from index.encoders.openvino.row_file import RowFile, release_mapped_pages

ROWS = np.arange(5000 * 3, dtype=np.float16).reshape(5000, 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.save(tmp_path / "rows.npy", ROWS)
    return tmp_path / "rows.npy"


@pytest.mark.parametrize("numbers", [[0], [4999, 0, 7, 7], [[1, 2], [2, 1]], []])
def test_rows_are_those_of_the_array(path: Path, numbers: list) -> None:
    wanted = np.array(numbers, dtype=np.int64)
    found = RowFile(path).take(wanted)
    assert (found.shape, found.dtype) == ((*wanted.shape, 3), np.float16)
    assert np.array_equal(found, ROWS[wanted])


@pytest.mark.parametrize("number", [5000, -1])
def test_a_row_that_is_not_there(path: Path, number: int) -> None:
    with pytest.raises(IndexError, match=f"row {number} of 5000"):
        RowFile(path).take(np.array([number]))


@pytest.mark.parametrize("size", [0, 100, 20_000])
def test_a_truncated_file(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises((ValueError, EOFError)):
        RowFile(path)


def test_a_file_that_is_cut_while_it_is_open(path: Path) -> None:
    rows = RowFile(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    assert np.array_equal(rows.take(np.array([0])), ROWS[:1])
    with pytest.raises(OSError, match="row 4999 cannot be read whole"):
        rows.take(np.array([4999]))


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what is mapped")
def test_what_is_given_back_is_out_of_memory_and_read_again_when_looked_at(tmp_path: Path) -> None:
    content = b"khazar" * 200_000
    (tmp_path / "weights").write_bytes(content)
    with (tmp_path / "weights").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    assert mapped[:] == content
    before = resident(tmp_path)
    assert before >= len(content) // 1024
    release_mapped_pages(tmp_path / "of others")
    assert resident(tmp_path) == before
    release_mapped_pages(tmp_path)
    assert resident(tmp_path) == 0
    assert mapped[:] == content


def resident(folder: Path) -> int:
    """Return how many KB of a folder's files are mapped and in memory."""
    found, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            inside = str(folder) in line
        elif inside and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found
