"""Commands import no more than they need: a question from a shell, and `--help`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from index.indexing.builder import build
from index.settings import IndexSettings
from tests.support.paths import ROOT

# Run before Python's own start: whatever imports one of these ends with an error that names it.
HOOK = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if not FORBIDDEN.isdisjoint((name, name.partition(".")[0])):
            raise ImportError(f"{name} is imported on the question path")
        return None

FORBIDDEN = set(
    "torch sentence_transformers transformers sklearn scipy gensim pandas lxml openvino_telemetry "
    "pyarrow feedparser telegram nltk.internals rich.progress retrieval.cli.batch".split()
)
sys.meta_path.insert(0, Refuse())
"""
QUESTIONS = (
    "بابوشکین درباره بنادر ترکمنستان چه گفت؟",
    "How much did goods transport with Iran grow?",
    "chand ta daneshjoo dar Astarakhan dars mikhanand?",
)


def test_a_question_needs_neither_torch_nor_what_hazm_brings(
    tiny_model: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[index]\ndirectory = "index"\nencoder = "{tiny_model}"\nmax_passage_tokens = 96\n',
        encoding="utf-8",
    )
    settings = IndexSettings.load(config)
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    # Exports the model where nobody has done so, and that does need torch.
    build(settings, [str(tmp_path / "seeds")])
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(hooks)}
    for question in QUESTIONS:
        command = [sys.executable, "-m", "retrieval", "ask", question, "--why"]
        asked = subprocess.run(
            [*command, "--config", str(config)],
            capture_output=True,
            encoding="utf-8",
            env=environment,
            check=False,
            cwd=ROOT,
        )
        assert (asked.returncode, asked.stderr) == (0, "")
        assert not set("\u200e\u200f\u2066\u2067\u2068\u2069") & set(asked.stdout)
        assert "[1]" in asked.stdout or "[۱]" in asked.stdout


def test_help_and_wrong_options_need_none_of_the_libraries() -> None:
    code = """
import sys
from retrieval.__main__ import app
from typer.testing import CliRunner

for arguments in (["--help"], ["ask", "--help"], ["ask"], ["eval", "--help"]):
    CliRunner().invoke(app, arguments)
print(*sorted({"numpy", "openvino", "faiss", "tantivy", "nltk"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, cwd=ROOT
    )
    assert done.stdout == "\n"
