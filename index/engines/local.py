"""The local engine: snapshots are searched where they were written, with FAISS and tantivy."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.snapshots.snapshot_pointer import current_folder, prune, publish
from index.snapshots.snapshot_watcher import SnapshotWatcher

if TYPE_CHECKING:
    from index.snapshots.snapshot import Snapshot


class LocalEngine:
    """Publishes the folders of one index directory; implements `IndexEngine`."""

    def __init__(self, directory: Path) -> None:
        """Look after an index directory, which need not exist yet."""
        self._directory = directory
        self._watcher = SnapshotWatcher(directory)

    def current_name(self) -> str:
        """Return the name of the published snapshot; see `IndexEngine`."""
        return self._watcher.current_name()

    def open_published(self) -> "Snapshot":
        """Open the published snapshot; see `IndexEngine`."""
        # Imported here, beside the model that is loaded meanwhile.
        from index.snapshots.snapshot import Snapshot

        return Snapshot.open_current(self._directory)

    def is_published(self, folder: Path) -> bool:
        """Return whether a folder is the published one."""
        return current_folder(self._directory) == folder

    def publish(
        self,
        folder: Path,
        on_progress: Callable[[int, int], None],  # noqa: ARG002
    ) -> None:
        """Point to a folder."""
        publish(folder)

    def prune(self, keep: int) -> list[str]:
        """Remove old folders and leftovers; see `IndexEngine`."""
        return [folder.name for folder in prune(self._directory, keep)]

    def findings(self, folder: Path) -> list[str]:  # noqa: ARG002
        """Return nothing: the folder is the data."""
        return []

    def description(self) -> str | None:
        """Return None: the folder is the data."""
        return None
