"""Help, mistakes and the doctor of `python -m index`."""

import json
import re
from pathlib import Path

import pytest

from index import __main__ as command
from index.cache import get_or_create_folder
from index.operations import doctor
from tests.index.support.commands import Outcome, Run


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
    message = "KHAZAR_INDEX__KEEP_SNAPSHOTS: must be 1 or more"
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


def test_help_says_what_there_is(run: Run) -> None:
    outcome = run("--help")
    assert (outcome.status, outcome.err) == (0, "")
    assert "Build, update and inspect the index of the archive." in outcome.out
    assert re.search(r"build +Build an index of all SOURCES and publish it\.", outcome.out)
    assert re.search(r"status +Show what the published index contains\.", outcome.out)
    for name in ("build", "status"):
        outcome = run(name, "-h")
        assert outcome.status == 0
        assert {"--config", "--json", "--help"} <= set(re.findall(r"--[a-z]+", outcome.out))


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    outcome = run()
    assert outcome.status == 2
    assert "Build, update and inspect the index of the archive." in outcome.out


@pytest.mark.parametrize(
    "name",
    ["update", "remove", "verify", "rollback", "prune", "export", "list", "log", "show", "diff"],
)
def test_commands_without_an_index(run: Run, folder: Path, name: str) -> None:
    named = {key: ["a"] for key in ("remove", "restore", "show", "diff")}
    arguments = {**named, "update": ["absent"]}.get(name, [])
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


def test_a_doctor_says_which_precision_is_used(
    run: Run, folder: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "config.toml").write_text(f'[index]\nencoder = "{tiny_model}"\n', encoding="utf-8")
    assert "ok       precision: f32 ([index] precision is f32)\n" in run("doctor").out
    monkeypatch.setattr(
        "index.encoders.openvino.openvino_model._BFLOAT16", "a precision of no processor"
    )
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", "bf16")
    outcome = run("doctor")
    assert outcome.status == 1
    assert 'missing  precision: [index] precision is "bf16", which this processor' in outcome.out


def test_a_doctor_names_a_damaged_model_in_the_cache(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("KHAZAR_CACHE", str(cache))
    monkeypatch.setenv("KHAZAR_INDEX__ENCODER", str(folder))
    model = get_or_create_folder(cache / "openvino-1", lambda made: (made / "rows").touch())
    assert f"ok       cache: {cache}: 1 folder, undamaged\n" in run("doctor").out
    (model / "rows").write_text("1", encoding="utf-8")
    outcome = run("doctor")
    assert outcome.status == 1
    told = f"cache: {model} is damaged: rows\n         → remove this folder; it is made again\n"
    assert told in outcome.out


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
    assert (
        "built with another model\n         → it was built with words: run `python -m index up"
        in (outcome.out)
    )
    find = doctor.metadata.version
    others = {"openvino": None, "tantivy": "0.1"}

    def version(name: str) -> str:
        found = others.get(name, find(name))
        if found is None:
            raise doctor.metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(doctor.metadata, "version", version)
    outcome = run("doctor")
    assert outcome.status == 1
    assert "missing  packages: not installed: openvino\n" in outcome.out
    assert "→ run `make install`, or `pip install openvino`\n" in outcome.out
    del others["openvino"]
    outcome = run("doctor")
    assert "packages: unsuitable versions: tantivy 0.1\n" in outcome.out
    assert "`pip install 'tantivy<0.28,>=0.27'`\n" in outcome.out
    (folder / "config.toml").write_text("[index]\nkeep_snapshots = 0\n", encoding="utf-8")
    assert "missing  configuration: config.toml: index.keep_snapshots: " in run("doctor").out
