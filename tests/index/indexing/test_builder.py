"""Builds: what was encoded is not encoded again, and what is published stays."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from index.article import Article
from index.encoders.encoder import TextKind, load_encoder
from index.encoders.passage_embedder import CHUNK
from index.errors import EncoderError, IndexBusyError, KhazarError, SourceError
from index.indexing.builder import BuildReport, build
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import snapshot_folders
from tests.support.paths import ROOT
from tests.support.word_encoder import WordEncoder

Build = Callable[..., tuple[IndexSettings, BuildReport]]


def article(name: str, *paragraphs: str) -> Article:
    return Article(name, f"عنوان {name}", paragraphs or (f"متن {name}",))


def articles(count: int) -> list[Article]:
    return [article(f"خبر{number}") for number in range(count)]


def opened(settings: IndexSettings) -> Snapshot:
    return Snapshot.open_current(settings.path(settings.directory))


def ids(snapshot: Snapshot) -> list[str]:
    """Return the ids of an index's articles in its order."""
    return list(
        dict.fromkeys(p.article_id for p in snapshot.passages(range(snapshot.facts.passages)))
    )


def test_a_build_publishes_what_it_read(build_index: Build, word_encoder) -> None:
    settings, report = build_index(*articles(3))
    assert report.snapshot.parent.parent == settings.directory
    assert (report.articles, report.passages, report.encoded) == (3, 3, 3)
    assert report.problems == ()
    snapshot = opened(settings)
    assert snapshot.facts.snapshot == report.snapshot.name
    assert ids(snapshot) == ["خبر0", "خبر1", "خبر2"]
    assert sorted(word_encoder.encoded) == [f"عنوان خبر{n}\nمتن خبر{n}" for n in range(3)]


def test_the_sources_are_those_of_the_settings(tmp_path: Path, word_encoder) -> None:
    seed = next((ROOT / "seeds").glob("*.txt"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "one.txt").write_bytes(seed.read_bytes())
    config = tmp_path / "config.toml"
    config.write_text('[index]\nsources = ["mine"]\n', encoding="utf-8")
    settings = IndexSettings.load(config)
    report = build(settings, load=lambda _: word_encoder)
    assert report.snapshot.parent.parent == tmp_path / "data" / "index"
    assert opened(settings).manifest.sources == (str(tmp_path / "mine"),)
    assert ids(opened(settings)) == ["one"]


def test_a_second_build_encodes_nothing(build_index: Build, word_encoder) -> None:
    settings, first = build_index(*articles(3))
    vectors = opened(settings).vectors(range(3))
    word_encoder.encoded.clear()
    settings, second = build_index(*articles(3))
    assert (second.articles, second.passages, second.encoded) == (3, 3, 0)
    assert word_encoder.encoded == []
    assert second.snapshot != first.snapshot
    np.testing.assert_array_equal(opened(settings).vectors(range(3)), vectors)


def test_only_what_changed_is_encoded(build_index: Build, word_encoder) -> None:
    build_index(article("a", "یک", "دو"), article("b"), min_passage_tokens=0)
    word_encoder.encoded.clear()
    settings, report = build_index(
        article("c"), article("a", "یک", "سه"), article("b"), min_passage_tokens=0
    )
    assert (report.passages, report.encoded) == (4, 2)
    assert sorted(word_encoder.encoded) == ["عنوان a\nسه", "عنوان c\nمتن c"]
    snapshot = opened(settings)
    expected = word_encoder.encode(
        [p.embedded_text for p in snapshot.passages(range(4))], "passage"
    )
    np.testing.assert_allclose(snapshot.vectors(range(4)), expected, rtol=1e-6)


def test_a_text_that_occurs_twice_is_encoded_once(build_index: Build, word_encoder) -> None:
    same = Article("a", "عنوان", ("متن",))
    _, report = build_index(same, replace(same, id="b"))
    assert (report.passages, report.encoded) == (2, 1)
    assert word_encoder.encoded == ["عنوان\nمتن"]


def test_another_model_encodes_everything_anew(build_index: Build, word_encoder) -> None:
    build_index(*articles(3))
    word_encoder.fingerprint = "words-2"
    settings, report = build_index(*articles(3))
    assert report.encoded == 3
    assert opened(settings).facts.fingerprint == "words-2"


def test_a_later_article_replaces_the_one_of_the_same_id(build_index: Build) -> None:
    settings, report = build_index(article("a", "قدیم"), article("b"), article("a", "تازه"))
    assert (report.articles, report.changes.repeated, report.passages) == (2, 1, 2)
    assert ids(opened(settings)) == ["a", "b"]
    assert opened(settings).article("a") == article("a", "تازه")


def test_problems_are_listed_and_the_rest_is_indexed(build_index: Build, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "bad.txt").write_text("بی تاریخ", encoding="utf-8")
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{}\n{"id": "b", "title": "t", "paragraphs": ["p"]}\n', encoding="utf-8")
    settings, report = build_index(article("a"), lines, tmp_path / "seeds", tmp_path / "absent")
    assert [str(problem) for problem in report.problems] == [
        f"{lines}:1: not an article: paragraphs: missing",
        f"{tmp_path}/seeds/bad.txt:1: expected a header line: date YYYY-MM-DD AGENCY",
        f"{tmp_path}/absent: no such file or folder",
    ]
    assert ids(opened(settings)) == ["a", "b"]


def test_without_an_article_nothing_is_published(build_index: Build, tmp_path: Path) -> None:
    settings, report = build_index(article("a"))
    with pytest.raises(SourceError) as caught:
        build_index(tmp_path / "absent", tmp_path / "nowhere")
    assert str(caught.value) == (
        "no article could be read, so nothing was published; "
        f"{tmp_path}/absent: no such file or folder"
    )
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(SourceError) as caught:
        build_index(tmp_path / "empty.jsonl")
    assert str(caught.value) == "no article could be read, so nothing was published"
    with pytest.raises(SourceError) as caught:
        build_index(Article("blank", " ", ("", "\n")))
    assert str(caught.value) == "no article holds any text, so nothing was published"
    assert opened(settings).facts.snapshot == report.snapshot.name


def test_an_article_without_text_does_no_harm_to_others(build_index: Build) -> None:
    settings, report = build_index(Article("blank", "", ()), article("a"))
    assert (report.articles, report.passages) == (2, 1)
    assert opened(settings).article("blank") == Article("blank", "", ())


def test_a_model_that_fails_to_load_leaves_the_index_as_it_was(build_index: Build) -> None:
    settings, report = build_index(article("a"))

    def fail(settings: IndexSettings):
        raise EncoderError("no such model")

    with pytest.raises(EncoderError, match="no such model"):
        build(settings, [str(ROOT / "seeds")], load=fail)
    assert opened(settings).facts.snapshot == report.snapshot.name


def test_what_an_encoder_did_before_it_failed_is_kept(
    build_index: Build, word_encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = word_encoder.encode

    def fail_at_the_second_call(texts, kind):
        if word_encoder.encoded:
            raise MemoryError
        return encode(texts, kind)

    monkeypatch.setattr(word_encoder, "encode", fail_at_the_second_call)
    with pytest.raises(MemoryError):
        build_index(*articles(300))
    monkeypatch.undo()
    done = len(word_encoder.encoded)
    assert 0 < done < 300
    _, report = build_index(*articles(300))
    assert (report.passages, report.encoded) == (300, 300 - done)


def test_passages_fit_the_settings_and_the_encoder(build_index: Build, word_encoder) -> None:
    text = " ".join(f"{' '.join(['خزر'] * 9)}." for _ in range(20))
    for most, seen, limit in [(50, 500, 50), (384, 40, 40)]:
        word_encoder.max_tokens = seen
        settings, report = build_index(article("a", text), max_passage_tokens=most)
        passages = opened(settings).passages(range(report.passages))
        counts = word_encoder.count_tokens([p.embedded_text for p in passages])
        assert limit - 10 < max(counts) <= limit
        assert " ".join(p.text for p in passages) == text


def test_progress_is_told_stage_by_stage(tmp_path: Path, word_encoder) -> None:
    told: list[tuple[str, int, int | None]] = []
    settings = IndexSettings(directory=tmp_path / "index")
    build(settings, [str(ROOT / "seeds")], lambda *step: told.append(step), lambda _: word_encoder)
    passages = opened(settings).facts.passages
    size = sum(path.stat().st_size for path in (ROOT / "seeds").iterdir())
    rows = 2 * passages + 1
    assert told == [
        ("reading", size, size),
        ("reading", size, size),
        ("loading the model", 0, 1),
        ("loading the model", 1, 1),
        ("indexing", 1, 1),
        ("encoding", passages, passages),
        *(("writing", done, rows) for done in range(passages, rows + 1)),
    ]


def test_every_stage_tells_how_much_there_is_in_all(tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int | None]]] = {}

    def tell(stage: str, done: int, total: int | None) -> None:
        told.setdefault(stage, []).append((done, total))

    lines = [to_record(article(f"خبر{number}", *map(str, range(9)))) for number in range(200)]
    path = tmp_path / "many.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    settings = IndexSettings(directory=tmp_path / "index", min_passage_tokens=0)
    build(settings, [str(path)], tell, lambda _: WordEncoder())
    for stage, steps in told.items():
        assert all(total is not None and done <= total for done, total in steps), stage
        assert steps == sorted(steps, key=lambda step: step[0]), stage
        done, total = steps[-1]
        assert done == total, stage
    # The total is known from the articles that were cut so far, long before the end.
    assert [total for _, total in told["encoding"]] == [told["encoding"][-1][1]] * len(
        told["encoding"]
    )


def test_an_interrupted_build_of_a_few_articles_keeps_what_it_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = WordEncoder()
    encode = encoder.encode

    def encode_twice(texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        if len(encoder.encoded) >= 2 * CHUNK:
            raise KeyboardInterrupt
        return encode(texts, kind)

    monkeypatch.setattr(encoder, "encode", encode_twice)
    path = tmp_path / "few.jsonl"
    lines = [to_record(article(f"خبر{number}")) for number in range(300)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    settings = IndexSettings(directory=tmp_path / "index")
    with pytest.raises(KeyboardInterrupt):
        build(settings, [str(path)], load=lambda _: encoder)
    monkeypatch.undo()
    assert build(settings, [str(path)], load=lambda _: encoder).encoded == 300 - 2 * CHUNK


@pytest.mark.parametrize(("keep", "left"), [(1, 1), (2, 2), (3, 3)])
def test_old_snapshots_are_removed(build_index: Build, keep: int, left: int) -> None:
    folders = [build_index(article("a"), keep_snapshots=keep)[1].snapshot for _ in range(4)]
    assert snapshot_folders(folders[0].parent.parent) == folders[-left:]


def test_a_build_repairs_a_damaged_index(build_index: Build) -> None:
    settings, _ = build_index(article("a"))
    (settings.directory / "CURRENT").write_bytes(b"\0\0\0")
    build_index(article("a"))
    assert ids(opened(settings)) == ["a"]
    (snapshot_folders(settings.directory)[-1] / "manifest.json").unlink()
    build_index(article("a"))
    assert ids(opened(settings)) == ["a"]


def test_a_damaged_embedding_cache_is_named(build_index: Build) -> None:
    settings, _ = build_index(article("a"))
    cache = settings.directory / "embeddings.sqlite"
    cache.write_bytes(b"no database" * 99)
    with pytest.raises(KhazarError) as caught:
        build_index(article("a"))
    assert str(caught.value) == (
        f"{cache}: damaged (file is not a database); delete it and build again; everything is "
        "then encoded again"
    )
    cache.unlink()
    assert build_index(article("a"))[1].encoded == 1


def test_an_index_that_cannot_be_written(build_index: Build, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KhazarError) as caught:
        build_index(article("a"), directory=tmp_path / "file")
    assert str(caught.value) == f"{tmp_path}/file: the index cannot be written: File exists"


def test_only_one_build_at_a_time(build_index: Build) -> None:
    settings, report = build_index(article("a"))
    with FileLock(settings.directory / "build.lock"), pytest.raises(IndexBusyError) as caught:
        build_index(article("b"))
    assert str(caught.value) == (
        f"{settings.directory}: another build is running; wait for it to end, or stop it"
    )
    assert opened(settings).facts.snapshot == report.snapshot.name
    build_index(article("b"))
    assert ids(opened(settings)) == ["b"]


def test_half_characters_reach_a_real_tokenizer_mended(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "news.jsonl"
    path.write_text('{"id": "a", "title": "x\\ud800", "paragraphs": ["\\udfff خزر"]}')
    settings = IndexSettings(directory=tmp_path / "index", encoder=str(tiny_model))
    assert build(settings, [str(path)]).problems == ()
    assert opened(settings).article("a") == Article("a", "x\ufffd", ("\ufffd خزر",))


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
