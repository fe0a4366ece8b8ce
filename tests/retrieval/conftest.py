"""A small archive, authored for these tests, and a retriever over it."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date

import pytest

from index.article import Article
from index.snapshots.snapshot import Snapshot
from retrieval.learned import LearnedParameters, PerLanguage
from retrieval.logistic import LogisticModel
from retrieval.ranking.confidence import AnswerFeatures
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings

ARCHIVE = (
    Article(
        id="astrakhan",
        title="دانشگاه‌های آستراخان",
        abstract="استاندار آستراخان از رشد شمار دانشجویان خارجی خبر داد.",
        paragraphs=(
            "استاندار گفت بندر تازه سال آینده افتتاح می‌شود. کشتی‌های بزرگ از آن استفاده می‌کنند.",
            "بیش از ۵ هزار دانشجوی ایرانی در مراکز آموزشی منطقه درس می‌خوانند. هوا سرد است.",
            "كشاورزي و صيد ماهي در دلتای ولگا رونق دارد و گندم صادر می‌شود.",
        ),
        agency="ایلنا",
        date=date(2025, 11, 18),
        code="1715776",
        link="https://example.org/1715776",
    ),
    Article(
        id="wrestling",
        title="قهرمانی کشتی آزاد",
        paragraphs=(
            "حسن یزدانی در فینال مسابقات جهانی رقیب آمریکایی خود را شکست داد و طلا گرفت.",
            "مربی تیم ملی کشتی گفت اردوی بعدی در مازندران برگزار خواهد شد.",
        ),
        agency="ورزش سه",
    ),
    Article(
        id="pos",
        title="نصب دستگاه POS در دفاتر روستایی",
        paragraphs=("پست بانک 1500 دستگاه POS خرید و در دفاتر ICT روستایی نصب کرد.",),
    ),
)

# The defaults are for the cosines of a real model; with `word_encoder` words are what counts.
_NO_FEATURES = dict.fromkeys((field.name for field in fields(AnswerFeatures)), 0.0)
_BY_COVERAGE = LogisticModel(intercept=-4, coefficients=_NO_FEATURES | {"coverage": 8.0})
_LEARNED = LearnedParameters.load().model_copy(
    update={
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
        *articles: Article, today: Callable[[], date] = date.today, **settings: object
    ) -> Retriever:
        index_settings, _ = build_index(*(articles or ARCHIVE), min_passage_tokens=0)
        snapshot = Snapshot.open_current(index_settings.directory)
        return Retriever(snapshot, word_encoder, RetrievalSettings(**settings), today, _LEARNED)

    return open_now


@pytest.fixture
def retriever(open_retriever) -> Retriever:
    return open_retriever()
