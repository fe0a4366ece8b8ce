"""How sure the answer is: what both channels say of the best passage, and the chance it answers."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

from index.search_index import SynonymGroup
from retrieval.ranking.highlight import covered_idf, max_missing_idf
from retrieval.ranking.ranking import Ranking

# The margin is taken against the mean of this many candidates.
_FIELD = 10


@dataclass(frozen=True, slots=True)
class AnswerFeatures:
    """What speaks for the best passage of a ranking: of a follow-up, by its own words.

    Attributes:
        similarity: its cosine with the question.
        margin: how far the highest cosine is above the mean of the ten highest.
        coverage: share of the question's words, each by how much it tells, that the candidates
            of the passage's article or their title have; 0 when the question has none.
        strength: the highest lexical score, by how much the question's words tell in all.
        missing: how much the most telling of the words that are not covered tells; 0 when all are.
        lead: how far the highest lexical score in the article is above the highest elsewhere, by
            how much the question's words tell in all.
    """

    similarity: float
    margin: float
    coverage: float
    strength: float
    missing: float
    lead: float


class LogisticModel(BaseModel):
    """A logistic regression over `AnswerFeatures`: an intercept and a coefficient for each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intercept: float
    similarity: float
    margin: float
    coverage: float
    strength: float
    missing: float
    lead: float

    def probability(self, evidence: AnswerFeatures) -> float:
        """Return the chance in [0, 1] that the archive answers the question."""
        values = asdict(evidence)
        logit = self.intercept + sum(getattr(self, name) * values[name] for name in values)
        return 0.5 * (1 + math.tanh(logit / 2))


def extract_features(
    ranking: Ranking, weights: Sequence[tuple[SynonymGroup, float]]
) -> AnswerFeatures:
    """Gather the evidence for the first passage of a ranking.

    Args:
        ranking: the candidates, at least one.
        weights: the words that are asked now, with how much each tells.
    """
    cosines, lexical = ranking.own_cosines, ranking.own_lexical
    nearest = np.sort(cosines)[::-1][:_FIELD]
    total = sum(weight for _, weight in weights)
    inside = ranking.articles == ranking.articles[0]
    present: set[str] = set()
    for terms in ranking.terms(ranking.rows[inside].tolist()):
        present |= terms.title | terms.text
    lead = lexical[inside].max() - lexical[~inside].max(initial=0)
    return AnswerFeatures(
        similarity=float(cosines[0]),
        margin=float(nearest[0] - nearest.mean()),
        coverage=covered_idf(present, weights) / total if total else 0.0,
        strength=float(lexical.max()) / total if total else 0.0,
        missing=max_missing_idf(present, weights),
        lead=float(lead) / total if total else 0.0,
    )
