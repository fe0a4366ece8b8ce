"""Snapshots: one immutable whole, and any damage is noticed before an answer is given."""

import json
from pathlib import Path

import numpy as np
import pytest

from index.article import Article
from index.errors import IndexMissingError
from index.search_index import Filter
from index.snapshots.manifest import CHECKED, read_manifest
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import current_folder, prune, publish, snapshot_folders
from index.text.persian import analyser_fingerprint
from tests.index.support.small_snapshot import ARTICLES, SETTINGS, word, write


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
