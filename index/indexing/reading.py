"""Reading of sources into the article store."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from index.article import Article
from index.indexing.article_store import ArticleStore
from index.indexing.identity import Origin
from index.indexing.stored_articles import StoreOutcome
from index.progress import FETCHING, READING, ProgressCallback
from index.readers import ByteCounter, Source, is_address, open_sources
from index.readers.errors import SourceProblem
from index.settings import IndexSettings


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes that a command made to the article store.

    Attributes:
        added: articles that are new.
        replaced: articles that took the place of an older one; see `is_same`.
        unchanged: articles that were there already.
        repeated: articles that the same sources hold again later on; the last copy counts.
        repeated_ids: their ids, each once.
        withheld: articles that were left out because they had been removed.
        removed: articles that were removed.
        restored: removed articles that were put back.
        unknown: what names no article that could be removed, restored or allowed again.
        ambiguous: what names several: it, and the articles' ids; none of them was changed.
        problems: what could not be read, and different articles that share an id, an address or an
            agency's code.
    """

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    repeated: int = 0
    repeated_ids: tuple[str, ...] = ()
    withheld: int = 0
    removed: int = 0
    restored: int = 0
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    problems: tuple[SourceProblem, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return how many articles changed in which way, those that none did left out."""
        names = ("added", "replaced", "repeated", "withheld", "removed", "restored")
        counts = {name: getattr(self, name) for name in names} | {"problems": len(self.problems)}
        return {name: number for name, number in counts.items() if number}


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A source to read: one that is read as it comes, or one that was fetched beforehand.

    Attributes:
        name: see `Source.name`.
        origin: what its articles are from.
        items: gives its articles and problems.
        size: see `Source.size`.
        progress: see `Source.progress`.
    """

    name: str
    origin: Origin
    items: Callable[[], Iterator[Article | SourceProblem]]
    size: int | None
    progress: ByteCounter


def fetch_addresses(
    settings: IndexSettings, sources: Sequence[str], on_progress: ProgressCallback
) -> list[OpenedSource | SourceProblem]:
    """Open sources, and fetch what the web has of them.

    A slow site may take minutes, for which no lock should be held.

    Args:
        settings: the index's settings.
        sources: files, folders, globs and addresses; empty means those of the settings.
        on_progress: called as the fetching advances.
    """
    found = list(open_sources(settings, sources))
    addresses = sum(1 for one in found if isinstance(one, Source) and is_address(one.name))
    opened: list[OpenedSource | SourceProblem] = []
    fetched = 0
    for one in found:
        if isinstance(one, SourceProblem):
            opened.append(one)
            continue
        items = one.read
        if is_address(one.name):
            on_progress(FETCHING, fetched, addresses)
            items = partial(iter, list(one.read()))
            fetched += 1
            on_progress(FETCHING, fetched, addresses)
        origin = Origin(one.origin, one.place, one.gives_ids)
        opened.append(OpenedSource(one.name, origin, items, one.size, one.progress))
    return opened


def read_sources(
    store: ArticleStore,
    sources: Sequence[OpenedSource | SourceProblem],
    on_progress: ProgressCallback,
    *,
    trust_ids: bool = False,
) -> Changes:
    """Add what sources hold to the store, in one of its transactions; return the changes.

    Args:
        store: the article store.
        sources: the sources, or why they cannot be read.
        on_progress: called as the reading advances.
        trust_ids: see `is_same`.
    """
    before = dict(store.contents())
    sizes = [source.size for source in sources if isinstance(source, OpenedSource)]
    total = None if None in sizes else sum(filter(None, sizes))
    done = 0
    reads: Counter[int] = Counter()
    withheld = 0
    problems: list[SourceProblem] = []
    if damaged := store.log.drop_damaged():
        message = f"entries of the log had changed since they were written: {damaged:,} deleted"
        problems.append(SourceProblem(store.path, None, message))
    for source in sources:
        if isinstance(source, SourceProblem):
            problems.append(source)
            continue
        for item in source.items():
            if isinstance(item, SourceProblem):
                problems.append(item)
                continue
            added = store.add(item, source.origin, trust_ids=trust_ids)
            if added.problem is not None:
                problems.append(SourceProblem(source.name, None, added.problem))
            if added.outcome is StoreOutcome.WITHHELD:
                withheld += 1
            elif added.place is not None:
                reads[added.place] += 1
            on_progress(READING, done + source.progress.count, total)
        # What reads a file by other ways, or not to its end, does not count its bytes.
        done += source.size or source.progress.count
        on_progress(READING, done, total)
    after = dict(store.contents())
    # Articles that were read, by their places now; others may have been merged into them.
    present: Counter[int] = Counter()
    for place, times in reads.items():
        present[store.log.resolve(place)] += times
    new = after.keys() - before.keys()
    changed = [place for place in before.keys() & after.keys() if before[place] != after[place]]
    merged = before.keys() - after.keys()
    repeated = sorted(place for place, times in present.items() if times > 1)
    return Changes(
        added=len(new),
        replaced=len(changed) + len(merged),
        unchanged=len(present) - len(new) - len(changed),
        repeated=reads.total() - len(present),
        repeated_ids=tuple(store.ids(repeated)),
        withheld=withheld,
        problems=tuple(problems),
    )
