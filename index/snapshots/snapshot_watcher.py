"""Notice in a process that reads an index that another snapshot was published."""

from pathlib import Path

from index.snapshots.snapshot_pointer import CURRENT, published_folder


class SnapshotWatcher:
    """Tells which snapshot is published; asking costs one look at one file."""

    def __init__(self, directory: Path) -> None:
        """Watch an index directory."""
        self._directory = directory
        self._seen: tuple[int, int, int] | None = None
        self._name = ""

    def current_name(self) -> str:
        """Return the name of the published snapshot.

        Raises:
            IndexMissingError: nothing is published.
            IndexCorruptError: the pointer holds no name.
        """
        try:
            facts = (self._directory / CURRENT).stat()
        except OSError:
            # To be told in the words that all commands use.
            return published_folder(self._directory).name
        # The pointer is replaced by a new file whenever it changes.
        seen = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
        if seen != self._seen:
            self._name = published_folder(self._directory).name
            self._seen = seen
        return self._name
