"""Builds that are killed: a subprocess that ends in the middle."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index.article import Article
from index.encoders.encoder import load_encoder
from index.encoders.passage_embedder import CHUNK
from index.errors import IndexBusyError
from index.indexing.builder import build
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot_pointer import snapshot_folders
from tests.index.support.small_archives import Build, article, articles, ids, opened
from tests.support.paths import ROOT

# Runs `python -m index` and kills it at a moment. With the file of a fake encoder, only
# the model is replaced: importing torch takes longer than everything else.
KILLED = """
import functools, os, pathlib, runpy, signal, sys
from index.encoders import embedding_cache
from index.engines import local
from index.indexing import builder
from index.snapshots import writer

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

def after(function):
    return lambda *args: (function(*args), die())

def at(name, function):
    return lambda self, target: die() if target.name == name else function(self, target)

moment, fake_encoder = sys.argv.pop(1), sys.argv.pop(1)
if moment == "the first vectors are stored":
    embedding_cache.EmbeddingCache.put = after(embedding_cache.EmbeddingCache.put)
elif moment == "the snapshot is half written":
    writer.write_terms = after(writer.write_terms)
elif moment == "the snapshot is complete":
    local.publish = die
elif moment == "the pointer is about to be replaced":
    pathlib.Path.replace = at("CURRENT", pathlib.Path.replace)
elif moment == "the new snapshot is published":
    local.publish = after(local.publish)
if fake_encoder:
    encoder = runpy.run_path(fake_encoder)["WordEncoder"]()
    builder.build = functools.partial(builder.build, load=lambda settings: encoder)
runpy.run_module("index", run_name="__main__", alter_sys=True)
"""


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE)


def write_articles(path: Path, items: list[Article]) -> str:
    lines = (json.dumps(to_record(item), ensure_ascii=False) for item in items)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("moment", "real_model", "published", "count", "left_to_encode"),
    [
        ("the first vectors are stored", True, False, 300, 300 - CHUNK),
        ("the snapshot is half written", False, False, 3, 0),
        ("the snapshot is complete", False, False, 3, 0),
        ("the pointer is about to be replaced", False, False, 3, 0),
        ("the new snapshot is published", False, True, 3, 0),
    ],
)
def test_a_killed_build_harms_nothing_and_the_next_goes_on_where_it_stopped(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    word_encoder,
    moment: str,
    real_model: bool,
    published: bool,
    count: int,
    left_to_encode: int,
) -> None:
    encoder = request.getfixturevalue("tiny_model") if real_model else "words"
    load = load_encoder if real_model else lambda _: word_encoder
    config = tmp_path / "config.toml"
    config.write_text(f'[index]\nencoder = "{encoder}"\n', encoding="utf-8")
    settings = IndexSettings.load(config)
    build(settings, [write_articles(tmp_path / "old.jsonl", [article("کهنه")])], load=load)
    old = opened(settings)

    source = write_articles(tmp_path / "new.jsonl", articles(count))
    fake_encoder = "" if real_model else str(ROOT / "tests" / "support" / "word_encoder.py")
    process = start("-c", KILLED, moment, fake_encoder, "build", source, "--config", str(config))
    _, errors = process.communicate()
    assert (process.returncode, errors) == (-signal.SIGKILL, b"")

    answering = opened(settings)
    assert (answering.facts.snapshot != old.facts.snapshot) == published
    assert answering.facts.articles == (count if published else 1)
    report = build(settings, [source], load=load)
    assert (report.articles, report.passages, report.encoded) == (count, count, left_to_encode)
    assert opened(settings).article("خبر2") == article("خبر2")
    folder = settings.path(settings.directory) / "snapshots"
    assert sorted(folder.iterdir()) == snapshot_folders(folder.parent)
    assert len(snapshot_folders(folder.parent)) <= settings.keep_snapshots


def test_a_build_that_is_killed_while_it_reads_frees_the_index(
    build_index: Build, tmp_path: Path
) -> None:
    settings, report = build_index(article("کهنه"))
    config = tmp_path / "config.toml"
    config.write_text('[index]\ndirectory = "index"\n', encoding="utf-8")
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    process = start("-m", "index", "build", str(pipe), "--config", str(config))
    with pipe.open("wb"):  # waits until the build opens it to read, and the build then for a line
        with pytest.raises(IndexBusyError):
            build_index(article("تازه"))
        process.kill()
        _, errors = process.communicate()
    assert (process.returncode, errors) == (-signal.SIGKILL, b"")
    assert opened(settings).facts.snapshot == report.snapshot.name
    assert build_index(article("تازه"))[1].encoded == 1
    assert ids(opened(settings)) == ["تازه"]
