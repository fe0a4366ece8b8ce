"""Builds: what was encoded is not encoded again, and what is published stays."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from index.article import Article
from index.encoders.encoder import TextKind
from index.encoders.passage_embedder import CHUNK
from index.errors import EncoderError, IndexBusyError, KhazarError, SourceError
from index.indexing.builder import build
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot_pointer import snapshot_folders
from tests.index.support.small_archives import Build, article, articles, ids, opened
from tests.support.paths import ROOT
from tests.support.word_encoder import WordEncoder


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
