"""What a server on this machine uses: processor time, memory, disk."""

import os
from collections.abc import Iterator
from pathlib import Path


class ServerProcess:
    """A server on this machine, with the processes that it started, as /proc shows it."""

    def __init__(self, pid: int, data: Path) -> None:
        """Watch the process `pid`, which keeps its data in a folder."""
        self._pid = pid
        self._data = data

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        ticks = 0
        for pid in self._pids(self._pid):
            # The name in parentheses may have spaces in it; user and system time follow.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
            ticks += sum(int(field) for field in fields.split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def megabytes(self, figure: str) -> int:
        """Return the memory of the largest process: VmRSS, what it has now, or VmHWM, its peak."""
        return max(self._kilobytes(pid, figure) for pid in self._pids(self._pid)) // 1000

    def disk(self) -> dict[str, float]:
        """Return the megabytes on disk of each folder of its data."""
        return {
            folder.name: round(sum(path.stat().st_size for path in _files(folder)) / 10**6, 1)
            for folder in self._data.iterdir()
            if folder.is_dir()
        }

    def _pids(self, pid: int) -> Iterator[int]:
        yield pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        for child in children.split():
            yield from self._pids(int(child))

    def _kilobytes(self, pid: int, figure: str) -> int:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        return int(dict(line.split(":", 1) for line in lines)[figure].split()[0])


def _files(folder: Path) -> Iterator[Path]:
    # Unlike `rglob`, it passes over folders that the server removes meanwhile.
    for parent, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(parent, name)).is_file())
