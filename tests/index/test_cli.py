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
from index import builder, console
from index.encoders import ModelFolder, find_model
from index.publishing import snapshot_folders
from index.settings import IndexSettings

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
    assert outcome.out.endswith("1 articles were replaced by later ones that are the same\n")
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
