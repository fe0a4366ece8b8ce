"""Judging of single articles: whether asking would find each, were it the best one."""

from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.search_index import SearchIndex
from retrieval.learned import LearnedParameters
from retrieval.pipeline.searcher import Searcher
from retrieval.query.query import Query
from retrieval.ranking.confidence import extract_features
from retrieval.ranking.ranking import RankingOptions, rank, search


@dataclass(frozen=True, slots=True)
class JudgedArticle:
    """How likely an article answers a query.

    Attributes:
        row: of its best passage.
        probability: calibrated chance in [0, 1] that it answers.
    """

    row: int
    probability: float


class ArticleJudge:
    """Judges articles by the search and the model of a question; without the reranker."""

    def __init__(
        self,
        index: SearchIndex,
        searcher: Searcher,
        options: RankingOptions,
        learned: LearnedParameters,
    ) -> None:
        """Judge articles of `index`, which `searcher` searches."""
        self._index = index
        self._searcher = searcher
        self._options = options
        self._learned = learned

    def judge(
        self, query: Query, vector: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> list[JudgedArticle]:
        """Judge some articles, each against what matches less well than it.

        Args:
            query: what is asked.
            vector: (dimension,) of the query.
            rows: of all passages of the articles, which are candidates even where neither channel
                proposes them.

        Returns:
            The articles, best first.
        """
        encoded: Future[NDArray[np.float32]] = Future()
        encoded.set_result(vector)
        [hits] = search(self._index, [query], [encoded], self._options)
        weights = self._searcher.with_idf(query.groups)
        fusion = self._learned.fusion.of(query.language)
        ranking = rank(self._index, hits, fusion, self._options, further=rows)
        judged, better = [], np.zeros(len(ranking.rows), np.bool_)
        asked = set(np.unique(self._index.article_numbers(rows.tolist())).tolist())
        _, firsts = np.unique(ranking.articles, return_index=True)
        for first in np.sort(firsts).tolist():
            article = int(ranking.articles[first])
            if article in asked:
                features = extract_features(ranking.select(np.flatnonzero(~better)), weights)
                probability = self._searcher.probability(query, features)
                judged.append(JudgedArticle(int(ranking.rows[first]), probability))
            better |= ranking.articles == article
        return judged
