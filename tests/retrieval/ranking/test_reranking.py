"""Reranking: the first passages in another order, only where that can change something."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import pytest

from index.article import Article
from index.encoders.passage_reading import PassageReading
from index.encoders.reranker import Reranker
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from index.text.passages import Passage
from retrieval.answers import Answer
from retrieval.evaluation.eval_runs import run_questions
from retrieval.evaluation.questions import Answerable, EvalQuery
from retrieval.learned import LearnedParameters, PerLanguage, SpanModel
from retrieval.logistic import LogisticModel
from retrieval.presentation.serialization import answer_record
from retrieval.ranking.reranking import (
    Reranking,
    RerankService,
    make_rerank_service,
    reranker_text,
)
from retrieval.ranking.spans import SpanFeatures
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings
from tests.retrieval.support.pointing import pointing_at

ARTICLE = Article(
    id="oil",
    title="نفت",
    abstract="وزیر نفت از صادرات گفت. او در تهران بود.",
    paragraphs=(
        "قیمت نفت بالا رفت.",
        "صادرات نفت ایران بیشتر شد.",
        "تولید نفت در دریای خزر آغاز می‌شود.",
    ),
)
QUESTION = "صادرات نفت ایران چقدر است؟"


class PreferringReranker:
    """Prefers passages that have a word, and remembers what it read."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.calls: list[list[tuple[str, str]]] = []

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        self.calls.append(list(pairs))
        return [PassageReading(8.0 if self.word in passage else -8.0) for _, passage in pairs]


class PointingReranker(PreferringReranker):
    """Points at some words, wherever a passage has them."""

    def __init__(self, word: str, answer: str, strength: float = 9.0) -> None:
        super().__init__(word)
        self.answer, self.strength = answer, strength

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        return [
            replace(reading, span=pointing_at(passage, self.answer, self.strength))
            if self.answer in passage
            else reading
            for reading, (_, passage) in zip(super().read(pairs), pairs, strict=True)
        ]


@pytest.fixture
def open_reranking(build_index, word_encoder):
    """Open a retriever over one article with a reranker."""

    def open_now(reranker: Reranker, **settings: object) -> Retriever:
        index_settings, _ = build_index(ARTICLE, min_passage_tokens=0)
        always = LogisticModel(intercept=0, coefficients=dict.fromkeys(FEATURES, 0.0))
        by_logit = LogisticModel(intercept=0, coefficients={**always.coefficients, "logit": 1.0})
        learned = LearnedParameters.load().model_copy(
            update={
                "answer_span": SpanModel(confidence=BY_CHANCE, threshold=0.8),
                "rerank_weight": PerLanguage[float](fa=1.0, en=1.0, fa_latn=1.0),
                "followup_rerank_weight": 1.0,
                "confidence": PerLanguage[LogisticModel](fa=always, en=always, fa_latn=always),
                "reranked_confidence": PerLanguage[LogisticModel](
                    fa=by_logit, en=by_logit, fa_latn=by_logit
                ),
            }
        )
        return Retriever(
            Snapshot.open_current(index_settings.directory),
            word_encoder,
            RetrievalSettings(**{"rerank_reach": 10, **settings}),
            learned=learned,
            reranker=RerankService(lambda: reranker),
        )

    return open_now


FEATURES = (
    *("similarity", "margin", "coverage", "lexical_score", "max_missing_idf", "lexical_margin"),
    *("covered_idf", "number_contradicted"),
    "number_contradicted",
)


BY_CHANCE = LogisticModel(
    intercept=-18,
    coefficients=dict.fromkeys((field.name for field in fields(SpanFeatures)), 0.0)
    | {"chance": 20.0},
)


def marked(answer: Answer) -> list[str | None]:
    """Return the marked words of each passage."""
    return [
        passage.text[slice(*passage.answer_span)] if passage.answer_span else None
        for passage in answer.passages
    ]


def test_the_words_that_answer_are_marked_in_the_first_passage(open_reranking) -> None:
    reranker = PointingReranker("دریای خزر", "دریای خزر")
    answer = open_reranking(reranker, rerank_margin=10).ask(QUESTION)
    assert marked(answer) == ["دریای خزر", *[None] * (len(answer.passages) - 1)]
    first = answer.passages[0]
    assert first.highlight[0] <= first.answer_span[0] < first.answer_span[1] <= first.highlight[1]
    record = answer_record(answer)["passages"]
    assert record[0]["answer_span"] == list(first.answer_span)
    assert record[1]["answer_span"] is None


def test_what_is_not_sure_is_not_marked(open_reranking) -> None:
    reranker = PointingReranker("دریای خزر", "دریای خزر", strength=0.5)
    answer = open_reranking(reranker, rerank_margin=10).ask(QUESTION)
    assert marked(answer)[0] is None
    likely = answer.passages[0].likely_span
    assert likely is not None
    assert likely.confidence < 0.8


def test_words_before_the_passage_do_not_answer(open_reranking) -> None:
    """The title and the lead are read, too, but they are not what is shown."""
    reranker = PointingReranker("دریای خزر", "وزیر نفت")
    answer = open_reranking(reranker, rerank_margin=10).ask(QUESTION)
    assert answer.passages[0].paragraphs == (2,)
    assert "وزیر" not in (marked(answer)[0] or "")


def test_an_answer_in_no_need_of_reranking_is_read_alone_once_the_model_is_there(
    open_reranking,
) -> None:
    reranker = PointingReranker("صادرات", "صادرات نفت")
    retriever = open_reranking(reranker, rerank_margin=0)
    assert marked(retriever.ask(QUESTION))[0] is None
    assert reranker.calls == []
    retriever.warm_up()
    reranker.calls.clear()
    answer = retriever.ask(QUESTION)
    assert (marked(answer)[0], answer.reranking) == ("صادرات نفت", "not needed")
    [[(_, passage)]] = reranker.calls
    assert passage.endswith("صادرات نفت ایران بیشتر شد.")
    # The next page and a question without the reranker have nothing to mark.
    assert marked(retriever.ask(QUESTION, limit=1, offset=1)) == [None]
    assert marked(retriever.ask(QUESTION, rerank=False))[0] is None
    assert len(reranker.calls) == 1


def test_nothing_is_marked_where_nothing_answers(open_reranking) -> None:
    reranker = PointingReranker("دریای خزر", "دریای خزر")
    retriever = open_reranking(reranker, rerank_margin=10, found_threshold=1.0)
    answer = retriever.ask(QUESTION)
    assert not answer.found
    assert set(marked(answer)) == {None}
    assert {passage.likely_span for passage in answer.passages} == {None}


def test_the_first_passages_are_reordered_and_the_chance_counts_the_logit(open_reranking) -> None:
    reranker = PreferringReranker("دریای خزر")
    retriever = open_reranking(reranker, rerank_margin=10)
    answer = retriever.ask(QUESTION)
    assert answer.passages[0].paragraphs == (2,)
    assert answer.reranking == "done"
    assert answer.probability > 0.99
    [pairs] = reranker.calls
    assert {question for question, _ in pairs} == {QUESTION}
    assert "نفت\nوزیر نفت از صادرات گفت.\nقیمت نفت بالا رفت." in {text for _, text in pairs}
    assert "نفت\nوزیر نفت از صادرات گفت. او در تهران بود." in {text for _, text in pairs}
    scores = [passage.score for passage in answer.passages]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_question_may_be_asked_without_the_reranker(open_reranking) -> None:
    reranker = PreferringReranker("دریای خزر")
    answer = open_reranking(reranker, rerank_margin=10).ask(QUESTION, rerank=False)
    assert (answer.reranking, reranker.calls) == ("off", [])
    assert answer.passages[0].paragraphs == (1,)


def test_an_evaluation_judges_a_reranked_answer_without_the_reranker_too(open_reranking) -> None:
    line = Answerable(kind="answerable", article="oil", paragraph=2, q_fa=QUESTION)
    asked = EvalQuery("1 fa", QUESTION, "fa", line)
    reranker = PreferringReranker("دریای خزر")
    [result] = run_questions(open_reranking(reranker, rerank_margin=10), [asked])
    assert result.relevant[0]
    assert result.without_reranking is not None
    assert not result.without_reranking.relevant[0]
    assert len(reranker.calls) == 1
    [result] = run_questions(open_reranking(reranker, rerank_margin=0), [asked])
    assert result.without_reranking is None


def test_why_tells_what_reranking_did(open_reranking) -> None:
    retriever = open_reranking(PreferringReranker("دریای خزر"), rerank_margin=10)
    explanation = retriever.explain(QUESTION, limit=4)
    assert explanation.reranking is Reranking.DONE
    first = explanation.passages[0]
    assert (first.passage.paragraphs, first.logit) == ((2,), 8.0)
    assert first.fused_rank > 1


def test_passages_beyond_the_first_stay_behind_in_their_order(open_reranking) -> None:
    plain = open_reranking(PreferringReranker("x"), rerank_margin=0).ask(QUESTION, limit=4)
    reranked = open_reranking(PreferringReranker("قیمت"), rerank_margin=10, rerank_passages=2).ask(
        QUESTION, limit=4
    )
    ids = [passage.paragraphs for passage in plain.passages]
    assert sorted(ids[:2]) == sorted(p.paragraphs for p in reranked.passages[:2])
    assert ids[2:] == [passage.paragraphs for passage in reranked.passages[2:]]


def test_a_clear_lead_needs_no_reranking(open_reranking) -> None:
    reranker = PreferringReranker("قیمت")
    answer = open_reranking(reranker, rerank_margin=0).ask(QUESTION)
    assert (answer.reranking, reranker.calls) == ("not needed", [])


def test_passages_far_behind_the_first_are_not_read(open_reranking) -> None:
    plain = open_reranking(PreferringReranker("x"), rerank_margin=0).ask(QUESTION, limit=4)
    first, second, third, *_ = (passage.score for passage in plain.passages)
    reranker = PreferringReranker("قیمت")
    between = first - (second + third) / 2
    answer = open_reranking(reranker, rerank_margin=between, rerank_reach=between).ask(QUESTION)
    assert [len(pairs) for pairs in reranker.calls] == [2]
    assert answer.reranking == "done"


def test_a_list_of_the_latest_is_not_reranked(open_reranking) -> None:
    reranker = PreferringReranker("قیمت")
    answer = open_reranking(reranker, rerank_margin=10).ask("آخرین اخبار")
    assert (answer.reranking, reranker.calls) == ("off", [])


def test_a_follow_up_is_reranked_by_the_joined_question(open_reranking) -> None:
    reranker = PreferringReranker("قیمت")
    retriever = open_reranking(reranker, rerank_margin=10, followup_threshold=0.0)
    first = retriever.ask(QUESTION)
    retriever.ask("و قیمت آن؟", conversation=first.conversation)
    asked = {question for question, _ in reranker.calls[-1]}
    [joined] = asked
    assert joined.startswith(QUESTION)
    assert joined.endswith("و قیمت آن؟")


def test_under_load_answers_go_out_without_reranking(open_reranking) -> None:
    begun, let = threading.Semaphore(0), threading.Event()

    class SlowReranker(PreferringReranker):
        def read(self, pairs):
            begun.release()
            assert let.wait(60)
            return super().read(pairs)

    retriever = open_reranking(SlowReranker("قیمت"), rerank_margin=10, rerank_queue=0)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(retriever.ask, QUESTION)
        assert begun.acquire(timeout=60)
        waiting = pool.submit(retriever.ask, QUESTION)
        service = retriever._reranker
        while not service.waiting:
            pass
        assert retriever.ask(QUESTION).reranking == "overloaded"
        let.set()
        assert first.result().reranking == waiting.result().reranking == "done"


def test_questions_of_several_threads_are_scored_together_each_by_itself() -> None:
    service = RerankService(lambda: PreferringReranker("b"))
    futures = [service.submit([("q", text) for text in texts]) for texts in ("ab", "", "bba")]
    scores = [[reading.score for reading in one.result()] for one in futures]
    assert scores == [[-8, 8], [], [8, 8, -8]]


def test_the_model_is_loaded_when_it_is_first_needed_and_once() -> None:
    loaded = []

    def load() -> PreferringReranker:
        loaded.append(1)
        return PreferringReranker("b")

    service = RerankService(load)
    assert (service.waiting, service.loaded, loaded) == (0, False, [])
    service.warm_up()
    assert service.submit([("q", "b")]).result() == [PassageReading(8.0)]
    assert (service.loaded, loaded) == (True, [1])


def test_none_is_no_reranker() -> None:
    assert make_rerank_service("none", IndexSettings()) is None


@pytest.mark.parametrize(
    ("passage", "lead", "expected"),
    [
        (Passage("a", "عنوان", (0,), "متن"), "", "عنوان\nمتن"),
        (Passage("a", "", (0,), "متن"), "جملهٔ اول. جملهٔ دوم.", "جملهٔ اول.\nمتن"),
        (Passage("a", "t", (0,), "x"), "y" * 300, "t\n" + "y" * 200 + "\nx"),
    ],
)
def test_what_the_reranker_reads(passage: Passage, lead: str, expected: str) -> None:
    assert reranker_text(passage, lead) == expected
