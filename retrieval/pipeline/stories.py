"""Stories: articles of a result list that report the same in several agencies."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from index.search_index import SearchIndex
from index.text.passages import Passage
from retrieval.query.agencies import known_agency
from retrieval.ranking.duplicates import (
    may_tell_one_story,
    near_in_meaning,
    tell_one_story,
)

# Articles that are compared; copies of a good one are near it in the list.
_FIRST = 20


def find_republications(
    index: SearchIndex, rows: Sequence[int], passages: Sequence[Passage]
) -> Mapping[str, tuple[str, ...]]:
    """Find the articles that tell the story of a better one in other agencies' words.

    The better-placed article leads its story, not the earliest: it has the passage that answers.

    Args:
        index: has the articles.
        rows: of the passages of a result list, best first.
        passages: these passages.

    Returns:
        The ids of the others by the id of the one that leads, best first.
    """
    firsts: dict[str, int] = {}
    for row, passage in zip(rows, passages, strict=True):
        firsts.setdefault(passage.article_id, row)
        if len(firsts) == _FIRST:
            break
    own_rows = list(firsts.values())
    days, agencies = index.dates(own_rows), index.agency_numbers(own_rows)
    # Most archives are of one agency, and most lists of different days: nothing is read for them.
    near = may_tell_one_story(days, agencies).any(axis=1)
    ids = list(compress(firsts, near))
    if not ids:
        return {}
    days, agencies = days[near], agencies[near]
    cosines = _cosines(index, list(compress(own_rows, near)))
    possible = may_tell_one_story(days, agencies) & near_in_meaning(days, cosines)

    @cache
    def terms(article_id: str) -> frozenset[str]:
        of_passages = index.passage_terms(index.article_rows(article_id).tolist())
        return frozenset().union(*(one.text | one.title for one in of_passages))

    @cache
    def agency(article_id: str) -> str:
        article = index.article(article_id)
        name = article.agency if article and article.agency else ""
        known = known_agency(name)
        return known.persian if known else name

    stories: dict[str, tuple[str, ...]] = {}
    told: set[int] = set()
    for leader in range(len(ids)):
        if leader in told:
            continue
        for other in (leader + 1 + np.flatnonzero(possible[leader, leader + 1 :])).tolist():
            first, second = ids[leader], ids[other]
            # An archive may have two names for one agency.
            if other in told or agency(first) == agency(second):
                continue
            if tell_one_story(
                terms(first),
                terms(second),
                float(cosines[leader, other]),
                dated=bool(days[leader] and days[other]),
                copied=second in index.near_duplicates(first),
            ):
                told.add(other)
                stories[first] = (*stories.get(first, ()), second)
    return stories


def _cosines(index: SearchIndex, rows: Sequence[int]) -> NDArray[np.float32]:
    """Return the cosines of the mean vectors of n articles, a passage of each given, (n, n)."""
    passages = index.passages_of(index.article_numbers(rows).tolist()).tolist()
    numbers = index.article_numbers(passages)
    # Passages of one article stand together.
    starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    means = np.add.reduceat(index.vectors(passages), starts, axis=0)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    cosines: NDArray[np.float32] = np.einsum("id,jd->ij", means, means)
    return cosines
