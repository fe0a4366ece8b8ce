"""The command line over a real model that is tiny: in real processes where that matters."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index import console
from retrieval.__main__ import app
from retrieval.evaluation import quality
from tests.support.paths import ROOT

QUESTION = "همکاری دانشگاه‌ها در دریای خزر"


@dataclass(frozen=True)
class Outcome:
    returncode: int
    stdout: str
    stderr: str


Here = Callable[..., Outcome]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Run the command line in this process, as `python -m retrieval` would, without its imports."""

    def run_here(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["retrieval", *arguments])
        with pytest.raises(SystemExit) as ended:
            console.run(app)
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run_here


def khazar(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=100,
    )


@pytest.fixture(scope="module")
def built_config(
    tiny_model_folder: Path, tiny_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> str:
    root = tmp_path_factory.mktemp("archive")
    config = root / "config.toml"
    config.write_text(
        f'[index]\nencoder = "{tiny_model_folder}"\nsources = ["{ROOT}/seeds"]\n'
        "max_passage_tokens = 64\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KHAZAR_CACHE", str(tiny_cache))
        built = khazar("index", "build", "--config", str(config))
    assert built.returncode == 0, built.stderr
    return str(config)


@pytest.fixture
def config(built_config: str, tiny_model: Path) -> str:
    """The index of the article in `seeds/`, made with the tiny model."""
    return built_config


def test_ask_prints_one_answer_as_json(config: str) -> None:
    done = khazar("retrieval", "ask", QUESTION, "--json", "-k", "2", "--config", config)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["question"] == QUESTION
    assert [p["article_id"] for p in answer["passages"]] == ["000_8256a1c2f8428c1d"] * 2
    assert done.stderr == ""


def test_ask_prints_plain_text_into_a_pipe(config: str) -> None:
    done = khazar("retrieval", "ask", QUESTION, "-k", "1", "--config", config)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "[۱] همکاریهای علمی و فرهنگی در دریای خزر تقویت میشود" in done.stdout
    assert "خبرگزاری کار ایران · ۲۷ آبان ۱۴۰۴ · کد خبر ۱۷۱۵۷۷۶" in done.stdout


def test_what_is_no_text_in_a_question_does_not_stop_it(config: str) -> None:
    # So Python hands over a byte that is no UTF-8.
    done = khazar("retrieval", "ask", "the Caspian \udcff sea", "--json", "--config", config)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["question"] == "the Caspian \ufffd sea"
    assert answer["passages"]


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("form", [["-k", "1"], ["--json"]])
def test_an_answer_that_cannot_be_written_is_one_line(
    config: str, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    # Where nothing is kept back, nothing fails a second time.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-m", "retrieval", "ask", QUESTION, *form, "--config", config]
    with FULL.open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=100
        )
    assert (done.returncode, done.stderr) == (2, "Error: No space left on device\n")


def test_letters_that_the_locale_lacks_are_escaped(config: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "retrieval", "ask", QUESTION, "--config", config],
        capture_output=True,
        cwd=ROOT,
        timeout=100,
        env={**os.environ, "PYTHONIOENCODING": "cp1256"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u06cc" in done.stdout


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a full device")
def test_a_file_of_answers_that_cannot_be_written_is_named(
    here: Here, config: str, tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": 1, "question": "the Caspian"}\n', encoding="utf-8")
    done = here(
        "ask", "--questions", str(tmp_path / "in.jsonl"), "--out", str(FULL), "--config", config
    )
    assert (done.returncode, done.stderr) == (2, "Error: /dev/full: No space left on device\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell is needed")
def test_an_answer_is_found_also_where_nothing_is_open_to_print_it(config: str) -> None:
    line = f'"{sys.executable}" -m retrieval ask --json --config "{config}" "$1"'
    for closed in (">&-", "2>&-"):
        done = subprocess.run(
            ["sh", "-c", f"{line} {closed}", "sh", QUESTION],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=100,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_index_is_told_before_anything_is_loaded(here: Here, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[index]\nencoder = "nowhere/at-all"\n', encoding="utf-8")
    done = here("ask", QUESTION, "--config", str(config))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("no index here yet; run `python -m index build` first\n")
    assert gc.isenabled()


def test_ask_looks_where_it_is_told_to_turns_pages_and_tells_why(here: Here, config: str) -> None:
    limits = ("--from", "1404-08-27", "--to", "2025-11", "--source", "ایلنا")
    page = ("-k", "1", "--offset", "2", "--why")
    done = here("ask", QUESTION, *limits, *page, "--config", config)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "بخش‌های بعدی:"
    assert lines[2].startswith("[۳] ")
    assert lines[6:8] == ["زبان پرسش: فارسی", f"عبارت جست‌وجو: {QUESTION}"]
    assert [line[:6] for line in lines if line.startswith("بخش ")] == ["بخش ۳ "]


def test_limits_that_make_no_sense_are_one_line(here: Here, config: str) -> None:
    limits = ("--from", "1404-08-02", "--to", "۱۴۰۴-۰۸-۰۱")
    done = here("ask", QUESTION, *limits, "--config", config)
    assert done.returncode == 2
    assert done.stderr == (
        "Error: no day is from 1404-08-02 to ۱۴۰۴-۰۸-۰۱: the range ends before it begins\n"
    )
    assert done.stdout == ""


def test_a_file_of_questions_from_standard_input(config: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    turn = {"id": 2, "question": "چه گفت؟", "after": [QUESTION], "from": "2025"}
    lines = f'{{"id": 1, "question": "{QUESTION}"}}\n{json.dumps(turn)}\noops\n'
    done = khazar(
        *("retrieval", "ask", "--questions", "-", "--out", str(out), "--config", config),
        stdin=lines,
    )
    assert done.returncode == 1
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2, None]
    assert answers[1]["scope"]["within"]["since"] == "2025-01-01"
    assert done.stderr.splitlines() == [
        "-:3: not JSON: Expecting value: line 1 column 1 (char 0)",
        "2 answered, 1 problem",
    ]


def test_answers_never_replace_what_a_mistake_would_lose(
    here: Here, config: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text('{"id": 1, "question": "x"}\n', encoding="utf-8")
    done = here("ask", "--questions", str(kept), "--out", str(kept), "--config", config)
    assert done.returncode == 2
    assert "--out is the file of questions" in done.stderr
    asked = tmp_path / "in.jsonl"
    asked.write_text("", encoding="utf-8")
    other = ("ask", "--questions", str(asked), "--out", str(kept), "--config")
    assert here(*other, "no.toml").returncode == 2
    done = here(*other, config, "--from", "1404", "--to", "1403")
    assert done.returncode == 2
    message = "Error: no day is from 1404 to 1403: the range ends before it begins\n"
    assert done.stderr == message
    assert kept.read_text(encoding="utf-8") == '{"id": 1, "question": "x"}\n'


def test_eval_prints_and_compares(here: Here, config: str, tmp_path: Path) -> None:
    questions = tmp_path / "dev.jsonl"
    line = {
        "kind": "answerable",
        "article": "000_8256a1c2f8428c1d",
        "paragraph": 0,
        "q_fa": QUESTION,
        "q_en": "Caspian sea",
    }
    questions.write_text(json.dumps(line), encoding="utf-8")
    run = tmp_path / "run.jsonl"
    evaluate = ("eval", str(questions), "--config", config)
    done = khazar("retrieval", *evaluate, "--json", "--save", str(run))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["fa"]["article P@1"] == 1.0
    done = here(*evaluate, "--language", "fa", "--compare", str(run))
    assert done.returncode == 0, done.stderr
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    [compared] = [row for row in rows if row.startswith("fa P@1 ")]
    assert compared.endswith(" +0.000 1.000 0 1 0")
    assert rows[-2:] == ["won: 0", "lost: 0"]


@pytest.mark.slow
def test_quality_runs_commands_and_keeps_their_figures(config: str, tmp_path: Path) -> None:
    questions = tmp_path / "shared" / "dev.jsonl"
    questions.parent.mkdir()
    line = {"kind": "answerable", "article": "000_8256a1c2f8428c1d", "paragraph": 0}
    questions.write_text(json.dumps(line | {"q_fa": QUESTION}), encoding="utf-8")
    run = {
        "title": "Seeds",
        "index": "index",
        "command": ["eval", "{shared}/dev.jsonl", "--config", config],
        "expected": {"fa": {"figures": {"n": 1, "P@1": 9, "auc": 0.5}}},
    }
    figures = tmp_path / "measurements.json"
    figures.write_text(json.dumps({"ok": 1, "near": 3, "runs": [run]}), encoding="utf-8")
    data = Path(config).parent / "data"
    arguments = ["check", str(figures), "--indexes", str(data), "--shared", str(questions.parent)]
    done = CliRunner().invoke(quality.app, [*arguments, "--update"])
    assert done.exit_code == 0, done.output
    assert done.output.endswith("\n1 ok, 0 near, 2 FAIL\n")
    kept = json.loads(figures.read_bytes())["runs"][0]["expected"]["fa"]["figures"]
    assert kept.keys() >= {"n", "P@1", "R@5", "MRR@10"}
    assert kept["n"] == 1
    assert kept["P@1"] <= 1
    assert "auc" not in kept


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ["ask", "سلام", "--config", "nope.toml"],
            2,
            "Error: nope.toml: no such configuration file",
        ),
        ([], 2, "Error: the prompt needs a terminal; use `python -m retrieval ask QUESTION`, or "),
        (["ask"], 2, "give either a QUESTION or --questions FILE"),
        (["ask", "x", "--out", "y"], 2, "--out only works with --questions"),
        (["eval", "nope.jsonl"], 2, "Error: nope.jsonl: "),
        (["eval", "x", "--language", "de"], 2, "no language de; known are fa, en, fa-Latn"),
    ],
)
def test_errors_are_one_line_and_a_status(
    here: Here, arguments: list[str], status: int, message: str
) -> None:
    done = here(*arguments)
    assert done.returncode == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--questions", "x", "--why"], "--offset and --why only work with one QUESTION"),
        (["--questions", "x", "--offset", "5"], "--offset and --why only work with one QUESTION"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["ask", *arguments])
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.parametrize("key", ["after", "from", "to", "source"])
def test_help_tells_what_a_line_of_questions_may_have(key: str) -> None:
    assert f'"{key}"' in CliRunner().invoke(app, ["ask", "--help"]).output


def test_an_error_of_a_real_process_is_one_line() -> None:
    done = khazar("retrieval", "ask", "سلام", "--config", "nope.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: nope.toml: no such configuration file\n"


@pytest.mark.parametrize("command", [[], ["ask"], ["eval"]])
def test_help_has_examples(here: Here, command: list[str]) -> None:
    done = here(*command, "--help")
    assert done.returncode == 0
    assert "Examples: python -m retrieval" in done.stdout
