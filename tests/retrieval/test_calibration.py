import tomllib

import pytest

from index.articles import Article
from retrieval import Retriever
from retrieval.calibration import as_toml, calibrate
from retrieval.errors import QuestionFileError
from retrieval.evaluation import Answerable, Asked, Unanswerable
from retrieval.settings import RetrievalSettings

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


def asked(subject: str, *, answerable: bool) -> Asked:
    text = f"تولید {subject} چقدر زیاد شد؟"
    question = (
        Answerable(kind="answerable", article=subject, paragraph=0, q_fa=text)
        if answerable
        else Unanswerable(kind="unanswerable", q_fa=f"قیمت {subject} در بازار جهانی چند بود؟")
    )
    return Asked(f"{subject} fa", question.q_fa, "fa", question)


def test_what_is_learned_tells_answers_from_none_and_fits_the_settings(archive: Retriever) -> None:
    questions = [asked(subject, answerable=True) for subject in SUBJECTS]
    questions += [asked(subject, answerable=False) for subject in OTHERS]
    learned = calibrate(archive, questions)
    assert learned.reciprocal_rank == 1.0
    assert learned.auc == 1.0
    for question in questions:
        examined = archive.examine(question.text)
        assert (learned.model.probability(examined.evidence) > 0.5) is question.answerable
    tables = tomllib.loads(as_toml("fa-Latn", learned))
    settings = RetrievalSettings(**_merged(tables["retrieval"]))
    assert settings.fusion.of("fa-Latn") == learned.weights
    found = settings.confidence.of("fa-Latn").model_dump()
    assert found == pytest.approx(learned.model.model_dump(), abs=0.001)


def _merged(learned: dict) -> dict:
    defaults = RetrievalSettings().model_dump()
    return {table: defaults[table] | learned[table] for table in ("fusion", "confidence")}


def test_too_few_questions_are_refused(archive: Retriever) -> None:
    questions = [asked(subject, answerable=True) for subject in SUBJECTS]
    with pytest.raises(QuestionFileError) as error:
        calibrate(archive, questions)
    assert str(error.value) == "calibration needs 10 answerable and unanswerable questions"
