"""The contract of an engine: it publishes snapshots that a build wrote, and opens them to search.

A build always writes a snapshot folder first (see `index.indexing`). The local engine searches that
folder; another engine copies it to its server. The article store and the folder stay on the
machine that builds, so that an engine's data can be made again at any time.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from index.search_index import SearchIndex


class IndexEngine(Protocol):
    """Publishes and opens snapshots; every method may be called from several threads at once."""

    def current_name(self) -> str:
        """Return the name of the published snapshot.

        Raises:
            IndexMissingError: nothing is published.
            IndexUnavailableError: the engine does not answer.
        """

    def open_published(self) -> "SearchIndex":
        """Open the published snapshot.

        Raises:
            IndexMissingError: nothing is published.
            IndexCorruptError: it is damaged, or made with other Persian rules.
            IndexUnavailableError: the engine does not answer.
        """

    def is_published(self, folder: Path) -> bool:
        """Return whether the snapshot of a folder is what newcomers open."""

    def publish(self, folder: Path, on_progress: Callable[[int, int], None]) -> None:
        """Make the snapshot of a folder the published one.

        It changes over at one moment and only when all of it is there: until then, and when
        publishing fails or is killed, the snapshot before it stays published.

        Args:
            folder: a written snapshot, its checksums verified.
            on_progress: is called with the number of rows that are copied, and of all of them.
        """

    def prune(self, keep: int) -> list[str]:
        """Remove all but the newest `keep` snapshots, the published one always among them.

        What killed builds left is removed, too. The caller holds the build lock.

        Returns:
            The names of the snapshots that were removed.
        """

    def findings(self, folder: Path) -> list[str]:
        """Compare the engine's data with a snapshot's folder; return what differs, a line each."""

    def description(self) -> str | None:
        """Return in one line where the data is, for `status`; None where it is the folder."""
