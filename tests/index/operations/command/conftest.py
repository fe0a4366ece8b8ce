"""The command line `python -m index` in this process, in an empty project of its own."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from index import __main__ as command
from index import console
from index.encoders.model_resolver import ResolvedModel
from index.indexing import builder
from tests.support.paths import ROOT


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

    known = ResolvedModel(word_encoder.name, folder, word_encoder.fingerprint)
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


def write_articles(path: Path, *about: dict[str, str]) -> None:
    records = (
        {"id": f"{number}", "title": "t", "paragraphs": ["p"], **fields}
        for number, fields in enumerate(about)
    )
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
