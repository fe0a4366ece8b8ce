"""Near-duplicates: agencies copy each other and report the same, and articles repeat their lead."""

from collections.abc import Callable, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from index.text.passages import Passage

# Two passages are near-duplicates when the shorter one has this share of its words in the other.
_SHARE = 0.85
# Shorter texts share their words by chance.
_MIN_TERMS = 5

# Two articles tell one story if they are as near in meaning (cosine) and have as many terms in
# common, of the shorter one and of both together: two long interviews with one person have most
# words of the shorter one in common. Measured on pairs that were read; see docs/measurements.md.
NEAR = 0.90
_COMMON = 0.57
_COMMON_OF_BOTH = 0.31
# Reports of two days, a training or a price, differ more in words than copies of one report. Only
# copies count where an article has no date.
_NEAR_COPY = 0.94
_COMMON_OF_COPIES = 0.65
_MOST_DAYS = 2
# In a few sentences, what such news always says weighs more.
_FEW_TERMS = 30
_NEAR_OF_FEW = 0.925


def deduplicate(
    passages: Sequence[Passage],
    articles: Sequence[int],
    terms_at: Callable[[int], frozenset[str]],
    limit: int,
    left_out: Set[int] = frozenset(),
) -> list[tuple[int, int]]:
    """Choose the passages to show: near-duplicates once.

    A lead that repeats a paragraph of its own article gives its place to that paragraph, which
    has a number to cite and says more.

    Args:
        passages: best first.
        articles: a number of each one's article.
        terms_at: gives the index terms of the text of the passage at a position.
        limit: how many to show at most.
        left_out: numbers of articles of which nothing is shown.

    Returns:
        For each place in the answer, the position in `passages` that earned it, and that of the
        passage to show there; a longer answer begins with the shorter one.
    """
    shown: list[tuple[int, int]] = []
    terms: list[frozenset[str]] = []
    for position, article in enumerate(articles):
        if article in left_out:
            continue
        own = terms_at(position)
        if any(_alike(own, other) for other in terms):
            continue
        if len(shown) == limit:
            break
        repeated = None
        if not passages[position].paragraphs:
            repeated = _repeated(position, passages, articles, terms_at)
        chosen = position if repeated is None else repeated
        shown.append((position, chosen))
        terms.append(own if chosen == position else own | terms_at(chosen))
    return shown


def may_tell_one_story(days: NDArray[np.int32], agencies: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which pairs of n articles may tell one story by agency and day, (n, n).

    Args:
        days: (n,) ordinals of their days, 0 for none.
        agencies: (n,) numbers of their agencies, -1 for none. Two reports of one agency are two
            stories.
    """
    dated = (days[:, None] > 0) & (days > 0)
    close = np.abs(days[:, None] - days) <= _MOST_DAYS
    others = (agencies[:, None] != agencies) & (agencies[:, None] >= 0) & (agencies >= 0)
    possible: NDArray[np.bool_] = others & (close | ~dated)
    return possible


def near_in_meaning(cosine: float, *, copies: bool) -> bool:
    """Return whether two articles are near enough for one story.

    Args:
        cosine: of their mean vectors.
        copies: whether only near copies count.
    """
    return cosine >= (_NEAR_COPY if copies else NEAR)


def tell_one_story(
    first: Set[str], second: Set[str], cosine: float, *, copies: bool, linked: bool
) -> bool:
    """Return whether two articles tell one story that are near in time and in meaning.

    Args:
        first: index terms of the one, its title included.
        second: those of the other.
        cosine: of their mean vectors.
        copies: whether only near copies count.
        linked: whether they are near-duplicates by their sketches.
    """
    numbers = [{term for term in terms if term[0].isdigit()} for terms in (first, second)]
    # Tomorrow's prices and the next earthquake are reported in the same words.
    if 2 * len(numbers[0] & numbers[1]) < min(map(len, numbers)):
        return False
    shorter = min(len(first), len(second))
    if shorter < _FEW_TERMS and cosine < _NEAR_OF_FEW:
        return False
    share = _COMMON_OF_COPIES if copies else _COMMON
    common = len(first & second)
    return linked or common >= max(share * shorter, _COMMON_OF_BOTH * len(first | second), 1)


def _repeated(
    lead: int,
    passages: Sequence[Passage],
    articles: Sequence[int],
    terms_at: Callable[[int], frozenset[str]],
) -> int | None:
    """Return where the paragraphs are that a lead repeats, if they are among the passages."""
    own = terms_at(lead)
    others = (at for at, article in enumerate(articles) if article == articles[lead])
    paragraphs = (at for at in others if passages[at].paragraphs)
    return next((at for at in paragraphs if _alike(own, terms_at(at))), None)


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    shorter = min(len(first), len(second))
    return shorter >= _MIN_TERMS and len(first & second) >= _SHARE * shorter
