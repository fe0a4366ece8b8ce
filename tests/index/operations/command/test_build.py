"""`python -m index build`: what it prints, where, and with which exit status."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from index.encoders.model_resolver import resolve_model
from index.settings import IndexSettings
from index.snapshots.snapshot_pointer import snapshot_folders
from tests.index.support.commands import Outcome, Run
from tests.support.paths import ROOT


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
        r"Published \d{8}T\d{12}-[0-9a-f]{16}: 1 article, 7 passages \(7 encoded, 0 from the "
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
    assert outcome.out.endswith("1 article appears more than once; kept its last version: a\n")
    assert outcome.err == (
        "2 problems:\n"
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
        "restored": 0,
        "unknown": [],
        "ambiguous": {},
        "snapshot": snapshot_folders(folder / "data" / "index")[-1].name,
        "articles": 1,
        "passages": 7,
        "encoded": 7,
        "replaced": 0,
        "problems": ["absent: no such file or folder"],
    }
    events = [json.loads(line) for line in outcome.err.splitlines()]
    assert {one["event"] for one in events} == {"progress"}
    last = {one["stage"]: (one["done"], one["total"]) for one in events}
    size = (folder / "seeds" / "one.txt").stat().st_size
    assert list(last.items()) == [
        ("reading", (size, size)),
        ("loading the model", (1, 1)),
        ("indexing", (1, 1)),
        ("encoding", (7, 7)),
        ("writing", (15, 15)),
    ]


def test_a_real_process_with_a_real_model(folder: Path, tiny_model: Path) -> None:
    """Piped output is plain: no colour, no progress, nothing of what libraries print."""
    (folder / "config.toml").write_text(f'[index]\nencoder = "{tiny_model}"\n', encoding="utf-8")
    built = processes("build", cwd=folder)
    assert built.status == 0
    # Once in a run of the tests, whichever is the first.
    assert built.err in ("", f"preparing the encoder {tiny_model} for this machine, once\n")
    assert re.fullmatch(r"Published \S+: 1 article, \d+ passages \(.*\), \d+\.\d s\n", built.out)
    status = processes("status", cwd=folder)
    assert (status.status, status.err) == (0, "")
    assert "\x1b" not in status.out
    fingerprint = resolve_model(IndexSettings.load()).fingerprint
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
