"""Updates, removals and rollbacks: the archive is the truth, snapshots follow it."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from index.article import Article
from index.errors import IndexBusyError, IndexMissingError, KhazarError, SourceError
from index.indexing import article_analysis, builder
from index.indexing.pruning import prune_index
from index.operations.inspection import inspect, verify_snapshot
from index.search.ivf_pq import IvfPqIndex
from index.settings import IndexSettings
from index.snapshots.snapshot import CODES, Snapshot
from index.snapshots.snapshot_pointer import current_folder, snapshot_folders
from tests.index.support.changing_archive import Archive
from tests.index.support.small_archives import article

LONG = " ".join(f"واژه{number}" for number in range(60))


@pytest.fixture
def archive(tmp_path: Path, word_encoder) -> Archive:
    return Archive(tmp_path, word_encoder)


def test_what_is_new_is_added_and_the_rest_stays(archive: Archive) -> None:
    archive.build(article("a"), article("b"))
    report = archive.update(article("c"))
    assert (report.published, report.changes.added, report.encoded) == (True, 1, 1)
    assert archive.ids() == ["a", "b", "c"]
    assert archive.encoder.encoded == ["عنوان c\nمتن c"]
    archive.assert_whole()


def test_an_update_that_brings_nothing_publishes_nothing(archive: Archive) -> None:
    first = archive.build(article("a"), article("b"))
    report = archive.update(article("b"), article("a"))
    assert (report.published, report.snapshot) == (False, first.snapshot)
    assert (report.changes.unchanged, report.encoded, archive.loaded) == (2, 0, 0)
    assert snapshot_folders(archive.directory) == [first.snapshot]


def test_an_updated_index_is_the_one_that_a_build_makes(archive: Archive) -> None:
    old = [article(f"{n}", LONG, f"متن {n}", agency="x", code=f"{n}") for n in range(9)]
    archive.build(*old)
    new = [replace(old[3], title="تازه"), article("z", "آخر")]
    updated = archive.update(*new)
    assert verify_snapshot(updated.snapshot).findings == ()
    built = archive.build(*old[:3], new[0], *old[4:], new[1])
    one, other = Snapshot.open(updated.snapshot), Snapshot.open(built.snapshot)
    rows = range(one.facts.passages)
    assert one.passages(rows) == other.passages(rows)
    np.testing.assert_array_equal(one.vectors(rows), other.vectors(rows))
    assert one.vocabulary() == other.vocabulary()
    assert one.duplicate_groups() == other.duplicate_groups() != []
    same = {
        name: entry
        for name, entry in one.manifest.files.items()
        if not name.startswith(("terms/", "article_terms/", "articles.jsonl"))
    }
    assert same == {name: other.manifest.files[name] for name in same}


def test_unchanged_articles_are_neither_cut_nor_analysed_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.build(article("a"), article("b"))
    cut = []
    split = article_analysis.split_article
    monkeypatch.setattr(
        article_analysis,
        "split_article",
        lambda one, *rest: cut.append(one.id) or split(one, *rest),
    )
    archive.update(article("a", "تازه"), article("c"))
    assert cut == ["a", "c"]


@pytest.mark.parametrize("change", ["model", "settings", "code"])
def test_other_rules_make_all_anew(
    archive: Archive, change: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive.build(article("a"), article("b"))
    if change == "model":
        archive.encoder.fingerprint = "words-2"
    elif change == "settings":
        archive.settings = archive.settings.model_copy(update={"min_passage_tokens": 1})
    else:
        (tmp_path / "passages.py").write_text("other")
        monkeypatch.setattr(article_analysis, "_RULES", (tmp_path / "passages.py",))
    report = archive.update(article("a"))
    assert (report.published, archive.loaded) == (True, 1)
    assert report.encoded == (2 if change == "model" else 0)
    assert not archive.update(article("a")).published


def test_the_same_article_of_other_ids_is_there_once(archive: Archive) -> None:
    archive.build(
        article("a", link="https://x.ir/1"), article("b", agency="x", code="7"), article("c")
    )
    report = archive.update(
        article("a2", link="http://www.x.ir/1/"), article("b2", agency="x", code="۷")
    )
    assert (report.changes.replaced, report.changes.added) == (2, 0)
    assert archive.ids() == ["a2", "b2", "c"]


def test_a_source_that_has_an_article_twice_is_new_once(archive: Archive) -> None:
    source = [
        article("a", link="https://x.ir/1"),
        article("b"),
        article("b", "متن دیگر"),
        article("a2", link="https://x.ir/1"),
    ]
    built = archive.build(*source).changes
    assert (built.added, built.repeated, built.unchanged, built.replaced) == (2, 2, 0, 0)
    again = archive.update(*source)
    assert not again.published
    assert (again.changes.added, again.changes.replaced) == (0, 0)
    assert (again.changes.repeated, again.changes.unchanged) == (2, 2)


def test_near_duplicates_of_several_agencies_are_linked_and_kept(archive: Archive) -> None:
    archive.build(
        article("a", LONG, agency="ایلنا"),
        article("b", "چیز دیگر"),
        article("c", f"{LONG} پایان", agency="فارس"),
    )
    snapshot = archive.open()
    assert archive.ids() == ["a", "b", "c"]
    assert snapshot.near_duplicates("a") == ["c"]
    assert snapshot.near_duplicates("c") == ["a"]
    assert snapshot.near_duplicates("b") == snapshot.near_duplicates("unknown") == []
    assert inspect(archive.directory).duplicate_groups == (("a", "c"),)


def test_removed_articles_are_gone_and_stay_gone(archive: Archive) -> None:
    archive.build(article("a"), article("b"), article("c"))
    report = archive.remove("b", "unknown", "b")
    assert (report.published, report.changes.removed) == (True, 1)
    assert report.changes.unknown == ("unknown",)
    assert (archive.ids(), archive.loaded, report.encoded) == (["a", "c"], 0, 0)
    archive.assert_whole()
    again = archive.update(article("a"), article("b"))
    assert (again.published, again.changes.withheld) == (False, 1)
    assert archive.build(article("a"), article("b")).changes.withheld == 1
    assert archive.ids() == ["a"]
    assert not archive.remove("b", undo=True).published
    assert archive.update(article("b")).changes.added == 1
    assert archive.ids() == ["a", "b"]


def test_the_last_article_is_not_removed(archive: Archive) -> None:
    archive.build(article("a"), Article("blank", "", ()))
    with pytest.raises(SourceError) as caught:
        archive.remove("a")
    assert str(caught.value) == "no article would be left, so nothing was removed"
    assert archive.ids() == ["a", "blank"]
    assert not archive.update(article("a")).published


def test_without_an_index_nothing_is_removed(archive: Archive) -> None:
    with pytest.raises(IndexMissingError):
        archive.remove("a")
    assert not archive.directory.exists()


def test_an_update_of_nothing_builds(archive: Archive) -> None:
    report = archive.update(article("a"))
    assert (report.published, report.changes.added, archive.ids()) == (True, 1, ["a"])
    with pytest.raises(SourceError):
        builder.update(
            IndexSettings(directory=archive.folder / "other"), ["absent"], find=archive.find
        )


def test_a_source_that_cannot_be_read_harms_nothing(archive: Archive) -> None:
    archive.build(article("a"))
    report = builder.update(archive.settings, ["absent"], load=archive.load, find=archive.find)
    assert [str(one) for one in report.problems] == ["absent: no such file or folder"]
    assert (report.published, report.articles) == (False, 1)


def test_a_rollback_brings_back_what_was(archive: Archive) -> None:
    first = archive.build(article("a"), article("b"))
    archive.remove("b")
    archive.update(article("c"))
    names = [folder.name for folder in snapshot_folders(archive.directory)]
    made = builder.rollback(archive.settings)
    assert made.folder.name == names[-2]
    assert archive.ids() == ["a"]
    assert not archive.update(article("a")).published
    with pytest.raises(IndexMissingError, match="no snapshot is older than the published one"):
        builder.rollback(archive.settings)
    builder.rollback(archive.settings, names[-1])
    assert archive.ids() == ["a", "c"]
    with pytest.raises(IndexMissingError, match=f"no snapshot {first.snapshot.name}; "):
        builder.rollback(archive.settings, first.snapshot.name)


def test_a_rollback_undoes_a_removal(archive: Archive) -> None:
    archive.build(article("a"), article("b"))
    archive.remove("b")
    builder.rollback(archive.settings)
    assert archive.ids() == ["a", "b"]
    report = archive.update(article("a"), article("b"))
    assert (report.published, report.changes.withheld) == (False, 0)


def test_a_lost_archive_comes_back_from_the_snapshot(archive: Archive) -> None:
    full = article("a", agency="x", code="1", date=dt.date(2025, 1, 2), tags=("t",))
    archive.build(full, article("b"))
    for path in archive.directory.glob("articles.sqlite*"):
        path.unlink()
    assert not archive.update(full).published
    assert archive.update(article("c")).changes.added == 1
    assert archive.ids() == ["a", "b", "c"]


def test_a_damaged_archive_is_named(archive: Archive) -> None:
    archive.build(article("a"))
    path = archive.directory / "articles.sqlite"
    path.write_bytes(b"no database" * 99)
    with pytest.raises(KhazarError) as caught:
        archive.update(article("b"))
    assert str(caught.value) == (
        f"{path}: damaged (file is not a database); delete it, and the next update restores it "
        "from the published snapshot"
    )


@pytest.mark.parametrize("later", ["b", "c"])
@pytest.mark.parametrize(
    "record", ["replace(record, 'b', 'd')", "substr(record, 2)", "CAST(X'7BFF7D' AS TEXT)"]
)
def test_a_changed_article_is_named_and_never_published(
    archive: Archive, record: str, later: str
) -> None:
    built = archive.build(article("a"), article("b"))
    path = archive.directory / "articles.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE articles SET record = {record} WHERE id = 'b'")
    with pytest.raises(KhazarError) as caught:
        archive.update(article(later, LONG))
    assert str(caught.value) == (
        f"{path}: damaged (article b has changed since it was written); delete it, and the next "
        "update restores it from the published snapshot"
    )
    assert current_folder(archive.directory) == built.snapshot
    path.unlink()
    archive.update(article("c"))
    assert archive.ids() == ["a", "b", "c"]
    archive.assert_whole()


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"\xff" * 40, b"../elsewhere\n"])
def test_an_update_mends_a_damaged_pointer(archive: Archive, content: bytes) -> None:
    archive.build(article("a"), article("b"))
    (archive.directory / "CURRENT").write_bytes(content)
    mended = archive.update(article("a"))
    assert (mended.published, mended.encoded, archive.ids()) == (True, 0, ["a", "b"])
    archive.assert_whole()


@pytest.mark.parametrize("name", ["vectors.faiss", "manifest.json", "prepared/terms.jsonl"])
def test_an_update_mends_a_damaged_snapshot(archive: Archive, name: str) -> None:
    report = archive.build(article("a"), article("b"))
    (report.snapshot / name).write_bytes(b"?")
    mended = archive.update(article("a"))
    assert (mended.published, mended.encoded, archive.ids()) == (True, 0, ["a", "b"])
    archive.assert_whole()


def test_only_one_command_at_a_time(archive: Archive) -> None:
    archive.build(article("a"), article("b"))
    commands: list[Callable[[], object]] = [
        lambda: archive.update(article("c")),
        lambda: archive.remove("a"),
        lambda: builder.rollback(archive.settings),
        lambda: prune_index(archive.settings, 1),
    ]
    with FileLock(archive.directory / "build.lock"):
        for command in commands:
            with pytest.raises(IndexBusyError, match="another build is running"):
                command()
    assert archive.ids() == ["a", "b"]


def test_pruning_by_hand(archive: Archive) -> None:
    first = archive.build(article("a"))
    second = archive.update(article("b"))
    assert prune_index(archive.settings, 1).snapshots == (first.snapshot.name,)
    assert snapshot_folders(archive.directory) == [second.snapshot]


def many(*names: str) -> list[Article]:
    """Return some articles of 600 paragraphs each, too long to be merged."""
    words = [" ".join(f"واژه{number}-{at}" for at in range(25)) for number in range(600)]
    return [article(name, *(f"{name} {text}" for text in words)) for name in names]


@pytest.mark.slow
def test_a_large_archive_has_codes_which_updates_take_over(archive: Archive) -> None:
    archive.settings = archive.settings.model_copy(update={"exact_passages": 1000})
    archive.build(*many("a"))
    assert not (archive.open_folder() / CODES).exists()
    archive.update(*many("b"))
    assert (archive.open_folder() / CODES).exists()
    learned = IvfPqIndex.open(archive.open_folder() / CODES)
    assert archive.compressed(article("c")) == [(1201, 1201)]
    archive.assert_whole()
    snapshot = archive.open()
    assert learned.is_compatible(1201, snapshot.facts.dimension)
    # Another text for the first article: all others move up, and their codes with them.
    archive.update(article("a", "متنی دیگر"))
    snapshot = archive.open()
    rows = [row for one in "abc" for row in snapshot.article_rows(one).tolist()[-1:]]
    for row, vector in zip(rows, snapshot.vectors(rows), strict=True):
        assert row in snapshot.search_vectors(vector, 20).rows.tolist()


@pytest.mark.slow
def test_whoever_lets_more_be_searched_exactly_gets_a_snapshot_without_codes(
    archive: Archive,
) -> None:
    archive.settings = archive.settings.model_copy(update={"exact_passages": 1000})
    archive.build(*many("a", "b"))
    assert (archive.open_folder() / CODES).exists()
    archive.settings = archive.settings.model_copy(update={"exact_passages": 2000})
    assert archive.update(*many("a")).published
    assert not (archive.open_folder() / CODES).exists()
    assert not archive.update(*many("a")).published
