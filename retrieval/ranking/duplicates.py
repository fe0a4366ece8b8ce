"""Near-duplicate passages: agencies copy each other, and articles repeat their lead."""

from collections.abc import Callable, Sequence

from index.text.passages import Passage

# Two passages are near-duplicates when the shorter one has this share of its words in the other.
_SHARE = 0.85
# Shorter texts share their words by chance.
_MIN_TERMS = 5


def deduplicate(
    passages: Sequence[Passage],
    articles: Sequence[int],
    terms_at: Callable[[int], frozenset[str]],
    limit: int,
) -> list[tuple[int, int]]:
    """Choose the passages to show: near-duplicates once.

    A lead that repeats a paragraph of its own article gives its place to that paragraph, which
    has a number to cite and says more.

    Args:
        passages: best first.
        articles: a number of each one's article.
        terms_at: gives the index terms of the text of the passage at a position.
        limit: how many to show at most.

    Returns:
        For each place in the answer, the position in `passages` that earned it, and that of the
        passage to show there; a longer answer begins with the shorter one.
    """
    shown: list[tuple[int, int]] = []
    terms: list[frozenset[str]] = []
    for position, passage in enumerate(passages):
        own = terms_at(position)
        if any(_alike(own, other) for other in terms):
            continue
        if len(shown) == limit:
            break
        repeated = None if passage.paragraphs else _repeated(position, passages, articles, terms_at)
        chosen = position if repeated is None else repeated
        shown.append((position, chosen))
        terms.append(own if chosen == position else own | terms_at(chosen))
    return shown


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
