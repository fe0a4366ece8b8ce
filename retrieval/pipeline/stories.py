"""Stories: articles of a result list that report the same in several agencies."""

from collections.abc import Mapping, Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from index.search_index import SearchIndex
from retrieval.query.agencies import known_agency
from retrieval.ranking.duplicates import (
    NEAR,
    may_tell_one_story,
    near_in_meaning,
    tell_one_story,
)

# Articles that are compared; copies of a good one are near it in the list.
_FIRST = 20


def find_republications(index: SearchIndex, rows: Sequence[int]) -> Mapping[int, tuple[int, ...]]:
    """Find the articles that tell the story of a better one in other agencies' words.

    The better-placed article leads its story, not the earliest: it has the passage that answers.

    Args:
        index: has the articles.
        rows: of the passages of a result list, best first.

    Returns:
        The numbers of the others by the number of the one that leads, best first.
    """
    numbers, places = np.unique(index.article_numbers(rows), return_index=True)
    order = np.argsort(places)[:_FIRST]
    articles, own_rows = numbers[order], np.asarray(rows)[places[order]].tolist()
    possible = may_tell_one_story(index.dates(own_rows), index.agency_numbers(own_rows))
    # Most archives are of one agency, and most lists of different days: nothing is read for them.
    able = possible.any(axis=1)
    if not able.any():
        return {}
    compared = _Articles(index, articles[able].tolist(), list(compress(own_rows, able)))
    return compared.stories(possible[np.ix_(able, able)])


class _Articles:
    """Articles that may tell one story, by their places in a result list."""

    def __init__(self, index: SearchIndex, numbers: Sequence[int], rows: Sequence[int]) -> None:
        """Compare the articles of some numbers; `rows` has a passage of each."""
        self._index = index
        self._numbers = numbers
        self._rows = rows
        self._dated = (index.dates(rows) > 0).tolist()
        self._means = index.article_vectors(numbers)
        # Made where two articles are near, which is seldom.
        self._cosines: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._terms: dict[int, frozenset[str]] = {}

    def stories(self, possible: NDArray[np.bool_]) -> dict[int, tuple[int, ...]]:
        """Return the other articles of each story by the one that leads.

        Args:
            possible: (n, n), which may tell one story by agency and day.
        """
        first, second = np.nonzero(np.triu(possible))
        pairs = np.einsum("nd,nd->n", self._means[first], self._means[second])
        if not (pairs >= NEAR).any():
            return {}
        self._cosines = np.einsum("id,jd->ij", self._means, self._means)
        near = self._cosines >= NEAR
        np.fill_diagonal(near, val=False)
        # Read together: on a server, each call is a round trip.
        places = np.flatnonzero(near.any(axis=1)).tolist()
        terms = self._index.article_terms([self._numbers[place] for place in places])
        self._terms = dict(zip(places, terms, strict=True))
        found: dict[int, tuple[int, ...]] = {}
        waiting = list(range(len(self._numbers)))
        while waiting:
            leader, *waiting = waiting
            others = self._others(leader, [at for at in waiting if possible[leader, at]])
            if others:
                found[self._numbers[leader]] = tuple(self._numbers[at] for at in others)
                waiting = [at for at in waiting if at not in others]
        return found

    def _others(self, leader: int, able: Sequence[int]) -> list[int]:
        story = [leader]
        for member in story:  # which grows meanwhile
            # A copy of another report of the story may share less with the one that leads.
            story += [
                at
                for at in able
                if at not in story
                and self._tell_one_story(member, at, copies=member != leader)
                # An archive may have two names for one agency.
                and self._agency(at) != self._agency(leader)
            ]
        return sorted(story[1:])

    def _tell_one_story(self, first: int, second: int, *, copies: bool) -> bool:
        copies = copies or not (self._dated[first] and self._dated[second])
        cosine = float(self._cosines[first, second])
        if not near_in_meaning(cosine, copies=copies):
            return False
        linked = self._id(second) in self._index.near_duplicates(self._id(first))
        one, other = self._terms[first], self._terms[second]
        return tell_one_story(one, other, cosine, copies=copies, linked=linked)

    def _id(self, place: int) -> str:
        [passage] = self._index.passages([self._rows[place]])
        return passage.article_id

    def _agency(self, place: int) -> str:
        article = self._index.article(self._id(place))
        name = article.agency if article and article.agency else ""
        known = known_agency(name)
        return known.persian if known else name
