"""`python -m index update`, `remove`, `rollback`, `verify`, `export` and `report`."""

import json
import re
from pathlib import Path

import pytest

from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import snapshot_folders
from tests.index.support.commands import Outcome, Run, write_articles


def test_an_update_says_what_it_did(run: Run, folder: Path) -> None:
    run("build")
    again = run("update")
    assert again.status == 0
    assert re.fullmatch(
        r"Nothing has changed; \S+ stays published: 1 article, 7 passages, \d+\.\d s\n", again.out
    )
    write_articles(folder / "news.jsonl", {"id": "new"}, {"id": "new", "title": "later"})
    outcome = run("update", "news.jsonl")
    assert re.fullmatch(
        r"Published \S+: 2 articles, 8 passages \(1 encoded, 7 from the cache\), \d+\.\d s\n"
        r"1 article appears more than once; kept its last version: new\n",
        outcome.out,
    )
    events = run("update", "news.jsonl", "--json")
    report = json.loads(events.out)
    assert (report["unchanged"], report["repeated"], report["published"]) == (1, 1, False)
    assert {json.loads(line)["event"] for line in events.err.splitlines()} == {"progress"}


def test_a_removal_says_what_it_did(run: Run, folder: Path) -> None:
    write_articles(folder / "news.jsonl", {"id": "a"}, {"id": "b"}, {"id": "c"})
    run("build", "news.jsonl")
    outcome = run("remove", "b", "z")
    assert outcome.status == 1
    assert outcome.out.endswith("\nRemoved 1 article\n")
    assert outcome.err == "z: no article has this id, address or code\n"
    again = run("update", "news.jsonl")
    assert again.out.endswith("\nIgnored 1 removed article; `restore ID` puts it back\n")
    assert run("remove", "--undo", "b").status == 0
    assert "3 articles" in run("update", "news.jsonl").out


def test_what_is_verified(run: Run, folder: Path) -> None:
    run("build")
    run("build")
    old, new = (path.name for path in snapshot_folders(folder / "data" / "index"))
    fine = "OK; 7 passages compared with the articles"
    assert run("verify") == Outcome(0, f"{new}: {fine}\n", "")
    assert run("verify", "--all") == Outcome(0, f"{old}: {fine}\n{new}: {fine}\n", "")
    path = folder / "data" / "index" / "snapshots" / new / "passages.jsonl"
    path.write_bytes(b"")
    outcome = run("verify")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == (
        f"{new}: {path.parent}: damaged: passages.jsonl has changed since it was written; run "
        "`python -m index build` again\n"
    )
    found = json.loads(run("verify", "--json").out)
    assert (found["snapshot"], len(found["findings"])) == (new, 1)


def test_a_rollback_and_pruning(run: Run, folder: Path) -> None:
    run("build")
    write_articles(folder / "news.jsonl", {"id": "new"})
    run("update", "news.jsonl")
    old, new = (path.name for path in snapshot_folders(folder / "data" / "index"))
    assert run("rollback") == Outcome(0, f"Published {old} again: 1 article, 7 passages\n", "")
    assert json.loads(run("rollback", new, "--json").out) == {
        "snapshot": new,
        "articles": 2,
        "passages": 8,
    }
    size = sum(path.stat().st_size for path in (folder / "data").rglob(f"{old}/**/*.*"))
    assert run("prune", "--keep", "1").out == f"Removed 1 snapshot; {size / 1e6:.1f} MB freed\n"
    nothing = {"removed": [], "vectors": 0, "pages": 0, "freed_bytes": 0}
    assert json.loads(run("prune", "--json").out) == nothing
    message = "no snapshot is older than the published one"
    assert run("rollback") == Outcome(2, "", f"Error: {folder}/data/index: {message}\n")


@pytest.mark.parametrize(
    "target", ["out.jsonl", "out.jsonl.gz", "out.csv", "out.csv.gz", "-", None]
)
def test_an_export_loses_nothing(run: Run, folder: Path, target: str | None) -> None:
    run("build")
    everything = {
        "date": "2025-11-18", "agency": "ایلنا", "code": "7", "link": "https://x.ir/7",
        "cat": "اقتصاد", "tags": ["خزر"], "abstract": "لید\nدو", "kicker": "روتیتر",
    }  # fmt: skip
    write_articles(folder / "news.jsonl", everything, {"id": "نیم‌فاصله\u2028"})
    run("update", "news.jsonl")
    outcome = run("export", *([target] if target else []))
    assert (outcome.status, outcome.err) == (0, "Wrote 3 articles\n")
    if target in (None, "-"):
        target = None
        (folder / "out.jsonl").write_text(outcome.out, encoding="utf-8")
    before = list(Snapshot.open_current(folder / "data" / "index").articles())
    run("build", target or "out.jsonl")
    assert list(Snapshot.open_current(folder / "data" / "index").articles()) == before


def test_an_export_that_cannot_be_written(run: Run) -> None:
    run("build")
    assert run("export", "absent/out.jsonl") == Outcome(
        2, "", "Error: absent/out.jsonl: cannot be written: No such file or directory\n"
    )


def test_a_report_is_a_page_that_reads_from_the_right(run: Run, folder: Path) -> None:
    run("build")
    assert run("report", "--html", "out.html") == Outcome(0, "Wrote out.html\n", "")
    page = (folder / "out.html").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html>\n<html lang="fa" dir="rtl">')
