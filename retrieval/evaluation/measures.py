"""Measures of evaluation runs, by groups of questions.

"Recall at k" asks whether any relevant passage is among the first k: paragraphs in `also` are
other places of the same answer, not further answers.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import ir_measures
import numpy as np
from ir_measures import RR, P, Qrel, ScoredDoc, Success
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from retrieval.evaluation.eval_runs import QueryResult
from retrieval.evaluation.questions import FOLLOWUP
from retrieval.query.query import ENGLISH, PERSIAN

# P@1 of English as a share of that of Persian.
SHARE_OF_PERSIAN = "P@1 of fa"
ANSWER_EM, ANSWER_F1 = "answer EM", "answer F1"
# Added to the name of a group, for the same questions without the reranker.
WITHOUT_RERANKING = "without reranking"
_MEASURES = {
    "P@1": P @ 1,
    "P@3": P @ 3,
    "P@5": P @ 5,
    "R@5": Success @ 5,
    "R@10": Success @ 10,
    "MRR@10": RR @ 10,
}


def measure(results: Sequence[QueryResult]) -> dict[str, dict[str, float]]:
    """Return the measures of every group of results; see `group_results`.

    Keys of a group:

    - n: answerable questions;
    - the measures over passages and, after "article ", over articles;
    - where the group has both kinds of questions: auc (ROC AUC of the probability), missed (false
      negative rate: answerable, but not found), invented (false positive rate: unanswerable, but
      found);
    - P@1 of fa: in English, as a share of Persian's;
    - follows: the share treated as follow-ups, where a question came before;
    - sentence: the share of right first passages whose answering sentence is right;
    - answer EM and answer F1: exact match and token F1 of the likeliest answer in right first
      passages;
    - marked: the share of the answerable questions whose answer is marked;
    - marked right: the share of the marked answers, those of unanswerable questions too, whose F1
      is at least 0.5;
    - reranked: the share that was reranked, where some were;
    - p50 and p95, in milliseconds.
    """
    measured = {name: _measure_group(group) for name, group in group_results(results).items()}
    persian = measured.get(PERSIAN, {}).get("P@1")
    english = measured.get(ENGLISH, {}).get("P@1")
    if persian and english is not None:
        measured[ENGLISH][SHARE_OF_PERSIAN] = english / persian
    return measured


def group_results(results: Sequence[QueryResult]) -> dict[str, list[QueryResult]]:
    """Return the results by groups: languages, and the styles of answerable questions within them.

    Follow-ups are a style, and are not counted in their language. A language and its follow-ups
    have a second group with the answers without reranking, if any of them was reranked.
    """
    groups: dict[str, list[QueryResult]] = defaultdict(list)
    for result in results:
        if result.style != FOLLOWUP:
            groups[result.language].append(result)
        if result.answerable:
            groups[f"{result.language} {result.style}"].append(result)
    languages = {result.language for result in results}
    for name in sorted(languages | {f"{language} {FOLLOWUP}" for language in languages}):
        if any(result.without_reranking for result in groups.get(name, ())):
            # Without the reranker, which reads where the answer is, nothing would be marked.
            groups[f"{name} {WITHOUT_RERANKING}"] = [
                replace(result.without_reranking or result, span=None) for result in groups[name]
            ]
    return dict(sorted(groups.items()))


def ranking_measures(judged: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Average the measures over lists of judgements, best passage first."""
    return {name: float(values.mean()) for name, values in question_measures(judged).items()}


def question_measures(judged: Sequence[Sequence[bool]]) -> dict[str, NDArray[np.float64]]:
    """Return the measures of each of n lists of judgements, best passage first: (n,) by name."""
    # Every question has an answer somewhere, which "gold" stands for when it was not retrieved.
    qrels = [Qrel(str(query), "gold", 1) for query in range(len(judged))]
    run = []
    for query, relevant in enumerate(judged):
        for rank, is_relevant in enumerate(relevant):
            run.append(ScoredDoc(str(query), str(rank), -rank))
            if is_relevant:
                qrels.append(Qrel(str(query), str(rank), 1))
    names = {measured: name for name, measured in _MEASURES.items()}
    values = {name: np.zeros(len(judged)) for name in _MEASURES}
    for one in ir_measures.iter_calc(list(names), qrels, run):
        values[names[one.measure]][int(one.query_id)] = one.value
    return values


def span_measures(results: Sequence[QueryResult]) -> dict[str, NDArray[np.float64]]:
    """Return exact match and F1 of the likeliest answers in right first passages, (n,) by name."""
    spans = [r.span for r in results if r.span is not None and r.relevant[:1] == (True,)]
    if not spans:
        return {}
    return {
        ANSWER_EM: np.array([span.exact for span in spans], np.float64),
        ANSWER_F1: np.array([span.f1 for span in spans]),
    }


def _measure_group(results: Sequence[QueryResult]) -> dict[str, float]:
    answerable = [result for result in results if result.answerable]
    unanswerable = [result for result in results if not result.answerable]
    values: dict[str, float] = {"n": len(answerable)}
    if answerable:
        values |= ranking_measures([result.relevant for result in answerable])
        articles = ranking_measures([_by_article(result) for result in answerable])
        values |= {f"article {name}": value for name, value in articles.items()}
    if answerable and unanswerable:
        values["auc"] = float(
            roc_auc_score([r.answerable for r in results], [r.probability for r in results])
        )
        false_negative_rate = sum(not r.found for r in answerable) / len(answerable)
        false_positive_rate = sum(r.found for r in unanswerable) / len(unanswerable)
        values |= {"missed": false_negative_rate, "invented": false_positive_rate}
    for name, marks in (
        ("follows", [result.follows_up for result in results]),
        ("sentence", [result.highlighted for result in results]),
    ):
        if known := [mark for mark in marks if mark is not None]:
            values[name] = sum(known) / len(known)
    values |= {name: float(one.mean()) for name, one in span_measures(results).items()}
    if spans := [result.span for result in results if result.span is not None]:
        marked = [span for span in spans if span.marked]
        values["marked"] = sum(r.answerable for r in results if r.span and r.span.marked) / max(
            sum(r.answerable for r in results), 1
        )
        if marked:
            values["marked right"] = sum(span.right for span in marked) / len(marked)
    if reranked := sum(result.without_reranking is not None for result in results):
        values["reranked"] = reranked / len(results)
    seconds = [result.seconds for result in results]
    values["p50"], values["p95"] = (1000 * np.percentile(seconds, (50, 95))).tolist()
    return values


def _by_article(result: QueryResult) -> list[bool]:
    """Judge articles instead of passages: the right one counts where it first appears."""
    first = result.same_article.index(True) if True in result.same_article else None
    return [rank == first for rank in range(len(result.same_article))]
