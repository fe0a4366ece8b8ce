"""The commands that change an index: build, update, remove, roll back, prune; all resumable.

All take the same steps. First the archive is brought up to date, in one
transaction; then, unless the published snapshot was made of exactly that, by the same rules and
with the same model, a new one is written beside it and published. A command that is killed leaves
the published snapshot as it was; the next one goes on from the archive, and encodes only what the
killed one had not reached.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.encoders.encoder import load_encoder
from index.encoders.model_resolver import ResolvedModel, resolve_model
from index.errors import IndexMissingError, SourceError
from index.indexing.article_key import article_key
from index.indexing.article_store import ArticleStore, StoreOutcome
from index.indexing.index_writer import EncoderLoader, IndexWriter, PublishedSnapshot, locked
from index.progress import READING, ProgressCallback, ignore_progress
from index.readers import open_sources, source_names
from index.readers.errors import SourceProblem
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import prune, publish, published_folder, snapshot_folders

Find = Callable[[IndexSettings], ResolvedModel]


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes that a command made to the archive.

    Attributes:
        added: articles that are new.
        replaced: articles that took the place of an older one: same id, same agency and code, or
            same address.
        unchanged: articles that were there already.
        repeated: articles that the same sources have again, later, and newer ones at that.
        repeated_ids: the ids of those, each once.
        withheld: articles that were not taken in because they had been removed.
        removed: articles that were taken out.
        unknown: ids that were to be removed, or let in again, and are not there.
        problems: what could not be read and was left out.
    """

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    repeated: int = 0
    repeated_ids: tuple[str, ...] = ()
    withheld: int = 0
    removed: int = 0
    unknown: tuple[str, ...] = ()
    problems: tuple[SourceProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The outcome of a command.

    Attributes:
        snapshot: the published folder.
        published: whether it is a new one; False: nothing had changed.
        articles: articles in it.
        passages: passages in it.
        encoded: passages that had to be encoded; the vectors of the others were there.
        changes: what became of the archive.
        seconds: how long it took.
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
        """Problems of sources: places that could not be read and were left out."""
        return self.changes.problems


def build(
    settings: IndexSettings,
    sources: Sequence[str] = (),
    progress: ProgressCallback = ignore_progress,
    load: EncoderLoader = load_encoder,
) -> BuildReport:
    """Build an index from scratch, out of all sources, and publish it.

    Args:
        settings: where and how.
        sources: files, folders, globs and addresses; empty means those of the settings.
        progress: told how it advances.
        load: loads the model.

    Raises:
        IndexBusyError: another command is changing the index.
        SourceError: no source holds an article with text that can be read; nothing was changed.
        EncoderError: the model cannot be loaded.
        KhazarError: the index cannot be written.
    """
    begun = time.monotonic()
    with IndexWriter(settings, progress, load) as workshop:
        archive = workshop.archive
        with archive.transaction():
            archive.clear()
            changes = _read(archive, settings, sources, progress)
            _refuse_nothing(archive, changes)
        encoder = workshop.encoder()
        made = workshop.publish(encoder.name, encoder.fingerprint, None)
    return _report(made, changes, begun)


def update(
    settings: IndexSettings,
    sources: Sequence[str] = (),
    progress: ProgressCallback = ignore_progress,
    load: EncoderLoader = load_encoder,
    find: Find = resolve_model,
) -> BuildReport:
    """Read sources, and publish a new snapshot if anything is new in them.

    What is in the archive and not in these sources stays. Of articles that are as they were,
    passages, terms and vectors are taken over from the published snapshot.

    Args:
        settings: where and how.
        sources: files, folders, globs and addresses; empty means those of the settings.
        progress: told how it advances.
        load: loads the model, when a text must be encoded.
        find: finds the model without loading it.

    Raises:
        As `build` does.
    """
    begun = time.monotonic()
    with IndexWriter(settings, progress, load) as workshop:
        workshop.recover_archive()
        with workshop.archive.transaction():
            changes = _read(workshop.archive, settings, sources, progress)
            _refuse_nothing(workshop.archive, changes)
        made = workshop.commit_if_changed(find(settings))
    return _report(made, changes, begun)


def remove(
    settings: IndexSettings,
    ids: Sequence[str],
    progress: ProgressCallback = ignore_progress,
    load: EncoderLoader = load_encoder,
    find: Find = resolve_model,
    *,
    undo: bool = False,
) -> BuildReport:
    """Take articles out for good, and publish what is left.

    They stay out when a source holds them again.

    Args:
        settings: where and how.
        ids: which articles.
        progress: told how it advances.
        load: loads the model, when a text must be encoded.
        find: finds the model without loading it.
        undo: instead, let articles in again; they come with the next update of their source.

    Raises:
        IndexMissingError: there is no index yet.
        SourceError: no article would be left.
        And as `build` does.
    """
    begun = time.monotonic()
    published_folder(settings.path(settings.directory))
    with IndexWriter(settings, progress, load) as workshop:
        workshop.recover_archive()
        archive = workshop.archive
        change = archive.unremove if undo else archive.remove
        with archive.transaction():
            unknown = tuple(one for one in dict.fromkeys(ids) if not change(one))
            if not archive.has_text():
                raise SourceError("no article would be left, so nothing was removed")
        removed = 0 if undo else len(set(ids)) - len(unknown)
        made = workshop.commit_if_changed(find(settings))
    return _report(made, Changes(removed=removed, unknown=unknown), begun)


def rollback(settings: IndexSettings, name: str | None = None) -> PublishedSnapshot:
    """Publish an older snapshot again, and bring the archive back to what it holds.

    Args:
        settings: where the index is.
        name: which snapshot; None: the newest that is older than the published one.

    Returns:
        What is published now.

    Raises:
        IndexBusyError: another command is changing the index.
        IndexMissingError: there is no such snapshot.
        IndexCorruptError: it is damaged.
    """
    directory = settings.path(settings.directory)
    with IndexWriter(settings, ignore_progress, load_encoder) as workshop:
        folder = _older(directory, name)
        snapshot = Snapshot.open(folder)
        with workshop.archive.transaction():
            workshop.archive.replace_all(snapshot.articles(), snapshot.manifest.sources)
        publish(folder)
    manifest = snapshot.manifest
    return PublishedSnapshot(folder, manifest.articles, manifest.passages, None)


def prune_snapshots(settings: IndexSettings, keep: int) -> list[Path]:
    """Remove old snapshots, and what killed commands left.

    Args:
        settings: where the index is.
        keep: how many snapshots stay, the published one included.

    Returns:
        The snapshots that were removed.

    Raises:
        IndexBusyError: another command is changing the index.
    """
    directory = settings.path(settings.directory)
    published_folder(directory)
    with locked(directory):
        return prune(directory, keep)


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


def _read(
    archive: ArticleStore,
    settings: IndexSettings,
    sources: Sequence[str],
    on_progress: ProgressCallback,
) -> Changes:
    before = dict(archive.checksums())
    counts = dict.fromkeys(StoreOutcome, 0)
    ids: Counter[str] = Counter()
    problems: list[SourceProblem] = []
    for source in open_sources(settings, sources):
        for item in (source,) if isinstance(source, SourceProblem) else source.read():
            if isinstance(item, SourceProblem):
                problems.append(item)
                continue
            outcome = archive.add(item)
            counts[outcome] += 1
            if outcome is not StoreOutcome.WITHHELD:
                ids[article_key(item).id] += 1
            on_progress(READING, sum(counts.values()), None)
    archive.add_sources(source_names(settings, sources))
    after = dict(archive.checksums())
    # Of articles that replace each other within the sources only the last one matters.
    new, gone = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    changed = sum(before.get(one, known) != known for one, known in after.items())
    present = len(ids.keys() & after.keys())
    withheld = counts[StoreOutcome.WITHHELD]
    return Changes(
        added=max(0, new - gone),
        replaced=changed + min(new, gone),
        unchanged=present - new - changed,
        repeated=sum(counts.values()) - withheld - present,
        repeated_ids=tuple(one for one, times in ids.items() if times > 1 or one not in after),
        withheld=withheld,
        problems=tuple(problems),
    )


def _refuse_nothing(archive: ArticleStore, changes: Changes) -> None:
    if not len(archive):
        first = f"; {changes.problems[0]}" if changes.problems else ""
        raise SourceError(f"no article could be read, so nothing was published{first}")
    if not archive.has_text():
        raise SourceError("no article holds any text, so nothing was published")
