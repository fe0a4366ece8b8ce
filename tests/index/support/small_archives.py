"""Archives of a few articles, and the indexes of them."""

from collections.abc import Callable
from typing import Any

from index.article import Article
from index.indexing.builder import BuildReport
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot

Build = Callable[..., tuple[IndexSettings, BuildReport]]


def article(name: str, *paragraphs: str, **about: Any) -> Article:
    """Return an article of that id and of some other fields."""
    return Article(name, f"عنوان {name}", paragraphs or (f"متن {name}",), **about)


def articles(count: int) -> list[Article]:
    return [article(f"خبر{number}") for number in range(count)]


def opened(settings: IndexSettings) -> Snapshot:
    return Snapshot.open_current(settings.path(settings.directory))


def ids(snapshot: Snapshot) -> list[str]:
    """Return the ids of an index's articles in its order."""
    return list(
        dict.fromkeys(p.article_id for p in snapshot.passages(range(snapshot.facts.passages)))
    )
