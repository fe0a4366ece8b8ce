"""Answers as JSON."""

from dataclasses import asdict
from typing import Final

from retrieval.answers import Answer, Citation, RetrievedPassage, Scope
from retrieval.pipeline.explanation import Explanation, PassageReasons
from retrieval.presentation import bidi
from retrieval.presentation.gloss import passage_gloss
from retrieval.presentation.grouping import group_by_article
from retrieval.presentation.messages import messages_for
from retrieval.presentation.notes import small_talk_text
from retrieval.ranking.confidence import AnswerFeatures

# JSON keys of `AnswerFeatures` that are not the names of the fields.
_EVIDENCE_KEYS: Final = {
    "lexical_score": "strength",
    "max_missing_idf": "missing",
    "lexical_margin": "lead",
}


def answer_record(answer: Answer, *, group: bool = False) -> dict[str, object]:
    """Return the JSON object of an answer, its keys as in `Answer`.

    The value of "small_talk" is null, or has the topic, the example and the text of the reply.

    Args:
        answer: the answer.
        group: whether to add "articles": what `group_by_article` returns, with the numbers of the
            passages (from 1, those on earlier pages counted).
    """
    record: dict[str, object] = {
        "question": answer.question,
        "kind": str(answer.kind),
        "language": answer.language,
        "found": answer.found,
        "probability": round(answer.probability, 4),
        "follows_up": answer.follows_up,
        "corrections": [asdict(one) for one in answer.corrections],
        "beginning": answer.beginning,
        "scope": scope_record(answer.scope),
        "offset": answer.offset,
        "more": answer.more,
        "passages": [_passage_record(answer, passage) for passage in answer.passages],
        "untranslated": answer.untranslated,
        "small_talk": _small_talk_record(answer),
    }
    if group:
        record["articles"] = [
            {
                "article_id": article.article_id,
                "citation": _citation_record(article.citation),
                "passages": [one.number for one in article.passages],
            }
            for article in group_by_article(answer)
        ]
    return record


def explanation_record(explanation: Explanation, offset: int = 0) -> dict[str, object]:
    """Return the JSON object of an explanation, its keys as in `Explanation`.

    Args:
        explanation: of a question's first passages.
        offset: how many of them to leave out.
    """
    evidence = explanation.evidence
    return {
        "language": explanation.language,
        "searched": explanation.searched,
        "follows": explanation.follows,
        "corrections": [asdict(one) for one in explanation.corrections],
        "probability": round(explanation.probability, 4),
        "evidence": _rounded(evidence_by_key(evidence)) if evidence else None,
        "reranking": str(explanation.reranking),
        "passages": [_reasons_record(reasons) for reasons in explanation.passages[offset:]],
        "milliseconds": {
            name: round(1000 * seconds, 2) for name, seconds in explanation.timings.items()
        },
    }


def evidence_by_key(features: AnswerFeatures) -> dict[str, float]:
    """Return the features of an answer by the keys that they have in JSON."""
    return {_EVIDENCE_KEYS.get(name, name): value for name, value in features.values().items()}


def scope_record(scope: Scope) -> dict[str, object]:
    """Return the JSON object of the articles that were searched."""
    filter_ = scope.filter
    return {
        "within": {
            "since": filter_.since.isoformat() if filter_.since else None,
            "until": filter_.until.isoformat() if filter_.until else None,
            "agencies": list(filter_.agencies),
        },
        "period": scope.period
        and {
            "since": scope.period.since.isoformat() if scope.period.since else None,
            "until": scope.period.until.isoformat() if scope.period.until else None,
        },
        "widened": scope.relaxed,
        "undated": scope.undated,
        "unknown_source": scope.unknown_source,
        "unknown_code": scope.unknown_code,
    }


def _passage_record(answer: Answer, passage: RetrievedPassage) -> dict[str, object]:
    return {
        "article_id": passage.article_id,
        "paragraphs": list(passage.paragraphs),
        "text": passage.text,
        "score": round(passage.score, 4),
        "highlight": list(passage.highlight),
        "answer_span": list(passage.answer_span) if passage.answer_span else None,
        "gloss": list(passage_gloss(answer, passage)) or None,
        "translation": asdict(passage.translation) if passage.translation else None,
        "citation": _citation_record(passage.citation),
        "republications": [_citation_record(one) for one in passage.republications],
    }


def _citation_record(citation: Citation) -> dict[str, object]:
    return {
        "title": citation.title,
        "agency": citation.agency,
        "date": citation.date.isoformat() if citation.date else None,
        "time": citation.time.isoformat("minutes") if citation.time else None,
        "code": citation.code,
        "url": citation.url,
    }


def _small_talk_record(answer: Answer) -> dict[str, object] | None:
    reply = answer.small_talk
    if reply is None:
        return None
    text = bidi.without_isolates(small_talk_text(reply, messages_for(answer.language)))
    return {"topic": str(reply.topic), "example": reply.example, "reply": text}


def _reasons_record(reasons: PassageReasons) -> dict[str, object]:
    passage = reasons.passage
    return {
        "article_id": passage.article_id,
        "paragraphs": list(passage.paragraphs),
        "score": round(reasons.score, 4),
        "cosine": round(reasons.cosine, 4),
        "dense_rank": reasons.dense_rank,
        "lexical": round(reasons.lexical, 4),
        "lexical_rank": reasons.lexical_rank,
        "bonus": round(reasons.prior, 4),
        "recency": round(reasons.recency, 4),
        "fused_rank": reasons.fused_rank,
        "logit": None if reasons.logit is None else round(reasons.logit, 4),
        "words": [
            {"source": word.source, "terms": list(word.terms), "tells": round(word.idf, 4)}
            for word in reasons.words
        ],
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
