"""Snapshots: one immutable whole, and any damage is noticed before an answer is given."""

import datetime as dt
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from index.article import Article
from index.errors import IndexCorruptError, IndexMissingError
from index.indexing.builder import BuildReport
from index.search_index import Filter, SynonymGroup, WeightedTerms
from index.settings import IndexSettings
from index.snapshots import snapshot as snapshots
from index.snapshots.analyses import Analysis, AnalyzedArticle
from index.snapshots.manifest import CHECKED, read_manifest, verify
from index.snapshots.snapshot import Snapshot, read_catalogue
from index.snapshots.snapshot_pointer import current_folder, prune, publish, snapshot_folders
from index.snapshots.writer import Provenance, SnapshotWriter
from index.text.minhash import sketch
from index.text.passages import Passage
from index.text.persian import analyser_fingerprint, index_terms

ARTICLES = [
    Article(
        "ilna-1",
        "همکاریهای علمی در دریای خزر",
        ("بیش از ۵ هزار دانشجو در آستراخان درس میخوانند.", "کشتیرانی میان بنادر رونق دارد."),
        abstract="استاندار از تبادل دانشجو خبر داد.",
        agency="ایلنا",
        date=dt.date(2025, 11, 18),
        code="17",
    ),
    Article("fars-2", "Caspian football", ("The derby ended in a draw.", "بازی مساوی شد.")),
]
SETTINGS = {"min_passage_tokens": 0}


@pytest.fixture
def built(build_index: Callable[..., tuple[IndexSettings, BuildReport]]) -> Path:
    """Publish a snapshot of `ARTICLES` and return its folder."""
    _, report = build_index(*ARTICLES, **SETTINGS)
    return report.snapshot


@pytest.fixture
def directory(built: Path) -> Path:
    return built.parent.parent


def write(directory: Path, *texts: str, dimension: int = 2, rows: int = 0) -> Path:
    """Write a snapshot with one article, a passage for each text, and as many vectors."""
    passages = [Passage("a", "عنوان", (number,), text) for number, text in enumerate(texts)]
    terms = tuple(" ".join(index_terms(text)) for text in texts)
    analysis = Analysis(b"0123456789abcdef", "عنوان", terms, sketch([]))
    with SnapshotWriter(directory) as writer:
        writer.add(AnalyzedArticle(Article("a", "عنوان", texts), tuple(passages), analysis))
        vectors = np.eye(rows or len(texts), dimension, dtype=np.float32)
        return writer.finish(
            [vectors], Provenance("words", "words-1", "rules", "digest", ("here",))
        )


def word(text: str) -> SynonymGroup:
    return SynonymGroup((WeightedTerms(tuple(index_terms(text))),))


def test_row_i_means_the_same_passage_in_every_file(built, word_encoder) -> None:
    snapshot = Snapshot.open(built)
    passages = snapshot.passages(range(5))
    assert [(p.article_id, p.paragraphs, p.text) for p in passages] == [
        ("ilna-1", (), ARTICLES[0].abstract),
        ("ilna-1", (0,), ARTICLES[0].paragraphs[0]),
        ("ilna-1", (1,), ARTICLES[0].paragraphs[1]),
        ("fars-2", (0,), ARTICLES[1].paragraphs[0]),
        ("fars-2", (1,), ARTICLES[1].paragraphs[1]),
    ]
    vectors = word_encoder.encode([p.embedded_text for p in passages], "passage")
    np.testing.assert_allclose(snapshot.vectors(range(5)), vectors, rtol=1e-6)
    for row, text in enumerate(["خبر", "آستراخان", "کشتیرانی", "derby", "بازی"]):
        assert snapshot.search_vectors(vectors[row], 1).rows.tolist() == [row]
        assert snapshot.search_terms([word(text)], 5, 0).rows.tolist() == [row]


def test_titles_are_searched_for_every_passage_of_their_article(built: Path) -> None:
    snapshot = Snapshot.open(built)
    assert sorted(snapshot.search_terms([word("caspian")], 5, 1).rows.tolist()) == [3, 4]
    assert snapshot.search_terms([word("caspian")], 5, 0).rows.tolist() == []


def test_passages_come_in_the_order_that_is_asked_for(built: Path) -> None:
    snapshot = Snapshot.open(built)
    assert [p.paragraphs for p in snapshot.passages([2, 0, 2])] == [(1,), (), (1,)]
    assert snapshot.passages([]) == []
    assert snapshot.vectors([]).shape == (0, 128)
    np.testing.assert_array_equal(snapshot.vectors([4, 1])[1], snapshot.vectors([1])[0])


def test_articles_come_back_as_they_were(built: Path) -> None:
    snapshot = Snapshot.open(built)
    assert [snapshot.article(article.id) for article in ARTICLES] == ARTICLES
    assert snapshot.article("ilna") is None


def test_an_index_says_what_it_holds(built: Path, tmp_path: Path) -> None:
    snapshot = Snapshot.open(built)
    facts = snapshot.facts
    assert (facts.snapshot, facts.articles, facts.passages) == (built.name, 2, 5)
    assert (facts.encoder, facts.fingerprint, facts.dimension) == ("words", "words-1", 128)
    assert (facts.first_date, facts.last_date) == (ARTICLES[0].date, ARTICLES[0].date)
    assert snapshot.manifest.sources == (str(tmp_path / "articles.jsonl"),)
    assert snapshot.manifest.analyser == analyser_fingerprint()
    assert snapshot.document_frequency("draw") == 1
    assert snapshot.document_frequency("caspian") == 0
    assert dict(snapshot.vocabulary())["draw"] == 1


def test_the_manifest_lists_every_other_file(built: Path) -> None:
    names = {p.relative_to(built).as_posix() for p in built.rglob("*") if p.is_file()}
    assert set(read_manifest(built).files) == names - {"manifest.json", CHECKED}
    assert {name.partition("/")[0] for name in names} - {CHECKED} == {
        "manifest.json",
        "articles.jsonl",
        "articles.jsonl.offsets.npy",
        "passages.jsonl",
        "passages.jsonl.offsets.npy",
        "catalogue",
        "vectors.faiss",
        "terms",
        "article_terms",
        "prepared",
    }
    assert {name for name in names if name.startswith("catalogue/")} == {
        "catalogue/passages.npy",
        "catalogue/dates.npy",
        "catalogue/agencies.npy",
        "catalogue/codes.npy",
        "catalogue/leads.npy",
        "catalogue/duplicates.npy",
        "catalogue/names.json",
    }


def test_the_published_snapshot_is_the_one_that_is_opened(tmp_path: Path) -> None:
    first, second = write(tmp_path, "یک"), write(tmp_path, "یک", "دو")
    assert current_folder(tmp_path) is None
    for folder in (second, first):
        publish(folder)
        assert current_folder(tmp_path) == folder
        assert Snapshot.open_current(tmp_path).facts.snapshot == folder.name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CURRENT", "snapshots"]


def test_a_directory_without_an_index(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for directory in (tmp_path, tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(IndexMissingError) as caught:
            Snapshot.open_current(directory)
        assert str(caught.value) == (
            f"{directory}: no index here yet; run `python -m index build` first"
        )


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


@pytest.mark.parametrize("rows", [1, 3])
def test_each_passage_has_its_vector(tmp_path: Path, rows: int) -> None:
    with pytest.raises(ValueError, match=f"{rows} vectors, where 2 are needed"):
        write(tmp_path, "یک", "دو", rows=rows, dimension=3)
    assert snapshot_folders(tmp_path) == []


def test_snapshots_are_listed_by_age_and_without_those_of_killed_builds(tmp_path: Path) -> None:
    assert snapshot_folders(tmp_path) == []
    folders = [write(tmp_path, "یک") for _ in range(5)]
    (tmp_path / "snapshots" / ".partial-1").mkdir()
    assert snapshot_folders(tmp_path) == folders


@pytest.mark.parametrize(
    ("keep", "current", "left"),
    [
        (1, 3, [3]),
        (2, 3, [2, 3]),
        (9, 3, [0, 1, 2, 3]),
        (1, 0, [0]),
        (2, 0, [0, 3]),
        (3, 1, [1, 2, 3]),
    ],
)
def test_pruning_keeps_the_current_snapshot_and_the_newest_others(
    tmp_path: Path, keep: int, current: int, left: list[int]
) -> None:
    folders = [write(tmp_path, "یک") for _ in range(4)]
    publish(folders[current])
    (tmp_path / "snapshots" / ".partial-1" / "terms").mkdir(parents=True)
    removed = prune(tmp_path, keep)
    assert removed == [folder for n, folder in enumerate(folders) if n not in left]
    assert sorted((tmp_path / "snapshots").iterdir()) == [folders[n] for n in left]
    assert Snapshot.open_current(tmp_path).facts.snapshot == folders[current].name


def test_words_that_are_spread_over_an_article_find_it_as_a_whole(build_index) -> None:
    articles = [
        Article("spread", "", ("رئیس دانشگاه آستراخان سخن گفت.", "دانشجویان بیشتر شده‌اند.")),
        Article("one", "", ("دانشجویان تهران", "هوا سرد است.")),
        Article("other", "", ("بازار نفت",)),
    ]
    _, report = build_index(*articles, **SETTINGS)
    index = Snapshot.open(report.snapshot)
    words = [word("آستراخان"), word("دانشجو")]
    hits = index.search_articles(words, 5, 1.0)
    assert hits.articles.tolist() == [0, 1]
    assert hits.scores[0] > hits.scores[1] > 0
    assert index.passages_of(hits.articles.tolist()).tolist() == [0, 1, 2, 3]
    assert index.passages_of([2, 0]).tolist() == [4, 0, 1]
    assert index.passages_of([]).tolist() == []
    assert index.article_numbers([0, 1, 2, 4]).tolist() == [0, 0, 1, 2]
    assert index.search_articles(words, 1, 1.0).articles.tolist() == [0]
    assert index.search_articles([], 5, 1.0).articles.tolist() == []
    nobody = Filter(agencies=("ایلنا",))
    assert index.search_articles(words, 5, 1.0, nobody).articles.tolist() == []


def test_an_open_snapshot_answers_after_it_was_pruned(tmp_path: Path) -> None:
    old = write(tmp_path, "دریای خزر", "کوه البرز")
    snapshot = Snapshot.open(old)
    publish(write(tmp_path, "تازه"))
    assert prune(tmp_path, 1) == [old]
    assert not old.exists()
    assert [p.text for p in snapshot.passages([1, 0])] == ["کوه البرز", "دریای خزر"]
    assert snapshot.search_terms([word("البرز")], 5, 0).rows.tolist() == [1]
    query = np.array([0, 1], dtype=np.float32)
    assert snapshot.search_vectors(query, 2).rows.tolist() == [1, 0]
    assert snapshot.article("a") == Article("a", "عنوان", ("دریای خزر", "کوه البرز"))


def test_a_manifest_is_readable_json(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == 5
    size = (built / "vectors.faiss").stat().st_size
    assert manifest["files"]["vectors.faiss"]["bytes"] == size


def test_a_clock_that_was_wrong_does_not_make_its_snapshot_the_newest_for_ever(
    directory: Path,
) -> None:
    [first] = snapshot_folders(directory)
    ahead = first.rename(first.with_name(f"20310101T000000000000-{first.name.partition('-')[2]}"))
    newer = write(directory, "متن")
    assert snapshot_folders(directory) == [ahead, newer]
    publish(newer)
    newest = write(directory, "متن تازه")
    assert prune(directory, 2) == [ahead]
    assert snapshot_folders(directory) == [newer, newest]
