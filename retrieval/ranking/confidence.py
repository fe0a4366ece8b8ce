"""Features of how well the best passage of a ranking answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from index.search_index import SynonymGroup
from retrieval.ranking.highlight import covered_idf, max_missing_idf
from retrieval.ranking.number_evidence import contradicts_number
from retrieval.ranking.ranking import Ranking

# The margin is taken against the mean of this many candidates.
_FIELD = 10


@dataclass(frozen=True, slots=True)
class AnswerFeatures:
    """Features of the best passage of a ranking; of a follow-up, for its own words.

    Attributes:
        similarity: its cosine with the question.
        margin: the highest cosine minus the mean of the ten highest.
        coverage: share of the question's words, weighted by IDF, that the candidates of the
            passage's article or their title have; 0 when the question has none.
        lexical_score: the highest lexical score, divided by the sum of the words' IDF.
        max_missing_idf: highest IDF of the words that are not covered; 0 when all are.
        lexical_margin: the highest lexical score in the article minus the highest elsewhere,
            divided by the sum of the words' IDF.
        covered_idf: log(1 + the sum of the covered words' IDF). A share says nothing of
            how much there is to share: an article that has both words of "capital of France" need
            not be about it; one that has ten words of a question is.
        number_contradicted: 1 when the article has another number where the question has one.
        logit: the highest logit of the reranker; None where nothing was reranked.
    """

    similarity: float
    margin: float
    coverage: float
    lexical_score: float
    max_missing_idf: float
    lexical_margin: float
    covered_idf: float
    number_contradicted: float
    logit: float | None = None

    def values(self) -> dict[str, float]:
        """Return the features that there are, by name."""
        found = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in found if value is not None}


def extract_features(
    ranking: Ranking, weights: Sequence[tuple[SynonymGroup, float]]
) -> AnswerFeatures:
    """Return the features of the first passage of a ranking.

    Args:
        ranking: the candidates, at least one.
        weights: the words of this turn with their IDF.
    """
    cosines, lexical = ranking.own_cosines, ranking.own_lexical
    nearest = np.sort(cosines)[::-1][:_FIELD]
    total = sum(idf for _, idf in weights)
    inside = ranking.articles == ranking.articles[0]
    article = ranking.terms(ranking.rows[inside].tolist())
    present: set[str] = set()
    for terms in article:
        present |= terms.title | terms.text
    covered = covered_idf(present, weights)
    margin = lexical[inside].max() - lexical[~inside].max(initial=0)
    return AnswerFeatures(
        similarity=float(cosines[0]),
        margin=float(nearest[0] - nearest.mean()),
        coverage=covered / total if total else 0.0,
        lexical_score=float(lexical.max()) / total if total else 0.0,
        max_missing_idf=max_missing_idf(present, weights),
        lexical_margin=float(margin) / total if total else 0.0,
        covered_idf=math.log1p(covered),
        number_contradicted=float(contradicts_number(article, [group for group, _ in weights])),
        logit=None if np.isnan(ranking.logits).all() else float(np.nanmax(ranking.logits)),
    )
