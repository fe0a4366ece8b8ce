"""The Milvus engine: copies snapshots to a server and switches between them by an alias."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

from index.engines.milvus.client import MilvusServer
from index.engines.milvus.comparison import differences
from index.engines.milvus.facts import read_facts
from index.engines.milvus.reader import MilvusIndex
from index.engines.milvus.schema import ALIAS, CollectionNames, snapshots_among
from index.engines.milvus.writer import SnapshotCopy
from index.errors import IndexCorruptError, IndexMissingError, KhazarError
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import current_folder, prune, publish

# The first version with sparse vectors.
_OLDEST = (2, 4)


class MilvusEngine:
    """Publishes the snapshots of one index directory on a server; implements `IndexEngine`."""

    def __init__(self, server: MilvusServer, directory: Path, exact_passages: int) -> None:
        """Publish on a server.

        Args:
            server: the server.
            directory: where snapshots are written before they are copied.
            exact_passages: vectors of more than these are searched by a graph.
        """
        self._server = server
        self._directory = directory
        self._exact_passages = exact_passages

    @classmethod
    def of(cls, settings: IndexSettings) -> Self:
        """Return the engine of some settings."""
        directory = settings.path(settings.directory)
        return cls(MilvusServer(settings.milvus), directory, settings.exact_passages)

    def current_name(self) -> str:
        """Return the name of the published snapshot; see `IndexEngine`."""
        return self._published().snapshot

    def open_published(self) -> MilvusIndex:
        """Open the published snapshot; see `IndexEngine`."""
        while True:
            # Looked up once: a question never sees collections of two snapshots.
            names = self._published()
            try:
                return MilvusIndex.open(self._server, names)
            except IndexMissingError:
                # A build may have published another one and removed this one meanwhile.
                if self._published() == names:
                    raise

    def is_published(self, folder: Path) -> bool:
        """Return whether newcomers open the snapshot of a folder, here and on the server."""
        names = CollectionNames.of_snapshot(folder.name)
        if self._server.target(ALIAS) != names.passages:
            return False
        # A server may have lost some of it, or have it in the format of another version.
        return current_folder(self._directory) == folder and self._is_whole(names)

    def publish(self, folder: Path, on_progress: Callable[[int, int], None]) -> None:
        """Copy a folder, compare it and switch to it; see `IndexEngine`.

        Raises:
            IndexCorruptError: what was copied is not what the folder holds.
            KhazarError: the server is too old.
        """
        self._require_sparse_vectors()
        names = CollectionNames.of_snapshot(folder.name)
        if not self._is_whole(names):
            self._drop(names)
            snapshot = Snapshot.open(folder)
            exact = snapshot.facts.passages <= self._exact_passages
            server = self._server.unhurried()
            copy = SnapshotCopy(server, folder, snapshot, exact=exact, on_progress=on_progress)
            copy.write()
            index = MilvusIndex(server, names, copy.facts)
            wrong = list(differences(server, names, index, snapshot))
            if wrong:
                raise IndexCorruptError(f"{self._server.uri}: not published: {wrong[0]}")
            copy.complete()
        self._server.point(ALIAS, names.passages)
        publish(folder)

    def prune(self, keep: int) -> list[str]:
        """Remove old snapshots here and on the server; see `IndexEngine`."""
        target = self._server.target(ALIAS)
        removed = [folder.name for folder in prune(self._directory, keep)]
        known = snapshots_among(self._server.collections())
        whole = [names for names in known if self._is_whole(names)]
        others = [names for names in whole if names.passages != target]
        kept = {names for names in whole if names.passages == target}
        kept.update(others[max(0, len(others) - (keep - 1)) :])
        for names in known:
            if names not in kept:
                self._drop(names)
                if names in whole:
                    removed.append(names.snapshot)
        return list(dict.fromkeys(removed))

    def findings(self, folder: Path) -> list[str]:
        """Compare the server's data with a folder; see `IndexEngine`."""
        names = CollectionNames.of_snapshot(folder.name)
        if not self._is_whole(names):
            return [
                f"{self._server.uri} does not hold all of snapshot {folder.name}, or in another "
                "format; `python -m index update` copies it again"
            ]
        server = self._server.unhurried()
        try:
            index = MilvusIndex.open(server, names)
        except IndexCorruptError as error:
            return [str(error)]
        return list(differences(server, names, index, Snapshot.open(folder)))

    def description(self) -> str | None:
        """Return where the data is, and what is published there."""
        target = self._server.target(ALIAS)
        published = CollectionNames.of_passages(target).snapshot if target else "nothing"
        return f"Milvus {self._server.version()} at {self._server.uri}: {published} is published"

    def _published(self) -> CollectionNames:
        target = self._server.target(ALIAS)
        if target is None:
            raise IndexMissingError(
                f"{self._server.uri}: no index here yet; run `python -m index build` first"
            )
        return CollectionNames.of_passages(target)

    def _is_whole(self, names: CollectionNames) -> bool:
        existing = set(self._server.collections())
        if not existing.issuperset(names.all):
            return False
        try:
            read_facts(self._server, names)
        except (KeyError, ValueError):
            return False
        return True

    def _drop(self, names: CollectionNames) -> None:
        # Milvus keeps a collection that has an alias.
        if self._server.target(ALIAS) == names.passages:
            self._server.release_alias(ALIAS)
        # The facts first: what is left when this is killed is not whole.
        existing = set(self._server.collections())
        for collection in names.all:
            if collection in existing:
                self._server.drop(collection)

    def _require_sparse_vectors(self) -> None:
        version = self._server.version()
        numbers = version.rpartition("-")[2].removeprefix("v").split(".")[:2]
        # A development version has another name, and is newer.
        if all(number.isdigit() for number in numbers) and tuple(map(int, numbers)) < _OLDEST:
            raise KhazarError(
                f"{self._server.uri}: Milvus {version} has no sparse vectors; use 2.4 or newer"
            )
