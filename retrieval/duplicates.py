"""Near-duplicate passages: agencies repeat each other, and articles repeat their lead."""

from collections.abc import Sequence

from index.passages import Passage
from index.persian import index_terms

# Two passages are near-duplicates when the shorter one has this share of its words in the other.
_SHARE = 0.85
# Shorter texts share their words by chance.
_MIN_TERMS = 5


def distinct(passages: Sequence[Passage], limit: int) -> list[tuple[int, Passage]]:
    """Choose the passages to show: near-duplicates once.

    A lead that repeats a paragraph of its own article gives its place to that paragraph, which
    has a number to cite and says more.

    Args:
        passages: best first.
        limit: how many to show at most.

    Returns:
        For each place in the answer, the position in `passages` that earned it, and the passage;
        a longer answer begins with the shorter one.
    """
    shown: list[tuple[int, Passage]] = []
    terms: list[frozenset[str]] = []
    for position, passage in enumerate(passages):
        own = _terms(passage)
        if any(_alike(own, other) for other in terms):
            continue
        if len(shown) == limit:
            break
        chosen = passage if passage.paragraphs else _repeated(passage, passages) or passage
        shown.append((position, chosen))
        terms.append(own if chosen is passage else own | _terms(chosen))
    return shown


def _repeated(lead: Passage, passages: Sequence[Passage]) -> Passage | None:
    """Return the paragraphs of its article that a lead repeats, if they are among the passages."""
    own = _terms(lead)
    article = (p for p in passages if p.article_id == lead.article_id and p.paragraphs)
    return next((passage for passage in article if _alike(own, _terms(passage))), None)


def _terms(passage: Passage) -> frozenset[str]:
    return frozenset(index_terms(passage.text))


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    shorter = min(len(first), len(second))
    return shorter >= _MIN_TERMS and len(first & second) >= _SHARE * shorter
