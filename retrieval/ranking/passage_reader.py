"""Ranked passages as the reranker reads them, and what it reads in them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.encoders.passage_reading import PassageReading
from index.search_index import SearchIndex
from retrieval.ranking.ranking import Ranking
from retrieval.ranking.reranking import RerankService, reranker_text


class PassageReader:
    """Has the passages of a ranking read together with their question."""

    def __init__(self, index: SearchIndex, reranker: RerankService) -> None:
        """Read passages of `index` by `reranker`."""
        self._index = index
        self._reranker = reranker

    def read(self, question: str, ranking: Ranking, places: Sequence[int]) -> list[PassageReading]:
        """Return the readings of the passages at some places of a ranking.

        Places behind its end are left out. The spans count from the beginning of the passage's
        text; what the model reads before it (title, lead) answers nothing.

        Raises:
            EncoderError: the model cannot be loaded.
        """
        places = [place for place in places if place < len(ranking.rows)]
        passages = [ranking.passages[place] for place in places]
        texts = [
            reranker_text(passage, lead)
            for passage, lead in zip(passages, self._leads(ranking, places), strict=True)
        ]
        readings = self._reranker.submit([(question, text) for text in texts]).result()
        return [
            replace(one, span=one.span.behind(len(text) - len(passage.text))) if one.span else one
            for one, text, passage in zip(readings, texts, passages, strict=True)
        ]

    def _leads(self, ranking: Ranking, places: Sequence[int]) -> list[str]:
        """Return the lead of the article of each of some passages; "" for a lead itself."""
        articles = np.unique(ranking.articles[places]).tolist()
        firsts = [int(self._index.passages_of([article])[0]) for article in articles]
        texts = {
            article: passage.text if is_lead else ""
            for article, passage, is_lead in zip(
                articles,
                self._index.passages(firsts),
                self._index.is_lead(firsts).tolist(),
                strict=True,
            )
        }
        pairs = zip(ranking.articles[places].tolist(), ranking.leads[places].tolist(), strict=True)
        return ["" if is_lead else texts[article] for article, is_lead in pairs]
