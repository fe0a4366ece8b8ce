"""The catalogue: which articles a snapshot holds, in columns, so that nothing is parsed to know it.

    passages.npy   (passages,) int32: the row of each passage's article
    leads.npy      (leads,) int32: the passages that are an abstract or a title, ascending
    dates.npy      (articles,) int32: proleptic ordinal of each article's day, 0 where it has none
    agencies.npy   (articles,) int32: number of each article's agency, -1 where it has none
    codes.npy      (articles with a code,) int32: their rows, by code and then by row
    duplicates.npy (links, 2) int32: rows of articles that are near-duplicates, the earlier first
    names.json     ids by row, codes as in codes.npy, agencies by number, as they first came

Of an article there are a few Python objects, of a passage there are none.
"""

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.search_index import Filter
from index.text.passages import Passage
from index.text.special_characters import replace_surrogates

_COLUMNS = ("passages", "leads", "dates", "agencies", "codes", "duplicates")
_NAMES = "names.json"


@dataclass(frozen=True, slots=True)
class ResolvedFilter:
    """A `Filter` in the numbers of one catalogue.

    Attributes:
        days: ordinals of the first and the last day; None: any, and articles without a date.
        agencies: numbers of the agencies; None: any, and articles without one. Names that the
            catalogue does not have are left out, so it may be empty, and then nothing passes.
    """

    days: tuple[int, int] | None
    agencies: tuple[int, ...] | None


class ArticleMetadataWriter:
    """Takes articles in, in their order, and writes the catalogue of them."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        # Numbers in arrays: a list of Python numbers would take ten times as much.
        self._passages = array("i")
        self._leads = array("i")
        self._dates = array("i")
        self._agencies = array("i")
        self._codes: list[tuple[str, int]] = []
        self._numbers: dict[str, int] = {}

    def add(self, article: Article, passages: Sequence[Passage]) -> None:
        """Take in an article and its passages."""
        row, agency = len(self._ids), _stored(article.agency)
        self._ids.append(_stored(article.id))
        for passage in passages:
            if not passage.paragraphs:
                self._leads.append(len(self._passages))
            self._passages.append(row)
        self._dates.append(article.date.toordinal() if article.date else 0)
        number = self._numbers.setdefault(agency, len(self._numbers)) if agency else -1
        self._agencies.append(number)
        if article.code:
            self._codes.append((_stored(article.code), row))

    def write(self, folder: Path, duplicates: NDArray[np.int32]) -> None:
        """Write the catalogue into a new folder.

        Args:
            folder: where to write; it is made.
            duplicates: (links, 2) pairs of rows of articles.
        """
        codes = sorted(self._codes)
        columns = {
            "passages": self._passages,
            "leads": self._leads,
            "dates": self._dates,
            "agencies": self._agencies,
            "codes": [row for _, row in codes],
            "duplicates": duplicates,
        }
        folder.mkdir()
        for column in _COLUMNS:
            np.save(folder / f"{column}.npy", np.asarray(columns[column], dtype=np.int32))
        strings = {
            "ids": self._ids,
            "codes": [code for code, _ in codes],
            "agencies": list(self._numbers),
        }
        (folder / _NAMES).write_text(json.dumps(strings, ensure_ascii=False), encoding="utf-8")


class ArticleMetadata:
    """An opened catalogue; immutable, so any number of threads may ask at once."""

    def __init__(self, folder: Path) -> None:
        """Open a folder that `ArticleMetadataWriter.write` wrote.

        Raises:
            OSError, ValueError, KeyError: a file is missing or damaged.
        """
        columns = [_load(folder / f"{column}.npy") for column in _COLUMNS]
        self._passages, leads, self._dates, self._agencies, self._coded, self._duplicates = columns
        self._leads = np.zeros(len(self._passages), dtype=np.bool_)
        self._leads[leads] = True
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        self._ids: list[str] = names["ids"]
        self._codes: list[str] = names["codes"]
        self._names: list[str] = names["agencies"]
        if not len(self._ids) == len(self._dates) == len(self._agencies):
            raise ValueError(f"{_NAMES} does not fit the columns beside it")
        if self._duplicates.shape[1:] != (2,):
            raise ValueError("duplicates.npy holds no pairs")
        self._rows = {article_id: row for row, article_id in enumerate(self._ids)}
        self._numbers = {name: number for number, name in enumerate(self._names)}
        dated = np.flatnonzero(self._dates)
        # A stable sort turned round: of one day, what is later in the archive comes first.
        self._newest = dated[np.argsort(self._dates[dated], kind="stable")][::-1]

    @property
    def article_count(self) -> int:
        """Number of articles."""
        return len(self._ids)

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        return len(self._passages)

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the articles, by row."""
        return self._ids

    @property
    def first_date(self) -> date | None:
        """The earliest day of an article; None when no article has a date."""
        return self._date(-1)

    @property
    def last_date(self) -> date | None:
        """The latest day of an article; None when no article has a date."""
        return self._date(0)

    def row(self, article_id: str) -> int | None:
        """Return an article's row, or None when there is no such article."""
        return self._rows.get(article_id)

    def article_rows(self, article_id: str) -> NDArray[np.int64]:
        """Return the rows of an article's passages; see `SearchIndex`."""
        row = self._rows.get(article_id)
        return self.passages_of([] if row is None else [row])

    def passages_of(self, articles: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows of all passages of the articles of some rows, article by article."""
        firsts, ends = self._spans(articles)
        counts = ends - firsts
        # Each article's first row less the place of its first row in the result.
        offsets = firsts - (np.cumsum(counts) - counts)
        rows: NDArray[np.int64] = np.arange(counts.sum()) + np.repeat(offsets, counts)
        return rows

    def passage_counts(self, articles: Sequence[int]) -> NDArray[np.intp]:
        """Return how many passages each of the articles of some rows has."""
        firsts, ends = self._spans(articles)
        return ends - firsts

    def _spans(self, articles: Sequence[int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the first row of each article's passages, and the row behind its last one."""
        # Keys of the column's own type, or searchsorted would convert the column.
        keys = np.asarray(articles, dtype=self._passages.dtype)
        return self._passages.searchsorted(keys, "left"), self._passages.searchsorted(keys, "right")

    def articles_of(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the row of each passage's article."""
        found: NDArray[np.int32] = self._passages[np.asarray(rows, dtype=np.int64)]
        return found

    def is_lead(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Return whether each passage is an abstract or a title."""
        found: NDArray[np.bool_] = self._leads[np.asarray(rows, dtype=np.int64)]
        return found

    def first_passages(self, articles: NDArray[np.int32]) -> NDArray[np.intp]:
        """Return the row of the first passage of each of the articles of some rows."""
        return self._passages.searchsorted(articles, "left")

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles, most articles first."""
        counts = np.bincount(self._agencies[self._agencies >= 0], minlength=len(self._names))
        return sorted(zip(self._names, counts.tolist(), strict=True), key=lambda pair: -pair[1])

    def articles_with_code(self, code: str) -> list[str]:
        """Return the ids of the articles with an agency code, in order of rows."""
        found = slice(bisect_left(self._codes, code), bisect_right(self._codes, code))
        return [self._ids[row] for row in self._coded[found]]

    def near_duplicates(self, article_id: str) -> list[str]:
        """Return the ids of the articles linked with one; see `SearchIndex`."""
        row = self._rows.get(article_id)
        if row is None:
            return []
        links = self._duplicates[np.any(self._duplicates == row, axis=1)]
        return [self._ids[other] for other in sorted(links[links != row].tolist())]

    def duplicate_groups(self) -> list[list[str]]:
        """Return the ids of articles that links tie together, in order of rows; largest first."""
        group = {row: {row} for row in np.unique(self._duplicates).tolist()}
        for first, second in self._duplicates.tolist():
            if group[first] is not group[second]:
                group[first] |= group[second]
                group.update(dict.fromkeys(group[second], group[first]))
        distinct = {id(rows): sorted(rows) for rows in group.values()}.values()
        ordered = sorted(distinct, key=lambda rows: (-len(rows), rows))
        return [[self._ids[row] for row in rows] for rows in ordered]

    def latest(self, limit: int, filter_: Filter) -> list[str]:
        """Return the ids of the newest articles that pass; see `SearchIndex`."""
        passing = self._newest[self._passing(filter_)[self._newest]]
        return [self._ids[row] for row in passing[:limit]]

    def dates(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the ordinal of the day of each passage's article, 0 where it has none."""
        return self._of_passages(self._dates, rows)

    def agency_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the number of the agency of each passage's article, -1 where it has none."""
        return self._of_passages(self._agencies, rows)

    @property
    def article_dates(self) -> NDArray[np.int32]:
        """The ordinal of each article's day, (articles,), 0 where it has none."""
        return self._dates

    def passing_dates(self, filter_: Filter) -> NDArray[np.int32]:
        """Return the day of each article, -1 where it does not pass a filter; see `SearchIndex`."""
        passing: NDArray[np.int32] = np.where(self._passing(filter_), self._dates, np.int32(-1))
        return passing

    @property
    def article_agencies(self) -> NDArray[np.int32]:
        """The number of each article's agency, (articles,), -1 where it has none."""
        return self._agencies

    def selection(self, filter_: Filter) -> ResolvedFilter:
        """Return a filter in this catalogue's numbers."""
        days = agencies = None
        if filter_.since or filter_.until:
            # From 1 on, which leaves out those without a date, 0.
            days = (
                (filter_.since or date.min).toordinal(),
                (filter_.until or date.max).toordinal(),
            )
        if filter_.agencies:
            known = filter(self._numbers.__contains__, filter_.agencies)
            agencies = tuple(self._numbers[name] for name in known)
        return ResolvedFilter(days, agencies)

    def passage_mask(self, filter_: Filter) -> NDArray[np.bool_]:
        """Return, (passages,), whether each passage's article passes a filter."""
        return self._passing(filter_)[self._passages]

    def _passing(self, filter_: Filter) -> NDArray[np.bool_]:
        """Return, (articles,), whether each article passes a filter."""
        selection = self.selection(filter_)
        passing = np.ones(self.article_count, dtype=np.bool_)
        if selection.days is not None:
            first, last = selection.days
            passing &= (self._dates >= first) & (self._dates <= last)
        if selection.agencies is not None:
            passing &= np.isin(self._agencies, np.array(selection.agencies, dtype=np.int32))
        return passing

    def _of_passages(self, column: NDArray[np.int32], rows: Sequence[int]) -> NDArray[np.int32]:
        values: NDArray[np.int32] = column[self._passages[np.asarray(rows, dtype=np.int64)]]
        return values

    def _date(self, place: int) -> date | None:
        if not self._newest.size:
            return None
        return date.fromordinal(int(self._dates[self._newest[place]]))


def _load(path: Path) -> NDArray[np.int32]:
    try:
        column: NDArray[np.int32] = np.load(path)
    except EOFError as error:
        raise ValueError(f"{path.name} is empty") from error
    return column


def _stored(text: str | None) -> str:
    """Return a text as the rows of articles keep it."""
    return replace_surrogates(text or "")
