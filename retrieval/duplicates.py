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
        For each place in the answer, the position in `passages` that earned it, and the passage.
    """
    shown: list[tuple[int, Passage]] = []
    terms: list[frozenset[str]] = []
    for position, passage in enumerate(passages):
        own = frozenset(index_terms(passage.text))
        twin = next((at for at, other in enumerate(terms) if _alike(own, other)), None)
        if twin is None:
            if len(shown) == limit:
                break
            shown.append((position, passage))
            terms.append(own)
        elif _is_lead_of(shown[twin][1], passage):
            shown[twin] = (shown[twin][0], passage)
            terms[twin] = own
    return shown


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    shorter = min(len(first), len(second))
    return shorter >= _MIN_TERMS and len(first & second) >= _SHARE * shorter


def _is_lead_of(lead: Passage, passage: Passage) -> bool:
    same_article = lead.article_id == passage.article_id
    return same_article and not lead.paragraphs and bool(passage.paragraphs)
