"""Milvus servers of tests: own ports, own process groups, temporary data."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

# A busy machine starts Milvus 2.3.5 in more than two minutes.
_SECONDS = 270
# Milvus' own program gives its server less time, and ends.
_LAUNCHES = 3
SCALE = "KHAZAR_TEST_SCALE"


class MilvusProcess:
    """A server that a test may kill and start again on the same data."""

    def __init__(self, command: Sequence[str], port: int, log: Path) -> None:
        self.uri = f"http://127.0.0.1:{port}"
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers."""
        from pymilvus import MilvusClient
        from pymilvus.exceptions import MilvusException

        self._launch()
        launched, end = 1, time.monotonic() + _SECONDS
        while True:
            try:
                MilvusClient(uri=self.uri, timeout=2).list_collections(timeout=2)
                return
            except MilvusException:
                ended = self._process is not None and self._process.poll() is not None
                if time.monotonic() > end or (ended and launched == _LAUNCHES):
                    pytest.fail(
                        f"{self._command[0]} does not start: {self._log.read_text()[-500:]}"
                    )
                if ended:
                    self.kill()
                    self._launch()
                    launched += 1

    def _launch(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """End it at once, with what it has started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def start_lite(folder: Path) -> Iterator[MilvusProcess]:
    """Run milvus-lite, or skip the test."""
    port = _free_port()
    options = ["--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with _run([_program("milvus-lite"), "server", *options], port, folder) as server:
        yield server


@contextmanager
def start_milvus(folder: Path) -> Iterator[MilvusProcess]:
    """Run Milvus 2.3.5, or skip the test: it takes half a minute and half a gigabyte."""
    if not os.environ.get(SCALE):
        pytest.skip("the server of Milvus 2.3.5 is started by `make test-scale` only")
    port = _free_port()
    options = ["--data", str(folder), "--proxy-port", str(port)]
    with _run([_program("milvus-server"), *options], port, folder) as server:
        yield server


@contextmanager
def _run(command: Sequence[str], port: int, folder: Path) -> Iterator[MilvusProcess]:
    server = MilvusProcess(command, port, folder.with_name(f"{folder.name}.log"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _program(name: str) -> str:
    """Return the path of a server's program, or skip the test."""
    if find_spec("pymilvus") is None:
        pytest.skip("pymilvus is not installed; `make test-scale` installs it")
    path = shutil.which(name, path=str(Path(sys.executable).parent))
    if path is None:
        pytest.skip(f"{name} is not installed; `make test-scale` installs it")
    return path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
