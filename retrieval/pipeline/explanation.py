"""Explanations: why a passage is where it is in an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.search_index import SynonymGroup
from index.text.passages import Passage
from index.text.persian import index_terms
from retrieval.pipeline.results import ResultList
from retrieval.pipeline.searcher import SearchResult
from retrieval.query.query import Correction
from retrieval.ranking.confidence import AnswerFeatures
from retrieval.ranking.reranking import Reranking
from retrieval.ranking.timing import Timings


@dataclass(frozen=True, slots=True)
class MatchedWord:
    """A word of the question, with the terms that a passage has for it.

    Attributes:
        source: the word as it was typed.
        terms: its terms in the passage or its title; empty when there are none.
        idf: its inverse document frequency.
    """

    source: str
    terms: tuple[str, ...]
    idf: float


@dataclass(frozen=True, slots=True)
class PassageReasons:
    """Reasons for one passage of an answer.

    Attributes:
        passage: the passage.
        score: its fused score, in [0, 1].
        cosine: of its vector with the question's.
        dense_rank: its rank by cosine, from 1.
        lexical: its lexical score; 0 when the lexical channel did not find it.
        lexical_rank: its rank by lexical score, from 1; None when it was not found.
        prior: score that the conversation or a period in the question adds, before scaling.
        recency: the most that its date adds to its score, before scaling; 0 unless the question
            is about the present.
        fused_rank: its rank by fused score, from 1.
        logit: of the reranker; None when it did not read the passage.
        words: the question's words.
    """

    passage: Passage
    score: float
    cosine: float
    dense_rank: int
    lexical: float
    lexical_rank: int | None
    prior: float
    recency: float
    fused_rank: int
    logit: float | None
    words: tuple[MatchedWord, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Reasons for the answer to a question.

    Attributes:
        language: of the question.
        searched: the encoded text; in a follow-up it begins with the question before.
        follows: the question that it follows up, or None.
        corrections: words that the archive does not have, and what was searched for instead.
        probability: calibrated chance in [0, 1] that the first passage answers.
        evidence: the features that the probability is computed from; None without passages.
        reranking: what became of reranking.
        passages: the first passages with their reasons.
        timings: seconds that each stage of finding them took.
    """

    language: str
    searched: str
    follows: str | None
    corrections: tuple[Correction, ...]
    probability: float
    evidence: AnswerFeatures | None
    reranking: Reranking
    passages: tuple[PassageReasons, ...]
    timings: Timings


def explain(
    results: ResultList, search: SearchResult, positions: Sequence[int], timings: Timings
) -> Explanation:
    """Explain the passages at some positions of a result list.

    Args:
        results: the result list.
        search: the search that it was made from.
        positions: of the passages in `results`.
        timings: seconds that each stage took.
    """
    places = {row: at for at, row in enumerate(search.ranking.rows.tolist())}
    return Explanation(
        language=results.language,
        searched=search.query.encoder_text,
        follows=search.antecedent.question if search.antecedent else None,
        corrections=search.own_query.corrections,
        probability=search.probability,
        evidence=search.features,
        reranking=search.reranking,
        passages=tuple(_reasons(search, places[results.rows[at]]) for at in positions),
        timings=timings,
    )


def _reasons(search: SearchResult, at: int) -> PassageReasons:
    ranking = search.ranking
    passage = ranking.passages[at]
    present = set(index_terms(f"{passage.title}\n{passage.text}"))
    idf = dict(search.weights)
    lexical = float(ranking.lexical[at])
    return PassageReasons(
        passage=passage,
        score=float(ranking.scores[at]),
        cosine=float(ranking.cosines[at]),
        dense_rank=1 + int((ranking.cosines > ranking.cosines[at]).sum()),
        lexical=lexical,
        lexical_rank=1 + int((ranking.lexical > lexical).sum()) if lexical else None,
        prior=float(ranking.prior[at]),
        recency=float(ranking.recency[at]),
        fused_rank=int(ranking.fused_ranks[at]),
        logit=None if np.isnan(ranking.logits[at]) else float(ranking.logits[at]),
        words=tuple(
            MatchedWord(word.source, _matched(word.group, present), idf[word.group])
            for word in search.query.words
        ),
    )


def _matched(group: SynonymGroup, present: set[str]) -> tuple[str, ...]:
    """Return the terms of the most trusted alternative that a passage has."""
    having = [option for option in group.alternatives if present.issuperset(option.terms)]
    return max(having, key=lambda option: option.weight).terms if having else ()
