"""A small archive, authored for these tests, and a retriever over it."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from index.article import Article
from index.snapshots.snapshot import Snapshot
from retrieval.learned import LearnedParameters, PerLanguage
from retrieval.logistic import LogisticModel
from retrieval.ranking.confidence import AnswerFeatures
from retrieval.ranking.fusion import FusionWeights
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings
from tests.retrieval.support.archive import ARCHIVE

# The defaults are for the cosines of a real model; with `word_encoder` words are what counts.
_NO_FEATURES = dict.fromkeys((field.name for field in fields(AnswerFeatures)), 0.0)
_NO_FEATURES.pop("logit")
_WEIGHTS = FusionWeights(articles=0.5, passages=0.9)
_BY_COVERAGE = LogisticModel(intercept=-4, coefficients=_NO_FEATURES | {"coverage": 8.0})
_LEARNED = LearnedParameters.load().model_copy(
    update={
        "fusion": PerLanguage[FusionWeights](fa=_WEIGHTS, en=_WEIGHTS, fa_latn=_WEIGHTS),
        "confidence": PerLanguage[LogisticModel](
            fa=_BY_COVERAGE, en=_BY_COVERAGE, fa_latn=_BY_COVERAGE
        ),
        "followup_confidence": _BY_COVERAGE,
    }
)

OpenRetriever = Callable[..., Retriever]


@pytest.fixture
def open_retriever(build_index, word_encoder) -> OpenRetriever:
    """Index articles (the archive above by default) and open a retriever over them."""

    def open_now(
        *articles: Article | Path, today: Callable[[], date] = date.today, **settings: object
    ) -> Retriever:
        index_settings, _ = build_index(*(articles or ARCHIVE), min_passage_tokens=0)
        snapshot = Snapshot.open_current(index_settings.directory)
        return Retriever(snapshot, word_encoder, RetrievalSettings(**settings), today, _LEARNED)

    return open_now


@pytest.fixture
def retriever(open_retriever) -> Retriever:
    return open_retriever()
