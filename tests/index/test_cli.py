"""`python -m index`: what it prints, where, and with which exit status."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from index import __main__ as command
from index import builder, console, doctor
from index.models import ModelFolder, find_model
from index.publishing import snapshot_folders
from index.settings import IndexSettings
from index.snapshot import Snapshot

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty project and work in it."""
    here = tmp_path / "project"
    (here / "seeds").mkdir(parents=True)
    (here / "config.toml").write_text('[index]\nencoder = "words"\n', encoding="utf-8")
    seed = next((ROOT / "seeds").glob("*.txt"))
    (here / "seeds" / "one.txt").write_bytes(seed.read_bytes())
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def run(
    folder: Path, word_encoder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the command line in this process, as `python -m index` would, with a fake model."""

    known = ModelFolder(word_encoder.name, folder, word_encoder.fingerprint)
    model = {"load": lambda _: word_encoder, "find": lambda _: known}
    monkeypatch.setattr(builder, "build", partial(builder.build, load=model["load"]))
    for name in ("update", "remove"):
        monkeypatch.setattr(builder, name, partial(getattr(builder, name), **model))

    def run_now(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["index", *arguments])
        with pytest.raises(SystemExit) as ended:
            console.run(command.app)
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run_now


def processes(*arguments: str, cwd: Path) -> Outcome:
    """Run `python -m index` for real, its output piped."""
    done = subprocess.run(
        [sys.executable, "-m", "index", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "FORCE_COLOR": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def test_a_build_says_what_it_published(run: Run, folder: Path) -> None:
    first = run("build")
    assert (first.status, first.err) == (0, "")
    assert re.fullmatch(
        r"Published \d{8}T\d{12}-[0-9a-f]{16}: 1 articles, 7 passages \(7 encoded, 0 from the "
        r"cache\), \d+\.\d s\n",
        first.out,
    )
    again = run("build", "seeds", "--config", str(folder / "config.toml"))
    assert again.status == 0
    assert "7 passages (0 encoded, 7 from the cache)" in again.out


def test_what_was_left_out_is_listed_and_the_status_says_so(run: Run, folder: Path) -> None:
    (folder / "seeds" / "two.txt").write_text("بی تاریخ", encoding="utf-8")
    line = '{"id": "a", "title": "t", "paragraphs": []}\n'
    (folder / "news.jsonl").write_text(f"{line}[\n{line}", encoding="utf-8")
    outcome = run("build", "seeds", "news.jsonl")
    assert outcome.status == 1
    assert "Published " in outcome.out
    assert outcome.out.endswith("1 articles were there again; of each the last counts\n")
    assert outcome.err == (
        "Left out 2:\n"
        "  seeds/two.txt:1: expected a header line: date YYYY-MM-DD AGENCY\n"
        "  news.jsonl:2: not JSON: Expecting value at column 2\n"
    )


def test_a_report_for_scripts(run: Run, folder: Path) -> None:
    outcome = run("build", "seeds", "absent", "--json")
    assert outcome.status == 1
    report = json.loads(outcome.out)
    assert report.pop("seconds") >= 0
    assert report == {
        "event": "done",
        "published": True,
        "added": 1,
        "unchanged": 0,
        "repeated": 0,
        "withheld": 0,
        "removed": 0,
        "unknown": [],
        "snapshot": snapshot_folders(folder / "data" / "index")[-1].name,
        "articles": 1,
        "passages": 7,
        "encoded": 7,
        "replaced": 0,
        "problems": ["absent: no such file or folder"],
    }
    events = [json.loads(line) for line in outcome.err.splitlines()]
    assert [(one["event"], one["stage"]) for one in events] == [
        ("progress", stage)
        for stage in ("reading", "loading the model", "indexing", "encoding", "writing")
    ]
    assert (events[2]["done"], events[2]["total"]) == (1, 1)
    assert (events[3]["done"], events[3]["total"]) == (7, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["build", "absent"],
            "no article could be read, so nothing was published; absent: no such file or folder",
        ),
        (["build", "--config", "no.toml"], "no.toml: no such configuration file"),
        (["status", "--config", "no.toml"], "no.toml: no such configuration file"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: list[str], message: str) -> None:
    assert run(*arguments) == Outcome(2, "", f"Error: {message}\n")


def test_a_wrong_setting_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHAZAR_INDEX__KEEP_SNAPSHOTS", "0")
    message = "KHAZAR_INDEX__KEEP_SNAPSHOTS: Input should be greater than or equal to 1"
    for name in ("build", "status"):
        assert run(name) == Outcome(2, "", f"Error: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'."),
        (["build", "--nonsense"], "No such option: --nonsense"),
        (["status", "extra"], "Got unexpected extra argument"),
    ],
)
def test_usage_errors(run: Run, arguments: list[str], message: str) -> None:
    outcome = run(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err


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
    size = sum(path.stat().st_size for path in current.rglob("*") if path.is_file())
    manifest_size = (current / "manifest.json").stat().st_size
    assert facts.pop("bytes") == size - manifest_size
    created = facts.pop("created")
    beside = sum(path.stat().st_size for path in (folder / "data" / "index").glob("*.sqlite*"))
    sizes = facts.pop("snapshot_bytes")
    assert (sizes[names[-1]], facts.pop("damaged")) == (size - manifest_size, {})
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
    }


def write_articles(path: Path, *about: dict[str, str]) -> None:
    records = (
        {"id": f"{number}", "title": "t", "paragraphs": ["p"], **fields}
        for number, fields in enumerate(about)
    )
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


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


def test_help_says_what_there_is(run: Run) -> None:
    outcome = run("--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert "Build the index of the archive and look at it." in outcome.out
    assert re.search(r"build +Build an index of all SOURCES and publish it\.", outcome.out)
    assert re.search(r"status +Show what the published index holds\.", outcome.out)
    for name in ("build", "status"):
        outcome = run(name, "-h")
        assert outcome.status == 0
        assert {"--config", "--json", "--help"} <= set(re.findall(r"--[a-z]+", outcome.out))


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    outcome = run()
    assert outcome.status == 2
    assert "Build the index of the archive and look at it." in outcome.out


def test_a_real_process_with_a_real_model(folder: Path, tiny_model: Path) -> None:
    """Piped output is plain: no colour, no progress, nothing of what libraries print."""
    (folder / "config.toml").write_text(f'[index]\nencoder = "{tiny_model}"\n', encoding="utf-8")
    built = processes("build", cwd=folder)
    assert (built.status, built.err) == (0, "")
    assert re.fullmatch(r"Published \S+: 1 articles, \d+ passages \(.*\), \d+\.\d s\n", built.out)
    status = processes("status", cwd=folder)
    assert (status.status, status.err) == (0, "")
    assert "\x1b" not in status.out
    fingerprint = find_model(IndexSettings.load()).fingerprint
    assert f"encoder      {tiny_model}\nfingerprint  {fingerprint}\n" in status.out


def test_an_interrupted_build_ends_with_one_word(folder: Path) -> None:
    pipe = folder / "pipe.jsonl"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "index", "build", str(pipe)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A suite that runs in the background ignores Ctrl-C, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with pipe.open("wb"):  # waits until the build opens it to read
        process.send_signal(signal.SIGINT)
        assert process.communicate() == (b"", b"Stopped.\n")
    assert process.returncode == 130


def test_an_update_says_what_it_did(run: Run, folder: Path) -> None:
    run("build")
    again = run("update")
    assert again.status == 0
    assert re.fullmatch(
        r"Nothing has changed: \S+ stays, 1 articles, 7 passages, \d+\.\d s\n", again.out
    )
    write_articles(folder / "news.jsonl", {"id": "new"}, {"id": "new", "title": "later"})
    outcome = run("update", "news.jsonl")
    assert re.fullmatch(
        r"Published \S+: 2 articles, 8 passages \(1 encoded, 7 from the cache\), \d+\.\d s\n"
        r"1 articles were there again; of each the last counts\n",
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
    assert outcome.out.endswith("\n1 articles were removed\n")
    assert outcome.err == "z: no such article\n"
    again = run("update", "news.jsonl")
    assert again.out.endswith("\n1 articles were kept out: they had been removed\n")
    assert run("remove", "--undo", "b").status == 0
    assert "3 articles" in run("update", "news.jsonl").out


def test_what_is_verified(run: Run, folder: Path) -> None:
    run("build")
    run("build")
    old, new = (path.name for path in snapshot_folders(folder / "data" / "index"))
    fine = "whole; 7 passages compared with their articles"
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
    assert run("rollback") == Outcome(0, f"Published {old} again: 1 articles, 7 passages\n", "")
    assert json.loads(run("rollback", new, "--json").out) == {
        "snapshot": new,
        "articles": 2,
        "passages": 8,
    }
    assert run("prune", "--keep", "1").out == "Removed 1 snapshots\n"
    assert json.loads(run("prune", "--json").out) == {"removed": []}
    message = "no snapshot is older than the published one"
    assert run("rollback") == Outcome(2, "", f"Error: {folder}/data/index: {message}\n")


@pytest.mark.parametrize("target", ["out.jsonl", "out.jsonl.gz", None])
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
    if target is None:
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


@pytest.mark.parametrize("name", ["update", "remove", "verify", "rollback", "prune", "export"])
def test_commands_without_an_index(run: Run, folder: Path, name: str) -> None:
    arguments = {"remove": ["a"], "update": ["absent"], "rollback": []}.get(name, [])
    outcome = run(name, *arguments)
    missing = f"{folder}/data/index: no index here yet; run `python -m index build` first"
    read = "no article could be read, so nothing was published; absent: no such file or folder"
    message = read if name == "update" else missing
    assert outcome == Outcome(2, "", f"Error: {message}\n")


def test_every_command_has_an_example(run: Run) -> None:
    for command_info in command.app.registered_commands:
        outcome = run(str(command_info.name), "--help")
        assert outcome.status == 0
        assert f"python -m index {command_info.name}" in outcome.out


def test_a_doctor_says_what_is_missing(
    run: Run, folder: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "config.toml").write_text(f'[index]\nencoder = "{tiny_model}"\n', encoding="utf-8")
    outcome = run("doctor", "--json")
    checks = {one["check"]: one for one in map(json.loads, outcome.out.splitlines())}
    assert (outcome.status, outcome.err) == (0, "")
    assert checks["Python"]["grade"] == checks["model"]["grade"] == "ok"
    assert (checks["index"]["grade"], checks["index"]["remedy"]) == (
        "warning",
        "run `python -m index build`",
    )
    run("build")
    outcome = run("doctor")
    assert outcome.status == 1
    assert "of another model\n         → it was made with words: run `python -m index up" in (
        outcome.out
    )
    find = doctor.importlib.util.find_spec
    monkeypatch.setattr(
        doctor.importlib.util, "find_spec", lambda name: None if name == "faiss" else find(name)
    )
    outcome = run("doctor")
    assert outcome.status == 1
    assert "missing  packages: without faiss-cpu\n" in outcome.out
    assert "→ run `make install`, or `pip install faiss-cpu`\n" in outcome.out
    (folder / "config.toml").write_text("[index]\nkeep_snapshots = 0\n", encoding="utf-8")
    assert "missing  configuration: config.toml: index.keep_snapshots: " in run("doctor").out
