"""Reading of sources into the article store."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.indexing.article_store import ArticleStore, StoreOutcome
from index.indexing.identity import Origin
from index.progress import READING, ProgressCallback
from index.readers import Source, open_sources, source_names
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
        unknown: ids to remove, to restore or to allow again, that are not there.
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
    problems: tuple[SourceProblem, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return how many articles changed in which way, those that none did left out."""
        names = ("added", "replaced", "repeated", "withheld", "removed", "restored")
        counts = {name: getattr(self, name) for name in names} | {"problems": len(self.problems)}
        return {name: number for name, number in counts.items() if number}


def read_sources(
    store: ArticleStore,
    settings: IndexSettings,
    sources: Sequence[str],
    on_progress: ProgressCallback,
) -> Changes:
    """Add what sources hold to the store, in one of its transactions; return the changes.

    Args:
        store: the article store.
        settings: the index's settings.
        sources: files, folders, globs and addresses; empty means those of the settings.
        on_progress: called as the reading advances.
    """
    before = dict(store.contents())
    reads: Counter[int] = Counter()
    withheld = 0
    problems: list[SourceProblem] = []
    for source in open_sources(settings, sources):
        for item in (source,) if isinstance(source, SourceProblem) else source.read():
            if isinstance(item, SourceProblem):
                problems.append(item)
                continue
            assert isinstance(source, Source)
            added = store.add(item, Origin(source.origin, source.place))
            if added.problem is not None:
                problems.append(SourceProblem(source.name, None, added.problem))
            if added.outcome is StoreOutcome.WITHHELD:
                withheld += 1
            elif added.place is not None:
                reads[added.place] += 1
            on_progress(READING, reads.total() + withheld, None)
    store.add_sources(source_names(settings, sources))
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
