"""Listing, showing and comparing the articles of the article store."""

import csv
import datetime as dt
import difflib
import io
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from index.article import Article
from index.errors import KhazarError, SourceError
from index.indexing.article_store import ARTICLES, ArticleStore
from index.indexing.index_writer import naming_damaged
from index.indexing.stored_articles import ArticleEntry
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot_pointer import published_folder
from index.text.persian import ZWNJ, to_latin_digits

_LETTERS = str.maketrans("يىكأإٱؤئةۀ", "ییکاااویهه", ZWNJ)


@dataclass(frozen=True, slots=True)
class ArticleQuery:
    """Which articles are listed; a condition that is None leaves none out.

    Attributes:
        since: the earliest day.
        until: the latest day.
        agency: part of the agency's name.
        source: part of the path or address that an article was read from.
        text: words that the title or text holds, in this order.
    """

    since: dt.date | None = None
    until: dt.date | None = None
    agency: str | None = None
    source: str | None = None
    text: str | None = None

    def matches(self, entry: ArticleEntry) -> bool:
        """Return whether an article meets all conditions."""
        article = entry.article
        if article is None:
            return self == ArticleQuery()
        day = article.date
        return (
            (self.since is None or (day is not None and day >= self.since))
            and (self.until is None or (day is not None and day <= self.until))
            and (self.agency is None or _folded(self.agency) in _folded(article.agency or ""))
            and (self.source is None or self.source in (entry.origin or ""))
            and (self.text is None or _folded(self.text) in _folded(_whole_text(article)))
        )


@contextmanager
def open_articles(settings: IndexSettings) -> Iterator[ArticleStore]:
    """Open the article store of an index.

    Raises:
        IndexMissingError: there is no index yet.
        KhazarError: the article store is missing, damaged or cannot be opened.
    """
    directory = settings.path(settings.directory)
    published_folder(directory)
    path = directory / ARTICLES
    if not path.exists():
        raise KhazarError(
            f"{path}: missing; `python -m index update` restores it from the published snapshot"
        )
    try:
        with naming_damaged(path), ArticleStore(path) as store:
            yield store
    except sqlite3.OperationalError as error:
        raise KhazarError(f"{path}: cannot be read: {error}") from error


def find_one(store: ArticleStore, reference: str, *, removed: bool = False) -> str:
    """Return the id of the article that a text names; see `ArticleStore.find`.

    Raises:
        SourceError: it names none, or several.
    """
    found = store.find(reference, removed=removed)
    if not found:
        raise SourceError(f"{reference}: no article has this id, address or code")
    if len(found) > 1:
        raise SourceError(f"{reference}: several articles: {', '.join(found[:10])}")
    return found[0]


def entry_record(entry: ArticleEntry) -> dict[str, object]:
    """Return what is known of an article as a flat JSON object, without its text."""
    article = entry.article
    return {
        "id": entry.id,
        "date": article.date.isoformat() if article and article.date else None,
        "agency": article and article.agency,
        "code": article and article.code,
        "title": article and article.title,
        "link": article and article.link,
        "paragraphs": len(article.paragraphs) if article else None,
        "source": entry.origin,
        "changed": entry.changed,
        **({"removed": entry.removed} if entry.removed else {}),
    }


def to_csv(records: Sequence[dict[str, object]]) -> str:
    """Return records with the same keys as CSV, with a header."""
    text = io.StringIO()
    if records:
        writer = csv.DictWriter(text, list(records[0]), lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(records)
    return text.getvalue()


def article_lines(article: Article) -> list[str]:
    """Return an article as lines: its facts by name, an empty line, and its text."""
    record = to_record(article)
    text = [*record.pop("paragraphs")]
    if abstract := record.pop("abstract", ""):
        text.insert(0, abstract)
    facts = [
        f"{name}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in record.items()
    ]
    return [*facts, "", *text]


def difference(old: Article, new: Article) -> list[str]:
    """Return the lines that differ: those of the old wording with -, of the new one with +."""
    lines = difflib.unified_diff(article_lines(old), article_lines(new), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _whole_text(article: Article) -> str:
    return "\n".join((article.title, article.abstract, *article.paragraphs))


def _folded(text: str) -> str:
    """Return a text in one spelling of letters, digits and spaces."""
    return " ".join(to_latin_digits(text.translate(_LETTERS)).casefold().split())
