"""Changes to an index directory: its lock, its article store, and new snapshots."""

import logging
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from index.encoders.batch_encoder import BatchEncoderFactory, local_batch_encoder
from index.encoders.embedding_cache import EmbeddingCache
from index.encoders.encoder import EncoderLoader, PassageEncoder
from index.encoders.model_resolver import ResolvedModel
from index.encoders.passage_embedder import PassageEmbedder
from index.engines.opening import open_engine
from index.errors import IndexBusyError, IndexCorruptError, KhazarError
from index.indexing.article_analysis import PreviousSnapshot, analysis_fingerprint, analyze
from index.indexing.article_store import ARTICLES, ArticleStore
from index.indexing.prefetch import prefetch
from index.indexing.sound_records import DamagedLogError
from index.indexing.unused_vectors import drop_unused_vectors
from index.progress import (
    CHECKING,
    COMPRESSING,
    ENCODING,
    INDEXING,
    LOADING,
    PUBLISHING,
    WRITING,
    ProgressCallback,
)
from index.settings import IndexSettings
from index.snapshots.analyses import AnalyzedArticle
from index.snapshots.manifest import verify
from index.snapshots.snapshot import CODES, Snapshot
from index.snapshots.snapshot_pointer import current_folder, snapshot_folders
from index.snapshots.writer import Provenance, SnapshotWriter, VectorCompression

_log = logging.getLogger(__name__)
CACHE = "embeddings.sqlite"
LOCK = "build.lock"
_RESTORE = "delete it, and the next update restores it from the published snapshot"
# Articles that are analysed ahead of the one being encoded.
_AHEAD = 512


@dataclass(frozen=True, slots=True)
class PublishedSnapshot:
    """The snapshot that is published after a command.

    Attributes:
        folder: its folder.
        articles: number of articles in it.
        passages: number of passages in it.
        encoded: number of passages that were encoded for it; None if it was published before.
    """

    folder: Path
    articles: int
    passages: int
    encoded: int | None


@contextmanager
def locked(directory: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of an index directory, and turn errors of writing into `KhazarError`.

    Args:
        directory: the index directory.
        wait: wait while another command holds the lock.

    Raises:
        IndexBusyError: another command holds it.
        KhazarError: the directory cannot be written, or its disk is full.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / LOCK, blocking=wait):
            yield
    except Timeout:
        raise IndexBusyError(
            f"{directory}: another build is running; wait for it to end, or stop it"
        ) from None
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise KhazarError(f"{directory}: the index cannot be written: {reason or error}") from error


class IndexWriter:
    """Changes one index directory; a context manager that holds its lock.

    Attributes:
        directory: the index directory.
        settings: the index's settings.
        store: its article store.
        engine: publishes its snapshots.
    """

    store: ArticleStore

    def __init__(
        self,
        settings: IndexSettings,
        on_progress: ProgressCallback,
        load: EncoderLoader,
        *,
        batch_encoder: BatchEncoderFactory = local_batch_encoder,
        wait: bool = False,
    ) -> None:
        """Prepare; nothing is opened before the context is entered.

        Args:
            settings: the index's settings.
            on_progress: called as the work advances.
            load: loads the model.
            batch_encoder: gives what encodes passages.
            wait: wait while another command holds the lock.
        """
        self.directory = settings.path(settings.directory)
        self.settings = settings
        self.engine = open_engine(settings)
        self._on_progress = on_progress
        self._load = load
        self._batch_encoder = batch_encoder
        self._wait = wait
        self._encoder: PassageEncoder | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(locked(self.directory, wait=self._wait))
            path = self.directory / ARTICLES
            stack.enter_context(naming_damaged(path))
            self.store = stack.enter_context(ArticleStore(path))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *failure: object) -> bool | None:
        return self._stack.__exit__(*failure)  # type: ignore[arg-type]

    def encoder(self) -> PassageEncoder:
        """Return the model; it is loaded on the first call."""
        if self._encoder is None:
            self._on_progress(LOADING, 0, 1)
            self._encoder = self._load(self.settings)
            self._on_progress(LOADING, 1, 1)
        return self._encoder

    def recover_store(self) -> None:
        """Fill an empty article store from the published snapshot, if there is one."""
        # A whole store needs no pointer, so a damaged one is written anew.
        if len(self.store) or (folder := current_folder(self.directory)) is None:
            return
        snapshot = Snapshot.open(folder)
        with self.store.transaction():
            self.store.replace_all(snapshot.articles(), snapshot.manifest.sources)

    def commit_if_changed(self, model: ResolvedModel) -> PublishedSnapshot:
        """Publish a new snapshot if the published one is out of date; return the published one."""
        rules = analysis_fingerprint(self.settings, model.fingerprint)
        previous = None
        try:
            if (folder := current_folder(self.directory)) is not None:
                self._on_progress(CHECKING, 0, 1)
                manifest = verify(folder)
                self._on_progress(CHECKING, 1, 1)
                compressed = manifest.passages > self.settings.exact_passages
                if (manifest.archive, manifest.rules) == (self.store.digest(), rules) and (
                    CODES in manifest.files
                ) == compressed:
                    if not self.engine.is_published(folder):
                        # The engine was changed, or has lost its data.
                        self.make_current(folder)
                    # A command killed after publishing may have left old snapshots.
                    self.engine.prune(self.settings.keep_snapshots)
                    return PublishedSnapshot(folder, manifest.articles, manifest.passages, None)
                previous = PreviousSnapshot.open(folder, rules)
        except IndexCorruptError:
            # Nothing can be reused from a damaged snapshot or one of another format.
            previous = None
        return self.publish(model.name, model.fingerprint, previous)

    def publish(
        self, name: str, fingerprint: str, previous: PreviousSnapshot | None
    ) -> PublishedSnapshot:
        """Make a snapshot of the article store and publish it.

        Args:
            name: the encoder's name as configured.
            fingerprint: the encoder's fingerprint.
            previous: the snapshot whose unchanged articles are reused.
        """
        self.engine.prune(self.settings.keep_snapshots)
        if previous is None or any(
            previous.row(*article) is None for article in self.store.checksums()
        ):
            # Loaded here, not in the thread of analysis, so that its progress is shown in order.
            self.encoder()
        origin = Provenance(
            encoder=name,
            fingerprint=fingerprint,
            rules=analysis_fingerprint(self.settings, fingerprint),
            archive=self.store.digest(),
            sources=tuple(self.store.sources()),
        )
        with SnapshotWriter(self.directory) as writer, open_cache(self.directory) as cache:

            def expected(done: int) -> int:
                """Return how many are to be encoded, if the rest is like the articles so far."""
                return max(done, round(embedder.needed * total / max(1, writer.articles)))

            embedder = PassageEmbedder(
                fingerprint,
                self._batch_encoder(fingerprint, self.encoder),
                cache,
                lambda done: self._on_progress(ENCODING, done, expected(done)),
            )
            total = len(self.store)
            with closing(prefetch(lambda: self._analyzed(previous), _AHEAD)) as articles:
                for article in articles:
                    writer.add(article)
                    embedder.add(article.passages)
                    self._on_progress(INDEXING, writer.articles, total)
            embedder.flush()
            folder = writer.finish(
                embedder.blocks(),
                origin,
                self._compression(writer, previous),
                lambda done, total: self._on_progress(WRITING, done, total),
            )
        self.make_current(folder)
        self.engine.prune(self.settings.keep_snapshots)
        others = [one for one in snapshot_folders(self.directory) if one != folder]
        try:
            with open_cache(self.directory) as cache:
                drop_unused_vectors(cache, embedder.keys(), others)
        except sqlite3.OperationalError as error:
            # A full disk, say. What was to be done is done, and a later build drops them.
            _log.warning("%s: unused vectors stay in %s: %s", self.directory, CACHE, error)
        return PublishedSnapshot(folder, writer.articles, writer.passages, embedder.encoded)

    def make_current(self, folder: Path) -> None:
        """Publish a snapshot's folder."""
        self.engine.publish(folder, lambda done, total: self._on_progress(PUBLISHING, done, total))

    def _compression(
        self, writer: SnapshotWriter, previous: PreviousSnapshot | None
    ) -> VectorCompression | None:
        total = writer.passages
        if total <= self.settings.exact_passages:
            return None
        folder = None if previous is None else previous.folder
        return VectorCompression(lambda done: self._on_progress(COMPRESSING, done, total), folder)

    def _analyzed(
        self, previous: PreviousSnapshot | None
    ) -> Generator[AnalyzedArticle, None, None]:
        # A connection belongs to the thread that opened it.
        path = self.store.path
        with naming_damaged(path), ArticleStore(path) as store:
            yield from analyze(store, self.settings, self.encoder, previous)


@contextmanager
def open_cache(directory: Path) -> Iterator[EmbeddingCache]:
    """Open the vectors of an index directory.

    Raises:
        KhazarError: their file is damaged.
        sqlite3.OperationalError: it cannot be read or written.
    """
    path = directory / CACHE
    advice = "delete it and build again; everything is then encoded again"
    with naming_damaged(path, advice), EmbeddingCache(path) as cache:
        yield cache


@contextmanager
def naming_damaged(path: Path, advice: str = _RESTORE) -> Iterator[None]:
    """Raise `KhazarError` with the path, and what to do, when a database is damaged."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # A table or column that is missing was there; all else is of the disk or of a lock.
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise KhazarError(f"{path}: damaged ({error}); {advice}") from error
    except DamagedLogError as error:
        raise KhazarError(f"{path}: {error}; `python -m index update` deletes it") from error
    except sqlite3.DatabaseError as error:
        raise KhazarError(f"{path}: damaged ({error}); {advice}") from error
