"""The command line `python -m index` in this process, in an empty project of its own."""

import sys
from functools import partial
from pathlib import Path

import pytest

from index import __main__ as command
from index import console
from index.encoders.model_resolver import ResolvedModel
from index.indexing import builder
from tests.index.support.commands import Outcome, Run
from tests.support.paths import ROOT


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

    known = ResolvedModel(word_encoder.name, folder, word_encoder.fingerprint)
    model = {"load": lambda _: word_encoder, "find": lambda _: known}
    monkeypatch.setattr(builder, "build", partial(builder.build, load=model["load"]))
    for name in ("update", "remove", "restore"):
        monkeypatch.setattr(builder, name, partial(getattr(builder, name), **model))

    def run_now(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["index", *arguments])
        with pytest.raises(SystemExit) as ended:
            console.run(command.app)
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run_now
