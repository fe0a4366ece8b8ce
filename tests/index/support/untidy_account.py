"""What became of every article of the untidy archive.

`python -m tests.index.support.untidy_account` prints a table: articles in, articles out, earlier
wordings that were kept, and lines that were told, for each kind.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from index.indexing.article_store import ArticleStore
from index.indexing.reading import fetch_addresses, read_sources
from index.progress import ignore_progress
from index.settings import IndexSettings
from tests.index.support.untidy_archive import KINDS, Maker


@dataclass(frozen=True)
class Account:
    """What became of the articles of one kind.

    Attributes:
        made: articles that were made.
        kept: articles in the store.
        earlier: articles that are kept as earlier wordings only.
        missing: articles that are in neither.
        repeated: copies that were told to be such.
        lines: problems that were told.
        again: articles in the store after another reading, and what that reading changed.
    """

    made: int
    kept: int
    earlier: int
    missing: int
    repeated: int
    lines: tuple[str, ...]
    again: tuple[int, dict[str, int]]


def account(folder: Path, name: str) -> Account:
    """Make the sources of a kind in a folder, read them twice, and count."""
    maker = Maker(folder / "sources", f"{list(KINDS).index(name)}x")
    settings = IndexSettings(directory=folder / "index")
    sources = KINDS[name](maker)
    with ArticleStore(Path(":memory:")) as store:
        readings = []
        for _ in range(2):
            opened = fetch_addresses(settings, sources, ignore_progress)
            with store.transaction():
                readings.append(read_sources(store, opened, ignore_progress))
        texts = ["\n".join(one.article.paragraphs) for one in store]
        earlier = [
            "\n".join(wording.article.paragraphs)
            for entry in list(store.entries())
            for wording in store.log.wordings(entry.id)
        ]
        now, before = "\n".join(texts), "\n".join(earlier)
        gone = [one for one in maker.made if f"{one.mark}." not in now]
        first, second = readings
        same = ("repeated", "problems")
        counts = {key: value for key, value in second.counts().items() if key not in same}
        return Account(
            made=len(maker.made),
            kept=len(texts),
            earlier=len(earlier),
            missing=sum(f"{one.mark}." not in before for one in gone),
            repeated=first.repeated,
            lines=tuple(map(str, first.problems)),
            again=(len(store), counts),
        )


def main() -> None:
    sys.stdout.write("| kind | in | out | earlier wordings | copies told | lines | unaccounted |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- | --- |\n")
    made = kept = lost = 0
    for name in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            done = account(Path(folder), name)
        unaccounted = max(0, done.missing - len(done.lines))
        made, kept, lost = made + done.made, kept + done.kept, lost + unaccounted
        sys.stdout.write(
            f"| {name} | {done.made} | {done.kept} | {done.earlier} | {done.repeated} | "
            f"{len(done.lines)} | {unaccounted} |\n"
        )
    sys.stdout.write(f"| all {len(KINDS)} | {made:,} | {kept:,} | | | | {lost} |\n")


if __name__ == "__main__":
    main()
