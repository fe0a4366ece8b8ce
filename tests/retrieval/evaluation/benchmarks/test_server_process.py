"""What a server uses, as the benchmarks of Milvus see it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.evaluation.benchmarks.server_process import ServerProcess

MEGABYTES = 40
# A small process that waits, and a larger one that it has started, which has worked, too.
CHILD = f"held = bytearray(b'x' * {MEGABYTES * 10**6}); sum(range(10**6)); print(1, flush=True)"
WAIT = "; import sys; sys.stdin.read()"
PARENT = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {CHILD + WAIT!r}])
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"1\n"
        # Both end when their input does.
        yield process


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_a_server_is_seen_with_the_processes_that_it_started(
    server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    seen = ServerProcess(server.pid, tmp_path)
    assert MEGABYTES < seen.megabytes("VmRSS") <= seen.megabytes("VmHWM") < 3 * MEGABYTES
    assert seen.cpu_seconds() > 0


def test_disk_is_counted_by_folder(tmp_path: Path) -> None:
    (tmp_path / "logs" / "a").mkdir(parents=True)
    (tmp_path / "logs" / "a" / "one").write_bytes(bytes(250_000))
    (tmp_path / "logs" / "two").write_bytes(bytes(150_000))
    (tmp_path / "etcd").mkdir()
    (tmp_path / "lock").write_bytes(b"1")
    assert ServerProcess(0, tmp_path).disk() == {"logs": 0.4, "etcd": 0.0}
