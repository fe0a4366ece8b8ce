"""The embedding cache: what was put is there, also for the next process."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.encoders.embedding_cache import EmbeddingCache, embedding_key
from tests.support.paths import ROOT

KEYS = [embedding_key("model", text) for text in ("یک", "دو", "سه")]
VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "embeddings.sqlite"


def test_vectors_are_there_when_the_cache_is_opened_again(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        cache.put(KEYS, VECTORS)
    with EmbeddingCache(path) as cache:
        np.testing.assert_array_equal(cache.get([KEYS[2], KEYS[0], KEYS[2]]), VECTORS[[2, 0, 2]])


def test_missing_keys_keep_their_order_and_are_named_once(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        cache.put(KEYS[1:2], VECTORS[1:2])
        assert cache.missing([KEYS[2], KEYS[1], KEYS[0], KEYS[2]]) == [KEYS[2], KEYS[0]]
        assert cache.missing([]) == []


def test_a_vector_put_again_replaces_the_first(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        cache.put(KEYS, VECTORS)
        cache.put(KEYS[:1], VECTORS[2:])
        np.testing.assert_array_equal(cache.get(KEYS), VECTORS[[2, 1, 2]])


def test_an_unknown_key_is_an_error(path: Path) -> None:
    with EmbeddingCache(path) as cache, pytest.raises(KeyError):
        cache.get(KEYS[:1])


def test_there_must_be_a_vector_for_each_key(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        with pytest.raises(ValueError, match="shorter"):
            cache.put(KEYS, VECTORS[:2])
        assert cache.missing(KEYS) == KEYS


def test_more_keys_than_a_statement_of_sqlite_takes(path: Path) -> None:
    keys = [embedding_key("model", str(number)) for number in range(1234)]
    vectors = np.arange(1234, dtype=np.float32)[:, np.newaxis]
    with EmbeddingCache(path) as cache:
        cache.put(keys[::2], vectors[::2])
        assert cache.missing(keys) == keys[1::2]
        cache.put(keys[1::2], vectors[1::2])
        np.testing.assert_array_equal(cache.get(keys[::-1]), vectors[::-1])


def test_a_put_survives_the_death_of_its_process(path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
import numpy as np
from index.encoders.embedding_cache import EmbeddingCache, embedding_key
cache = EmbeddingCache(Path(sys.argv[1]))
cache.put([embedding_key("model", "یک")], np.ones((1, 2), dtype=np.float32))
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", script, str(path)]
    root = ROOT
    done = subprocess.run(command, cwd=root, env={**os.environ, "PYTHONUTF8": "1"}, check=False)
    assert done.returncode == -signal.SIGKILL
    with EmbeddingCache(path) as cache:
        assert cache.missing(KEYS) == KEYS[1:]
        assert cache.get(KEYS[:1]).tolist() == [[1.0, 1.0]]


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"no database at all" * 99)
    with pytest.raises(sqlite3.DatabaseError, match="file is not a database"):
        EmbeddingCache(path)


def test_keys_differ_by_model_and_by_text() -> None:
    pairs = [("a", "bc"), ("ab", "c"), ("a", "b"), ("", "abc"), ("a", "bc\ud800")]
    keys = {embedding_key(*pair) for pair in pairs}
    assert len(keys) == len(pairs)
    assert {len(key) for key in keys} == {16}


def test_a_vector_with_a_flipped_bit_counts_as_missing(path: Path) -> None:
    with EmbeddingCache(path) as cache:
        cache.put(KEYS, VECTORS)
        with closing(sqlite3.connect(path)) as other, other:
            [[blob]] = other.execute("SELECT vector FROM embeddings WHERE key = ?", (KEYS[1],))
            flipped = bytes([blob[0] ^ 1, *blob[1:]])
            other.execute("UPDATE embeddings SET vector = ? WHERE key = ?", (flipped, KEYS[1]))
        assert cache.missing(KEYS) == [KEYS[1]]
        with pytest.raises(KeyError):
            cache.get(KEYS)
        cache.put(KEYS[1:2], VECTORS[1:2])
        np.testing.assert_array_equal(cache.get(KEYS), VECTORS)


def test_a_cache_without_checksums_is_used_where_vectors_have_length_one(path: Path) -> None:
    unit = np.float32([0.6, 0.8])
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("CREATE TABLE embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        vectors = [unit, np.float32([np.inf, 0]), unit * 2]
        rows = [(key, vector.tobytes()) for key, vector in zip(KEYS, vectors, strict=True)]
        old.executemany("INSERT INTO embeddings VALUES (?, ?)", rows)
    with EmbeddingCache(path) as cache:
        assert cache.missing(KEYS) == KEYS[1:]
        np.testing.assert_array_equal(cache.get(KEYS[:1]), [unit])
