"""The commands that change an index: build, update, remove, restore, roll back.

All of them are resumable. Each command first changes the article store, in one transaction. If the
published snapshot was not made from exactly these articles, with the same analysis and the same
model, a new snapshot is written beside it and published. A killed command leaves the published
snapshot as it was. The next command resumes from the store and encodes only what is missing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.encoders.batch_encoder import BatchEncoderFactory, local_batch_encoder
from index.encoders.encoder import EncoderLoader, load_encoder
from index.encoders.model_resolver import ResolvedModel, resolve_model
from index.errors import IndexMissingError, SourceError
from index.indexing.article_store import ArticleStore
from index.indexing.index_writer import IndexWriter, PublishedSnapshot
from index.indexing.reading import Changes, fetch_addresses, read_sources
from index.progress import ProgressCallback, ignore_progress
from index.readers import source_names
from index.readers.errors import SourceProblem
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import published_folder, snapshot_folders

ModelResolver = Callable[[IndexSettings], ResolvedModel]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The outcome of a command.

    Attributes:
        snapshot: the published folder.
        published: whether the snapshot is new; False: nothing had changed.
        articles: number of articles in it.
        passages: number of passages in it.
        encoded: number of passages that had to be encoded; the others' vectors were in the cache.
        changes: the changes to the article store.
        seconds: duration.
    """

    snapshot: Path
    published: bool
    articles: int
    passages: int
    encoded: int
    changes: Changes
    seconds: float

    @property
    def problems(self) -> tuple[SourceProblem, ...]:
        """The places in sources that could not be read and were left out."""
        return self.changes.problems


def build(
    settings: IndexSettings,
    sources: Sequence[str] = (),
    progress: ProgressCallback = ignore_progress,
    load: EncoderLoader = load_encoder,
    *,
    batch_encoder: BatchEncoderFactory = local_batch_encoder,
) -> BuildReport:
    """Build an index from all sources, from scratch, and publish it.

    Args:
        settings: the index's settings.
        sources: files, folders, globs and addresses; empty means those of the settings.
        progress: called as the command advances.
        load: loads the model.
        batch_encoder: gives what encodes passages, if another process or machine does.

    Raises:
        IndexBusyError: another command is changing the index.
        SourceError: no source holds an article with text that can be read; nothing was changed.
        EncoderError: the model cannot be loaded.
        KhazarError: the index cannot be written.
    """
    begun = time.monotonic()
    opened = fetch_addresses(settings, sources, progress)
    with IndexWriter(settings, progress, load, batch_encoder=batch_encoder) as writer:
        store = writer.store
        with store.transaction():
            store.clear()
            changes = read_sources(store, opened, progress)
            store.add_sources(source_names(settings, sources))
            _refuse_nothing(store, changes)
            store.log.add_run("build", store.sources(), changes.counts())
        encoder = writer.encoder()
        made = writer.publish(encoder.name, encoder.fingerprint, None)
    return _report(made, changes, begun)


def update(
    settings: IndexSettings,
    sources: Sequence[str] = (),
    progress: ProgressCallback = ignore_progress,
    load: EncoderLoader = load_encoder,
    find: ModelResolver = resolve_model,
    *,
    batch_encoder: BatchEncoderFactory = local_batch_encoder,
    trust_ids: bool = False,
    wait: bool = False,
) -> BuildReport:
    """Read sources, and publish a new snapshot if they change anything.

    Articles that are in the store but not in these sources stay. Unchanged articles keep their
    passages, terms and vectors from the published snapshot.

    Args:
        settings: the index's settings.
        sources: files, folders, globs and addresses; empty means those of the settings.
        progress: called as the command advances.
        load: loads the model; called only if a text must be encoded.
        find: finds the model without loading it.
        batch_encoder: gives what encodes passages, if another process or machine does.
        trust_ids: an article replaces the one of its id even if their texts differ wholly.
        wait: wait while another command is changing the index.

    Raises:
        As `build` does.
    """
    begun = time.monotonic()
    opened = fetch_addresses(settings, sources, progress)
    with IndexWriter(settings, progress, load, batch_encoder=batch_encoder, wait=wait) as writer:
        writer.recover_store()
        with writer.store.transaction():
            changes = read_sources(writer.store, opened, progress, trust_ids=trust_ids)
            names = source_names(settings, sources)
            writer.store.add_sources(names)
            _refuse_nothing(writer.store, changes)
            if counts := changes.counts():
                writer.store.log.add_run("update", names, counts)
        made = writer.commit_if_changed(find(settings))
    return _report(made, changes, begun)


def remove(
    settings: IndexSettings,
    references: Sequence[str],
    progress: ProgressCallback = ignore_progress,
    load: EncoderLoader = load_encoder,
    find: ModelResolver = resolve_model,
    *,
    undo: bool = False,
) -> BuildReport:
    """Remove articles for good, and publish what is left.

    They stay out even if a source holds them again.

    Args:
        settings: the index's settings.
        references: ids, addresses, codes or Telegram links of articles; see `ArticleStore.find`.
        progress: called as the command advances.
        load: loads the model; called only if a text must be encoded.
        find: finds the model without loading it.
        undo: allow removed articles again instead; the next update of their source adds them.

    Raises:
        IndexMissingError: there is no index yet.
        SourceError: no article would be left.
        And as `build` does.
    """
    writer = IndexWriter(settings, progress, load)
    if undo:
        return _change_some(writer, references, find, "allow", ArticleStore.unremove)
    return _change_some(writer, references, find, "remove", ArticleStore.remove)


def restore(
    settings: IndexSettings,
    references: Sequence[str],
    progress: ProgressCallback = ignore_progress,
    load: EncoderLoader = load_encoder,
    find: ModelResolver = resolve_model,
) -> BuildReport:
    """Put removed articles back as they were, and publish them.

    An article that an earlier version of Khazar removed was not kept: the next update of its source
    adds it.

    Args, raises: as `remove` does.
    """
    writer = IndexWriter(settings, progress, load)
    return _change_some(writer, references, find, "restore", ArticleStore.restore)


def _change_some(
    writer: IndexWriter,
    references: Sequence[str],
    find: ModelResolver,
    command: str,
    change: Callable[[ArticleStore, str], bool],
) -> BuildReport:
    """Change the articles that references name, and publish the result."""
    begun = time.monotonic()
    published_folder(writer.directory)
    with writer:
        writer.recover_store()
        store = writer.store
        with store.transaction():
            found = {
                one: store.find(one, removed=command != "remove")
                for one in dict.fromkeys(references)
            }
            ids = dict.fromkeys(ids[0] for ids in found.values() if len(ids) == 1)
            changed = sum([change(store, article_id) for article_id in ids])
            if not store.has_text():
                raise SourceError("no article would be left, so nothing was removed")
            changes = Changes(
                removed=changed if command == "remove" else 0,
                restored=changed if command == "restore" else 0,
                unknown=tuple(one for one, ids in found.items() if not ids),
                ambiguous=tuple((one, tuple(ids)) for one, ids in found.items() if len(ids) > 1),
            )
            if counts := changes.counts():
                store.log.add_run(command, (), counts)
        made = writer.commit_if_changed(find(writer.settings))
    return _report(made, changes, begun)


def rollback(settings: IndexSettings, name: str | None = None) -> PublishedSnapshot:
    """Publish an older snapshot again, and set the article store back to its articles.

    Args:
        settings: where the index is.
        name: the snapshot's name; None: the newest that is older than the published one.

    Returns:
        The snapshot that is published now.

    Raises:
        IndexBusyError: another command is changing the index.
        IndexMissingError: there is no such snapshot.
        IndexCorruptError: it is damaged.
    """
    directory = settings.path(settings.directory)
    with IndexWriter(settings, ignore_progress, load_encoder) as writer:
        folder = _older(directory, name)
        snapshot = Snapshot.open(folder)
        with writer.store.transaction():
            writer.store.replace_all(snapshot.articles(), snapshot.manifest.sources)
            writer.store.log.add_run("rollback", snapshot.manifest.sources, {})
        writer.make_current(folder)
    manifest = snapshot.manifest
    return PublishedSnapshot(folder, manifest.articles, manifest.passages, None)


def _report(made: PublishedSnapshot, changes: Changes, begun: float) -> BuildReport:
    return BuildReport(
        snapshot=made.folder,
        published=made.encoded is not None,
        articles=made.articles,
        passages=made.passages,
        encoded=made.encoded or 0,
        changes=changes,
        seconds=time.monotonic() - begun,
    )


def _older(directory: Path, name: str | None) -> Path:
    folders = {folder.name: folder for folder in snapshot_folders(directory)}
    if name is not None:
        if name not in folders:
            raise IndexMissingError(
                f"{directory}: no snapshot {name}; `python -m index status` lists them"
            )
        return folders[name]
    current = published_folder(directory).name
    older = [folder for folder in folders.values() if folder.name < current]
    if not older:
        raise IndexMissingError(f"{directory}: no snapshot is older than the published one")
    return older[-1]


def _refuse_nothing(store: ArticleStore, changes: Changes) -> None:
    if not len(store):
        first = f"; {changes.problems[0]}" if changes.problems else ""
        raise SourceError(f"no article could be read, so nothing was published{first}")
    if not store.has_text():
        raise SourceError("no article holds any text, so nothing was published")
