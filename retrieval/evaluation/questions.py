"""Files of questions whose answers are known.

The file has one JSON object a line, by `kind`:

- answerable: `article`, `paragraph` and `also` (other paragraphs that answer as well), `style`,
  and the question in one or more of `q_fa`, `q_en`, `q_latn` (Persian in Latin letters);
- followup: the same, with `first_fa` and `first_en` asked before;
- unanswerable: the question alone.

A passage is relevant when it is of the right article and has one of the right paragraphs in it. An
answering sentence is right when it has the words of `answer_fa` in it, where the line gives them.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from index.article import Article
from index.errors import validation_message
from index.text.passages import Passage
from retrieval.answers import Answer, RetrievedPassage
from retrieval.errors import QuestionFileError
from retrieval.evaluation.answer_spans import spelled_words
from retrieval.query.query import ENGLISH, LATIN_PERSIAN, PERSIAN

LANGUAGES = (PERSIAN, ENGLISH, LATIN_PERSIAN)
# The style of questions that are understood only after another.
FOLLOWUP = "followup"


class EvalArchive(Protocol):
    """A source of articles: a `Retriever`."""

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None."""


class _Question(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    q_fa: str | None = None
    q_en: str | None = None
    q_latn: str | None = None
    style: str = "natural"

    def text(self, language: str) -> str | None:
        """Return the question in a language, or None."""
        texts = {PERSIAN: self.q_fa, ENGLISH: self.q_en, LATIN_PERSIAN: self.q_latn}
        return texts[language]


class _Answerable(_Question):
    article: str
    paragraph: int
    also: tuple[int, ...] = ()
    answer_fa: str | None = None


class Answerable(_Answerable):
    """A question that the archive answers."""

    kind: Literal["answerable"]


class Followup(_Answerable):
    """A question that is understood only after another."""

    kind: Literal["followup"]
    first_fa: str
    first_en: str
    style: str = FOLLOWUP

    def first(self, language: str) -> str:
        """Return what is asked before."""
        return self.first_en if language == ENGLISH else self.first_fa


class Unanswerable(_Question):
    """A question that the archive does not answer."""

    kind: Literal["unanswerable"]


EvaluationQuestion = Answerable | Followup | Unanswerable
_QUESTION: TypeAdapter[EvaluationQuestion] = TypeAdapter(
    Annotated[EvaluationQuestion, Field(discriminator="kind")]
)


@dataclass(frozen=True, slots=True)
class EvalQuery:
    """One question of a file in one language.

    Attributes:
        key: names it in comparisons: its line number in the file and its language.
        text: what is asked.
        language: of the text, according to the file.
        question: the line that it comes from.
        before: what is asked before, in the same conversation; None: nothing.
    """

    key: str
    text: str
    language: str
    question: EvaluationQuestion
    before: str | None = None

    @property
    def answerable(self) -> bool:
        """True if the archive answers it."""
        return not isinstance(self.question, Unanswerable)

    @property
    def answer(self) -> str:
        """The answer in the words of the paragraph; "" where there is none or it is not known."""
        return "" if isinstance(self.question, Unanswerable) else self.question.answer_fa or ""

    def is_of_article(self, passage: Passage | RetrievedPassage) -> bool:
        """Return whether a passage is of the right article."""
        question = self.question
        return not isinstance(question, Unanswerable) and passage.article_id == question.article

    def is_answered_by(self, passage: Passage | RetrievedPassage) -> bool:
        """Return whether a passage has a right paragraph in it."""
        question = self.question
        if isinstance(question, Unanswerable) or not self.is_of_article(passage):
            return False
        return not {question.paragraph, *question.also}.isdisjoint(passage.paragraphs)

    def is_highlighted_in(self, answer: Answer) -> bool | None:
        """Return whether the first passage's highlight has the answer's words; None if unknown."""
        question = self.question
        if isinstance(question, Unanswerable) or not question.answer_fa or not answer.passages:
            return None
        first = answer.passages[0]
        if not self.is_answered_by(first):
            return None
        start, end = first.highlight
        sentence = " ".join(spelled_words(first.text[start:end]))
        return f" {' '.join(spelled_words(question.answer_fa))} " in f" {sentence} "


def read_questions(path: Path) -> list[tuple[int, EvaluationQuestion]]:
    """Return a file's questions with their line numbers.

    Raises:
        QuestionFileError: the file or one of its lines cannot be read.
    """
    try:
        # Not splitlines, which also cuts at separators that JSON allows inside strings.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise QuestionFileError(f"{path}: {error}") from None
    questions = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                questions.append((number, _QUESTION.validate_json(line)))
            except ValidationError as error:
                message = validation_message(error)
                raise QuestionFileError(f"{path}:{number}: {message}") from None
    return questions


def standalone_queries(
    questions: Iterable[tuple[int, EvaluationQuestion]], languages: Sequence[str]
) -> list[EvalQuery]:
    """Return every question that needs no other before it, in each language that it is in."""
    return [
        EvalQuery(f"{number} {language}", text, language, question)
        for number, question in questions
        if not isinstance(question, Followup)
        for language in languages
        if (text := question.text(language))
    ]


def followups(
    questions: Iterable[tuple[int, EvaluationQuestion]], languages: Sequence[str]
) -> list[EvalQuery]:
    """Return every question that another comes before, in each language that it is in."""
    return [
        EvalQuery(f"{number} {language}", text, language, question, question.first(language))
        for number, question in questions
        if isinstance(question, Followup)
        for language in languages
        if (text := question.text(language))
    ]


def with_unrelated_turn(questions: Sequence[EvalQuery]) -> list[EvalQuery]:
    """Return the questions, each asked after another of its language, always the same."""
    later = []
    for language in LANGUAGES:
        own = [asked for asked in questions if asked.language == language]
        # Neighbours in a file are often about the same article.
        others = random.Random(0).sample(own, len(own))
        later += [
            replace(asked, before=other.text)
            for asked, other in zip(own, others, strict=True)
            if other is not asked
        ]
    return later


def check_archive(questions: Iterable[EvalQuery], archive: EvalArchive) -> None:
    """Check that the questions are about this archive.

    Raises:
        QuestionFileError: it has none of the articles that answer them.
    """
    articles = {q.question.article for q in questions if isinstance(q.question, Answerable)}
    if articles and all(archive.article(article) is None for article in articles):
        raise QuestionFileError(
            "the index has none of the articles that these questions are about; build it of the "
            "archive that they belong to"
        )
