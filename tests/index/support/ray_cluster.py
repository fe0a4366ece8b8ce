"""A Ray cluster of this machine: its nodes listen on addresses of their own, 127.0.0.2 and up."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.support.paths import ROOT

HEAD, OTHER, THIRD = "127.0.0.2", "127.0.0.3", "127.0.0.4"
_MEMORY = 80_000_000
# Ends when as many nodes are there, and no lost one counts any more: Ray tells nothing of that.
_WAIT = """
import logging, sys, time, ray
ray.init(sys.argv[1], logging_level=logging.ERROR, log_to_driver=False)
while sum(node["Alive"] for node in ray.nodes()) != int(sys.argv[2]):
    time.sleep(0.2)
"""
_SECONDS = 200


class RayCluster:
    """Two nodes of one core each, in sessions of their own; a third one may join.

    Attributes:
        address: of the cluster.
        client_address: of its client server.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Begin; nothing is started before `start`.

        Args:
            environment: variables of the nodes besides those of this process.
        """
        self._environment = {
            **os.environ,
            "RAY_USAGE_STATS_ENABLED": "0",
            # Else it depends on whether the home folder has a token.
            "RAY_AUTH_MODE": "disabled",
            # A lost node is missed after 5 s, not after 15.
            "RAY_health_check_period_ms": "1000",
            # For the start of a client's server, which is slow where others work.
            "RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": f"{_SECONDS}",
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        # Ray's sockets have long names, and 107 bytes are the most.
        self._folder = Path(tempfile.mkdtemp(prefix="kr", dir="/tmp"))
        port, client_port = _free_port(), _free_port()
        self.address = f"{HEAD}:{port}"
        self.client_address = f"ray://{HEAD}:{client_port}"
        self._head_options = (
            "--head",
            f"--port={port}",
            f"--ray-client-server-port={client_port}",
            "--include-dashboard=false",
            f"--temp-dir={self._folder}",
        )
        self._nodes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start the two nodes unless they are running, and wait until the cluster has just them."""
        started = THIRD in self._nodes
        if started:
            self.kill_node(THIRD)
            del self._nodes[THIRD]
        for host in (HEAD, OTHER):
            if host not in self._nodes or self._nodes[host].poll() is not None:
                self._start_node(host)
                started = True
        if started:
            self._wait_for_nodes(2)

    def join(self, environment: Mapping[str, str]) -> None:
        """Start the third node, and wait until it has joined.

        Args:
            environment: further variables of its own.
        """
        self._start_node(THIRD, environment)
        self._wait_for_nodes(3)

    def _wait_for_nodes(self, count: int) -> None:
        subprocess.run(
            [sys.executable, "-c", _WAIT, self.address, str(count)],
            env=self._environment,
            timeout=_SECONDS,
            check=True,
        )

    def _start_node(self, host: str, environment: Mapping[str, str] | None = None) -> None:
        if host != HEAD:
            self._wait_for_port()
        options = self._head_options if host == HEAD else (f"--address={self.address}",)
        with (self._folder / f"{host}.log").open("wb") as log:
            self._nodes[host] = subprocess.Popen(
                [
                    *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block"),
                    *(
                        f"--node-ip-address={host}",
                        "--num-cpus=1",
                        f"--object-store-memory={_MEMORY}",
                    ),
                    *("--min-worker-port=0", "--max-worker-port=0", *options),
                ],
                env={**self._environment, **(environment or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_for_port(self) -> None:
        """Wait until the head listens: another node gives up soon."""
        host, port = self.address.split(":")
        end = time.monotonic() + _SECONDS
        while True:
            with suppress(ConnectionRefusedError), socket.create_connection((host, int(port))):
                return
            assert time.monotonic() < end, "the head does not start"
            time.sleep(0.1)

    def kill_actor(self, host: str) -> None:
        """Kill the process of the actor on a node."""
        os.kill(self._process(host, b"ray::EncodingActor"), signal.SIGKILL)

    def kill_node(self, host: str) -> None:
        """Kill all processes of a node at once, as if its machine were switched off."""
        node = self._nodes[host]
        for pid in _session(node.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        node.wait()

    def kill_raylet(self, host: str) -> None:
        """Kill what makes a node of a machine; Ray ends the rest of the node, soon."""
        os.kill(self._process(host, b"raylet/raylet"), signal.SIGKILL)
        self._nodes[host].wait()

    def _process(self, host: str, name: bytes) -> int:
        return next(pid for pid in _session(self._nodes[host].pid) if name in _command(pid))

    def stop(self) -> None:
        """End all processes of the nodes, and delete their files."""
        for host in self._nodes:
            self.kill_node(host)
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server((HEAD, 0)) as server:
        return int(server.getsockname()[1])


def _session(leader: int) -> list[int]:
    """The processes of a session: actors may have groups of their own in it."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(path.name)) == leader:
                found.append(int(path.name))
    return found


def _command(pid: int) -> bytes:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
