"""What an article store returns: what became of an article, and what is known of it."""

from dataclasses import dataclass
from enum import Enum, auto

from index.article import Article


class StoreOutcome(Enum):
    """The outcome of adding an article."""

    ADDED = auto()
    REPLACED = auto()
    UNCHANGED = auto()
    WITHHELD = auto()


@dataclass(frozen=True, slots=True)
class Addition:
    """What became of an article that was added.

    Attributes:
        outcome: the outcome.
        place: the article's place in the store; None: it is not there.
        problem: names the articles that share an id, a code or an address with it though their
            texts differ wholly, and are kept beside it; None: there are none, or they have been
            named before.
    """

    outcome: StoreOutcome
    place: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with the checksum of its content."""

    article: Article
    checksum: bytes


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """An article of the store, or a removed one, with what is known of it.

    Attributes:
        article: the article; None: an earlier version removed it and kept its id only.
        id: its id.
        origin: the file or address that it was read from; None: unknown.
        changed: when it was read first or last replaced, ISO 8601 in UTC; None: unknown.
        removed: when it was removed; None: it was not, or that is unknown.
    """

    article: Article | None
    id: str
    origin: str | None
    changed: str | None
    removed: str | None = None
