"""The bot as a process of its own, and free ports."""

import asyncio
import itertools
import os
import socket
import sys
from contextlib import asynccontextmanager, suppress

from tests.support.paths import ROOT

FAKED = str(ROOT / "tests/bot/support/run_bot.py")


# Below Linux's range of free ports, 100 for each test process, so that nothing else takes a port
# between its choice and its use.
_ports = itertools.count(10_000 + os.getpid() % 200 * 100)


def free_port() -> int:
    """Return a free port, a different one each time."""
    for port in _ports:
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is no end of numbers")


class Process:
    """A running bot; `output` collects its stdout and stderr, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output = ""

    async def until(self, words: str, seconds: float = 60.0) -> None:
        """Read the output until it contains `words`."""
        async with asyncio.timeout(seconds):
            while words not in self.output:
                line = await self.process.stdout.readline()
                assert line, f"the bot ended without printing {words!r}:\n{self.output}"
                self.output += line.decode()

    async def drain(self) -> None:
        """Read the output until the bot ends."""
        while line := await self.process.stdout.readline():
            self.output += line.decode()

    async def end(self) -> int:
        """Wait for the end, and return the exit status."""
        async with asyncio.timeout(60):
            self.output += (await self.process.stdout.read()).decode()
            return await self.process.wait()


@asynccontextmanager
async def started(*arguments: str, **variables: str):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            # Another bot may use the port.
            "KHAZAR_BOT__MONITORING": "false",
            **variables,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
