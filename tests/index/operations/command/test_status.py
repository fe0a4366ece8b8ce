"""`python -m index status`: what it tells of an index, and of none."""

import json
from pathlib import Path

import pytest

from index.snapshots.manifest import read_manifest
from index.snapshots.snapshot_pointer import snapshot_folders
from tests.index.support.commands import Outcome, Run, write_articles


def test_the_status_without_an_index(run: Run, folder: Path) -> None:
    directory = folder / "data" / "index"
    assert run("status") == Outcome(
        1, f"{directory}: no index here yet; run `python -m index build` first\n", ""
    )
    outcome = run("status", "--json")
    assert (outcome.status, outcome.err) == (1, "")
    assert json.loads(outcome.out) == {"directory": str(directory), "snapshot": None}


def test_the_status_of_an_index(run: Run, folder: Path) -> None:
    run("build")
    run("build")
    outcome = run("status", "--json")
    assert (outcome.status, outcome.err) == (0, "")
    facts = json.loads(outcome.out)
    names = [path.name for path in snapshot_folders(folder / "data" / "index")]
    current = folder / "data" / "index" / "snapshots" / names[-1]
    size = sum((current / name).stat().st_size for name in read_manifest(current).files)
    assert facts.pop("bytes") == size
    created = facts.pop("created")
    beside = sum(path.stat().st_size for path in (folder / "data" / "index").glob("*.sqlite*"))
    change = facts.pop("last_change")
    assert (change["command"], change["added"], change["articles"]) == ("build", 1, [])
    assert facts.pop("watch") is None
    sizes = facts.pop("snapshot_bytes")
    assert (sizes[names[-1]], facts.pop("damaged")) == (size, {})
    assert facts == {
        "directory": str(folder / "data" / "index"),
        "snapshot": names[-1],
        "articles": 1,
        "passages": 7,
        "dates": ["2025-11-18", "2025-11-18"],
        "agencies": {"خبرگزاری کار ایران": 1},
        "sources": [str(folder / "seeds")],
        "encoder": "words",
        "fingerprint": "words-1",
        "dimension": 128,
        "snapshots": names,
        "duplicates": [],
        "cache_bytes": beside,
    }
    shown = dict(line.split(maxsplit=1) for line in run("status").out.splitlines())
    assert shown == {
        **{key: str(value) for key, value in facts.items()},
        "created": created,
        "dates": "2025-11-18 to 2025-11-18",
        "agencies": "خبرگزاری کار ایران 1",
        "sources": str(folder / "seeds"),
        "snapshots": f"{names[0]} ({sizes[names[0]]:,} bytes)",
        "duplicates": "none",
        "cache_bytes": f"{beside:,}",
        "bytes": shown["bytes"],
        "last_change": f"{change['time'][:16].replace('T', ' ')} UTC  build: 1 added",
        "watch": "never",
    }


def test_the_status_names_the_largest_agencies(run: Run, folder: Path) -> None:
    names = ["ز", "الف", *"بپتثج", "الف"]
    write_articles(folder / "news.jsonl", *({"agency": name} for name in names))
    run("build", "news.jsonl")
    assert "agencies     الف 2, ز 1, ب 1, پ 1, ت 1 and 2 more\n" in run("status").out
    agencies = json.loads(run("status", "--json").out)["agencies"]
    assert list(agencies.items())[:2] == [("الف", 2), ("ز", 1)]
    assert len(agencies) == 7


def test_the_status_of_an_archive_without_dates_and_agencies(run: Run, folder: Path) -> None:
    write_articles(folder / "news.jsonl", {}, {"agency": "", "date": ""})
    run("build", "news.jsonl")
    out = run("status").out
    assert "dates        none\nagencies     none\n" in out
    facts = json.loads(run("status", "--json").out)
    assert (facts["dates"], facts["agencies"]) == (None, {})


def test_the_status_shows_long_and_odd_paths_as_they_are(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    directory = tmp_path / "[red]" / "بایگانی [/x]" / ("long-" * 20) / ("name-" * 20)
    monkeypatch.setenv("KHAZAR_INDEX__DIRECTORY", str(directory))
    run("build")
    assert run("status").out.splitlines()[0] == f"directory    {directory}"


def test_the_status_of_a_damaged_index(run: Run, folder: Path) -> None:
    run("build")
    (snapshot,) = snapshot_folders(folder / "data" / "index")
    (snapshot / "manifest.json").write_bytes(b"")
    assert run("status") == Outcome(
        2,
        "",
        f"Error: {snapshot}: damaged: manifest.json: not a manifest; run `python -m index build` "
        "again\n",
    )


def test_the_status_of_an_index_with_a_damaged_catalogue(run: Run, folder: Path) -> None:
    run("build")
    (snapshot,) = snapshot_folders(folder / "data" / "index")
    (snapshot / "catalogue" / "names.json").write_bytes(b"{")
    assert run("status") == Outcome(
        2,
        "",
        f"Error: {snapshot}: damaged: catalogue/names.json has changed since it was written; run "
        "`python -m index build` again\n",
    )
