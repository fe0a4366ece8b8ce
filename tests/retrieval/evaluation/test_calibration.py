import json
from itertools import pairwise
from pathlib import Path

import pytest

from index.article import Article
from retrieval import Retriever
from retrieval.errors import QuestionFileError
from retrieval.evaluation.calibration import (
    TurnPair,
    calibrate,
    calibrate_followups,
    read_turns,
)
from retrieval.evaluation.questions import Answerable, EvalQuery, Unanswerable
from retrieval.learned import LearnedParameters

SUBJECTS = "گندم برنج پنبه زعفران پسته خرما انگور سیب انار گردو بادام چای".split()
OTHERS = "موشک بورس زلزله سینما تئاتر شطرنج والیبال نفت پتروشیمی هواپیما قطار مترو".split()


@pytest.fixture
def archive(open_retriever) -> Retriever:
    return open_retriever(
        *(
            Article(id=subject, title=f"خبر {subject}", paragraphs=(f"تولید {subject} زیاد شد.",))
            for subject in SUBJECTS
        )
    )


def asked(subject: str, *, answerable: bool) -> EvalQuery:
    text = f"تولید {subject} چقدر زیاد شد؟"
    question = (
        Answerable(kind="answerable", article=subject, paragraph=0, q_fa=text)
        if answerable
        else Unanswerable(kind="unanswerable", q_fa=f"قیمت {subject} در بازار جهانی چند بود؟")
    )
    return EvalQuery(f"{subject} fa", question.q_fa, "fa", question)


def test_what_is_learned_tells_answers_from_none_and_can_be_kept(
    archive: Retriever, tmp_path: Path
) -> None:
    questions = [asked(subject, answerable=True) for subject in SUBJECTS]
    questions += [asked(subject, answerable=False) for subject in OTHERS]
    found = calibrate(archive, questions)
    assert found.measures["MRR@10"] == found.measures["P@1"] == 1.0
    assert found.auc == 1.0
    assert found.reranked is None
    for question in questions:
        features = archive.search(question.text).features
        assert (found.model.probability(features.values()) > 0.5) is question.answerable
    learned = archive.learned.with_language("fa-Latn", found.weights, found.model)
    learned.save(tmp_path / "learned.json")
    kept = LearnedParameters.load(tmp_path / "learned.json")
    assert kept == learned
    assert kept.fusion.of("fa-Latn") == found.weights
    assert kept.confidence.of("fa") == archive.learned.confidence.of("fa")


def test_follow_ups_are_learned(archive: Retriever) -> None:
    pairs = []
    for subject, other in pairwise(SUBJECTS):
        first = f"تولید {subject} چقدر زیاد شد؟"
        pairs.append(TurnPair(first, "و آن چقدر بود؟", follows=True))
        pairs.append(TurnPair(first, f"تولید {other} در سال گذشته چقدر زیاد شد؟", follows=False))
    model, auc = calibrate_followups(archive, pairs)
    assert auc == 1.0
    before = archive.ask(pairs[0].before).conversation
    for pair in pairs[:2]:
        features = archive.search(pair.text, before).followup
        assert (model.probability(features.values()) > 0.5) is pair.follows
    with pytest.raises(QuestionFileError, match="calibration needs 10 follow-ups and other"):
        calibrate_followups(archive, pairs[:4])


def test_turns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "turns.jsonl"
    line = {"follows": True, "before_fa": "ا", "before_en": "a", "q_fa": "ب", "q_en": "b"}
    path.write_text(f"{json.dumps(line)}\n\n{json.dumps(line | {'q_latn': 'c'})}\n", "utf-8")
    assert read_turns(path) == [
        TurnPair("ا", "ب", follows=True),
        TurnPair("a", "b", follows=True),
        TurnPair("ا", "ب", follows=True),
        TurnPair("a", "b", follows=True),
        TurnPair("ا", "c", follows=True),
    ]
    path.write_text('{"follows": 1}', "utf-8")
    with pytest.raises(QuestionFileError, match=r"turns.jsonl:1: missing"):
        read_turns(path)
    with pytest.raises(QuestionFileError, match="No such file"):
        read_turns(tmp_path / "nope")


def test_too_few_questions_are_refused(archive: Retriever) -> None:
    questions = [asked(subject, answerable=True) for subject in SUBJECTS]
    with pytest.raises(QuestionFileError) as error:
        calibrate(archive, questions)
    assert str(error.value) == "calibration needs 10 answerable and unanswerable questions"
