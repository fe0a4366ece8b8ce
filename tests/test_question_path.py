"""Commands import no more than they need, and a process starts no more threads than it needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


# Eight threads ask; of the threads that are there afterwards and were not before, none is another.
ASK_IN_THREADS = """
import os, sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from retrieval.retriever import Retriever

def tasks():
    return {int(task) for task in os.listdir("/proc/self/task")}

retriever = Retriever.open(sys.argv[1])
questions = sys.argv[2:]
for question in questions:
    retriever.ask(question)
before = tasks()
together = threading.Barrier(8)

def ask(number):
    together.wait(60)
    for question in questions:
        retriever.ask(question)
    return threading.get_native_id()

with ThreadPoolExecutor(8) as pool:
    asking = set(pool.map(ask, range(8)))
    started = tasks() - before
python = {thread.native_id for thread in threading.enumerate()}
print(len(asking), started <= asking, len(before - python))
"""


@pytest.fixture(scope="module")
def config(
    tiny_model_folder: Path, tiny_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the configuration of an index over the seeds, with the tiny model."""
    folder = tmp_path_factory.mktemp("questions")
    path = folder / "config.toml"
    path.write_text(
        f'[index]\ndirectory = "index"\nencoder = "{tiny_model_folder}"\nmax_passage_tokens = 96\n',
        encoding="utf-8",
    )
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KHAZAR_CACHE", str(tiny_cache))
        # Exports the model where nobody has done so, and that does need torch.
        build(IndexSettings.load(path), [str(folder / "seeds")])
    return path


@pytest.mark.usefixtures("tiny_model")
def test_a_question_needs_neither_torch_nor_what_hazm_brings(config: Path, tmp_path: Path) -> None:
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


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux lists threads")
@pytest.mark.usefixtures("tiny_model")
def test_questions_of_eight_threads_start_no_further_threads(config: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASK_IN_THREADS, str(config), *QUESTIONS],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    asking, only_these, native = asked.stdout.split()
    assert (asking, only_these) == ("8", "True")
    # OpenVINO, BLAS and OpenMP have a thread a core at most, OpenVINO and tantivy some that wait.
    assert int(native) <= 3 * (os.cpu_count() or 1) + 4
