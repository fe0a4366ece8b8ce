"""Encoding on a real Ray cluster of two nodes: as here, whatever is killed meanwhile."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'khazar[ray]'")

from index.article import Article
from index.encoders.cluster.connection import open_batch_encoder
from index.encoders.encoder import load_encoder
from index.errors import KhazarError
from index.indexing.index_writer import CACHE
from index.progress import ACTORS, ENCODING, NODES
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from tests.index.support.ray_cluster import HEAD, OTHER, THIRD, RayCluster
from tests.support.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("KHAZAR_TEST_SCALE"), reason="takes minutes; `make test-scale` runs it"
    ),
]
# Of two machines' float32; here it is one, but threads and batches may differ.
TOLERANCE = 3e-5


@pytest.fixture(scope="module")
def nodes(tiny_model_folder: Path, tiny_cache: Path) -> Iterator[RayCluster]:
    cluster = RayCluster({"KHAZAR_CACHE": str(tiny_cache)})
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(nodes: RayCluster) -> RayCluster:
    """Both nodes, those that an earlier test killed included."""
    nodes.start()
    return nodes


@pytest.fixture
def settings(tiny_model: Path, tmp_path: Path) -> IndexSettings:
    return IndexSettings(directory=tmp_path / "index", encoder=str(tiny_model), threads=1)


class Batches:
    """Batches of texts that are sent to a cluster, and what came back of them."""

    def __init__(self, cluster: RayCluster, settings: IndexSettings) -> None:
        self.local = load_encoder(settings)
        self.texts = {
            f"{batch}": [f"دریای خزر {batch} {text} " * (1 + text % 9) for text in range(32)]
            for batch in range(120)
        }
        self.back: list[str] = []
        self.events: list[tuple[str, int, int | None]] = []
        self._address, self._settings = cluster.address, settings

    def all_there(self, actors: int = 2, times: int = 1) -> Callable[[], bool]:
        """A condition: that so many times all of so many actors were there."""
        return lambda: self.events.count((ACTORS, actors, actors)) >= times

    def encode(self, *steps: tuple[Callable[[], bool], Callable[[], object]]) -> None:
        """Send all batches; after each 20 of them, wait for a step's condition, and do it."""
        wrong = []
        coming = deque(steps)
        told = lambda *event: self.events.append(event)  # noqa: E731
        with open_batch_encoder(self._address, self._settings, told) as opened:
            pool = opened(self.local.fingerprint, lambda: self.local)

            def take(finished) -> None:
                for one in finished:
                    (name,) = one.keys
                    self.back.append(name.decode())
                    here = self.local.encode(self.texts[name.decode()], "passage")
                    if not np.allclose(here, one.vectors, rtol=0, atol=TOLERANCE):
                        wrong.append(name)

            for number, (name, texts) in enumerate(self.texts.items(), start=1):
                take(pool.submit([name.encode()], texts))
                if coming and number % 20 == 0:
                    condition, action = coming.popleft()
                    while not condition():
                        take(pool.poll())
                        time.sleep(0.05)
                    action()
                take(pool.poll())
            take(pool.drain())
        assert not coming
        assert wrong == []
        assert sorted(self.back) == sorted(self.texts)


def test_a_killed_actor_loses_and_doubles_nothing(
    cluster: RayCluster, settings: IndexSettings
) -> None:
    batches = Batches(cluster, settings)
    batches.encode(
        (batches.all_there(), lambda: cluster.kill_actor(OTHER)),
        (batches.all_there(times=2), lambda: cluster.kill_actor(HEAD)),
        (batches.all_there(times=3), lambda: None),
    )
    assert (NODES, 2, 2) in batches.events
    assert batches.events[-1] == (ACTORS, 2, 2)


def test_a_killed_node_leaves_its_passages_to_the_others(
    cluster: RayCluster, settings: IndexSettings
) -> None:
    batches = Batches(cluster, settings)
    batches.encode((batches.all_there(), lambda: cluster.kill_node(OTHER)))
    assert batches.events[-2:] == [(NODES, 1, 2), (ACTORS, 1, 2)]


def test_a_killed_raylet_loses_nothing_whether_its_actor_lives_on_or_not(
    cluster: RayCluster, settings: IndexSettings, capfd: pytest.CaptureFixture[str]
) -> None:
    batches = Batches(cluster, settings)
    batches.encode((batches.all_there(), lambda: cluster.kill_raylet(OTHER)))
    # What Ray itself tells of it would be in the midst of a report.
    assert capfd.readouterr().out == ""


def test_a_node_that_joins_gets_actors(cluster: RayCluster, settings: IndexSettings) -> None:
    batches = Batches(cluster, settings)
    batches.encode(
        (batches.all_there(), lambda: cluster.join({})),
        (batches.all_there(3), lambda: None),
    )
    assert (NODES, 3, 3) in batches.events


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("index",), "not the same version of Khazar as where the command runs; install that one"),
        ((), "No module named 'index.settings'; install the same version of Khazar there"),
    ],
)
def test_another_version_on_a_node_is_one_line_and_the_others_encode(
    files: tuple[str, ...],
    message: str,
    cluster: RayCluster,
    settings: IndexSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = tmp_path / "other"
    for name in files:
        shutil.copytree(ROOT / name, other / name)
    (other / "index").mkdir(parents=True, exist_ok=True)
    (other / "index" / "__init__.py").write_text("# Of another version.\n", encoding="utf-8")
    # Ray looks for code where the command runs, first.
    monkeypatch.chdir(tmp_path)
    batches = Batches(cluster, settings)
    batches.encode(
        (batches.all_there(), lambda: cluster.join({"PYTHONPATH": str(other)})),
        (lambda: bool(caplog.records), lambda: None),
    )
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"Ray: an actor is given up: node {THIRD}: ")
    assert message in line
    assert "\n" not in line
    assert batches.events[-1] == (ACTORS, 2, 3)


def test_another_version_of_ray_here_is_one_line(
    cluster: RayCluster, settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ray.__version__", "2.0.0")
    with (
        pytest.raises(KhazarError) as raised,
        open_batch_encoder(cluster.address, settings, lambda *_: None),
    ):
        pass
    line = str(raised.value)
    assert line.startswith(f"Ray cluster {cluster.address}: no connection to it: Version mismatch")
    assert "Ray: 2.0.0" in line
    assert "\n" not in line


def test_another_model_on_the_nodes_is_refused(
    cluster: RayCluster, settings: IndexSettings
) -> None:
    with (
        open_batch_encoder(cluster.address, settings, lambda *_: None) as opened,
        pytest.raises(KhazarError, match=r"no actor is left: node 127\.0\.0\.[23]: .*same files"),
    ):
        list(opened("another", lambda: None).submit([b"k"], ["text"]))


def test_a_model_that_the_nodes_lack_is_named(cluster: RayCluster, settings: IndexSettings) -> None:
    absent = settings.model_copy(update={"encoder": "absent/model"})
    with (
        open_batch_encoder(cluster.client_address, absent, lambda *_: None) as opened,
        pytest.raises(KhazarError, match=r"no actor is left: node .*: absent/model: no such"),
    ):
        list(opened("any", lambda: None).submit([b"k"], ["text"]))


def test_more_cores_than_a_node_has_are_refused(
    cluster: RayCluster, settings: IndexSettings
) -> None:
    greedy = settings.model_copy(update={"threads": 64})
    with (
        open_batch_encoder(cluster.address, greedy, lambda *_: None) as opened,
        pytest.raises(KhazarError, match="no node has 64 CPUs; lower"),
    ):
        list(opened("any", lambda: None).submit([b"k"], ["text"]))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "no Ray cluster at 127.0.0.1:1: Connection refused"),
        ("nowhere", "--ray nowhere: not an address; it is auto, local, HOST:PORT or ray://"),
        ("ray://x", "--ray ray://x: not an address"),
    ],
)
def test_no_cluster_is_one_line(address: str, message: str, settings: IndexSettings) -> None:
    with (
        pytest.raises(KhazarError) as raised,
        open_batch_encoder(address, settings, lambda *_: None),
    ):
        pass
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A thousand passages, of which some are alike."""
    path = tmp_path / "archive.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(100):
            paragraphs = tuple(
                f"همکاری دانشگاه در دریای خزر {number * 10 + part} ایران و روسیه " * 5
                for part in range(10)
            )
            article = Article(f"a{number}", f"خبر {number % 50}", (*paragraphs, "دریای خزر " * 20))
            file.write(json.dumps(to_record(article), ensure_ascii=False) + "\n")
    return path


def command(directory: Path, settings: IndexSettings, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "index", *arguments, "--json"],
        cwd=directory.parent,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "KHAZAR_INDEX__DIRECTORY": str(directory),
            "KHAZAR_INDEX__ENCODER": settings.encoder,
            "KHAZAR_INDEX__THREADS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_vectors(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line).get("stage") == ENCODING:
            return
    pytest.fail("nothing was encoded")


def report(process: subprocess.Popen[str]) -> dict[str, object]:
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def test_a_build_is_that_of_one_machine_also_after_its_driver_was_killed(
    cluster: RayCluster, settings: IndexSettings, archive: Path, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    local = report(command(here, settings, "build", str(archive)))
    arguments = ("build", str(archive), "--ray", cluster.address)
    first = command(there, settings, *arguments)
    wait_for_vectors(first)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with closing(sqlite3.connect(there / CACHE)) as cache:
        (kept,) = cache.execute("SELECT count(*) FROM embeddings").fetchone()
    assert kept >= 32
    again = report(command(there, settings, *arguments))
    assert again["encoded"] == local["encoded"] - kept
    ours, theirs = Snapshot.open_current(here), Snapshot.open_current(there)
    rows = range(ours.manifest.passages)
    assert theirs.manifest.passages == len(rows)
    assert list(theirs.passages(rows)) == list(ours.passages(rows))
    assert np.allclose(theirs.vectors(rows), ours.vectors(rows), rtol=0, atol=TOLERANCE)
    unchanged = report(command(there, settings, "update", str(archive), "--ray", cluster.address))
    assert unchanged["published"] is False


def test_without_its_head_the_command_ends_with_what_to_do(
    cluster: RayCluster, settings: IndexSettings, archive: Path, tmp_path: Path
) -> None:
    process = command(tmp_path / "index", settings, "build", str(archive), "--ray", cluster.address)
    wait_for_vectors(process)
    cluster.kill_node(OTHER)
    cluster.kill_node(HEAD)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    last = err.splitlines()[-1]
    assert last.startswith(f"Error: Ray cluster {cluster.address}: its head is gone: ")
    assert last.endswith("what was encoded is kept; run the same command again to go on")
