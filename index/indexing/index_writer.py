"""An index directory that is being changed: its lock, its archive, and how snapshots come of it."""

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from index.encoders.embedding_cache import EmbeddingCache
from index.encoders.encoder import PassageEncoder
from index.encoders.model_resolver import ResolvedModel
from index.encoders.passage_embedder import PassageEmbedder
from index.errors import IndexBusyError, IndexCorruptError, KhazarError
from index.indexing.article_analysis import PreviousSnapshot, analysis_fingerprint, analyze
from index.indexing.article_store import ARCHIVE, ArticleStore
from index.indexing.prefetch import prefetch
from index.progress import (
    CHECKING,
    COMPRESSING,
    ENCODING,
    INDEXING,
    LOADING,
    WRITING,
    ProgressCallback,
)
from index.settings import IndexSettings
from index.snapshots.analyses import AnalyzedArticle
from index.snapshots.manifest import verify
from index.snapshots.snapshot import CODES, Snapshot
from index.snapshots.snapshot_pointer import current_folder, prune, publish
from index.snapshots.writer import Provenance, SnapshotWriter, VectorCompression

CACHE = "embeddings.sqlite"
LOCK = "build.lock"
# Articles that are prepared ahead of those that are being encoded.
_AHEAD = 512

EncoderLoader = Callable[[IndexSettings], PassageEncoder]


@dataclass(frozen=True, slots=True)
class PublishedSnapshot:
    """The snapshot that is published after a command.

    Attributes:
        folder: its folder.
        articles: articles in it.
        passages: passages in it.
        encoded: passages that had to be encoded for it; None when it was there before.
    """

    folder: Path
    articles: int
    passages: int
    encoded: int | None


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of an index directory; what keeps it from being written becomes one line.

    Raises:
        IndexBusyError: another command holds it.
        KhazarError: the directory cannot be written, or its disk is full.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / LOCK, blocking=False):
            yield
    except Timeout:
        raise IndexBusyError(
            f"{directory}: another build is running; wait for it to end, or stop it"
        ) from None
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise KhazarError(f"{directory}: the index cannot be written: {reason or error}") from error


class IndexWriter:
    """Changes one index directory; used as a context, which holds its lock.

    Attributes:
        directory: the index directory.
        archive: its archive.
    """

    archive: ArticleStore

    def __init__(
        self, settings: IndexSettings, on_progress: ProgressCallback, load: EncoderLoader
    ) -> None:
        """Take note of what the work needs.

        Args:
            settings: where and how.
            on_progress: is told how the work advances.
            load: loads the model.
        """
        self.directory = settings.path(settings.directory)
        self._settings = settings
        self._tell = on_progress
        self._load = load
        self._encoder: PassageEncoder | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(locked(self.directory))
            path = self.directory / ARCHIVE
            stack.enter_context(
                _damage_named(
                    path, "delete it, and the next update restores it from the published snapshot"
                )
            )
            self.archive = stack.enter_context(ArticleStore(path))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *failure: object) -> bool | None:
        return self._stack.__exit__(*failure)  # type: ignore[arg-type]

    def encoder(self) -> PassageEncoder:
        """Return the model, loaded on the first call."""
        if self._encoder is None:
            self._tell(LOADING, 0, None)
            self._encoder = self._load(self._settings)
        return self._encoder

    def recover_archive(self) -> None:
        """Fill an archive that holds nothing from the published snapshot, if there is one."""
        folder = current_folder(self.directory)
        if folder is None or len(self.archive):
            return
        snapshot = Snapshot.open(folder)
        with self.archive.transaction():
            self.archive.replace_all(snapshot.articles(), snapshot.manifest.sources)

    def commit_if_changed(self, model: ResolvedModel) -> PublishedSnapshot:
        """Return the published snapshot, made anew unless it is what the archive would give."""
        rules = analysis_fingerprint(self._settings, model.fingerprint)
        self._tell(CHECKING, 0, None)
        previous = None
        try:
            if (folder := current_folder(self.directory)) is not None:
                manifest = verify(folder)
                coded = manifest.passages > self._settings.exact_passages
                if (manifest.archive, manifest.rules) == (self.archive.digest(), rules) and (
                    CODES in manifest.files
                ) == coded:
                    # A command that was killed after publishing may have left something.
                    prune(self.directory, self._settings.keep_snapshots)
                    return PublishedSnapshot(folder, manifest.articles, manifest.passages, None)
                previous = PreviousSnapshot.open(folder, rules)
        except IndexCorruptError:
            # Nothing is taken over from a snapshot that is damaged or of another format.
            previous = None
        return self.publish(model.name, model.fingerprint, previous)

    def publish(
        self, name: str, fingerprint: str, previous: PreviousSnapshot | None
    ) -> PublishedSnapshot:
        """Make a snapshot of the archive and publish it.

        Args:
            name: the encoder's name as configured.
            fingerprint: the encoder's.
            previous: whose articles are taken over.
        """
        prune(self.directory, self._settings.keep_snapshots)
        if previous is None or any(
            previous.row(*article) is None for article in self.archive.checksums()
        ):
            # Here, and not in the thread that needs it first, so that it is told in its turn.
            self.encoder()
        origin = Provenance(
            encoder=name,
            fingerprint=fingerprint,
            rules=analysis_fingerprint(self._settings, fingerprint),
            archive=self.archive.digest(),
            sources=tuple(self.archive.sources()),
        )
        cache_path = self.directory / CACHE
        advice = "delete it and build again, which encodes everything anew"
        with (
            SnapshotWriter(self.directory) as writer,
            _damage_named(cache_path, advice),
            EmbeddingCache(cache_path) as cache,
        ):
            vectors = PassageEmbedder(
                fingerprint,
                self.encoder,
                cache,
                lambda done: self._tell(ENCODING, done, None),
            )
            total = len(self.archive)
            with closing(prefetch(lambda: self._prepared(previous), _AHEAD)) as articles:
                for prepared in articles:
                    writer.add(prepared)
                    vectors.add(prepared.passages)
                    self._tell(INDEXING, writer.articles, total)
            vectors.flush()
            self._tell(WRITING, 0, None)
            folder = writer.finish(vectors.blocks(), origin, self._coding(writer, previous))
        publish(folder)
        prune(self.directory, self._settings.keep_snapshots)
        return PublishedSnapshot(folder, writer.articles, writer.passages, vectors.encoded)

    def _coding(
        self, writer: SnapshotWriter, previous: PreviousSnapshot | None
    ) -> VectorCompression | None:
        total = writer.passages
        if total <= self._settings.exact_passages:
            return None
        folder = None if previous is None else previous.folder
        return VectorCompression(lambda done: self._tell(COMPRESSING, done, total), folder)

    def _prepared(
        self, previous: PreviousSnapshot | None
    ) -> Generator[AnalyzedArticle, None, None]:
        # A connection belongs to the thread that opened it.
        with ArticleStore(self.archive.path) as archive:
            yield from analyze(archive, self._settings, self.encoder, previous)


@contextmanager
def _damage_named(path: Path, advice: str) -> Iterator[None]:
    """Name the database that an error is about."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise KhazarError(f"{path}: damaged ({error}); {advice}") from error
