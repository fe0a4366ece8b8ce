"""Measures over a file of questions whose answers are known.

The file has one JSON object a line, by `kind`:

- answerable: `article`, `paragraph` and `also` (other paragraphs that answer as well), `style`,
  and the question in one or more of `q_fa`, `q_en`, `q_latn` (Persian in Latin letters);
- followup: the same, with `first_fa` and `first_en` asked before;
- unanswerable: the question alone.

A passage is relevant when it is of the right article and has one of the right paragraphs in it. An
answering sentence is right when it has the words of `answer_fa` in it, where the line gives them.
"Recall at k" asks whether any relevant passage is among the first k: paragraphs in `also` are
other places of the same answer, not further answers.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, Protocol

import ir_measures
import numpy as np
from ir_measures import RR, P, Qrel, ScoredDoc, Success
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sklearn.metrics import roc_auc_score

from index.article import Article
from index.errors import validation_message
from index.text.passages import Passage
from index.text.persian import words
from retrieval.answerer import Answerer
from retrieval.answers import Answer, RetrievedPassage
from retrieval.errors import QuestionFileError
from retrieval.query.query import ENGLISH, LATIN_PERSIAN, PERSIAN

# Passages per answer that are judged.
DEPTH = 10
LANGUAGES = (PERSIAN, ENGLISH, LATIN_PERSIAN)
_FOLLOWUP = "followup"
_MEASURES = {
    "P@1": P @ 1,
    "P@3": P @ 3,
    "P@5": P @ 5,
    "R@5": Success @ 5,
    "R@10": Success @ 10,
    "MRR@10": RR @ 10,
}


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
    style: str = _FOLLOWUP

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
        return f" {_spelled(question.answer_fa)} " in f" {_spelled(first.text[start:end])} "


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One question as it was answered.

    Attributes:
        key: of the question; see `EvalQuery`.
        question: its text.
        language: of its text, according to the file.
        style: natural, colloquial or keyword.
        answerable: whether the archive answers it.
        relevant: for each passage of the answer, whether it is relevant.
        same_article: for each passage of the answer, whether it is of the right article.
        found: what the answer says.
        probability: how sure it is.
        seconds: how long it took.
        follows_up: whether it was taken for a follow-up; None when nothing was asked before.
        highlighted: whether the answering sentence has the answer in it; None where the first
            passage is wrong or the file gives no answer.
    """

    key: str
    question: str
    language: str
    style: str
    answerable: bool
    relevant: tuple[bool, ...]
    same_article: tuple[bool, ...]
    found: bool
    probability: float
    seconds: float
    follows_up: bool | None = None
    highlighted: bool | None = None


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


def run_questions(answerer: Answerer, questions: Iterable[EvalQuery]) -> Iterator[QueryResult]:
    """Ask every question and judge the answers."""
    for asked in questions:
        conversation = None
        if asked.before is not None:
            conversation = answerer.ask(asked.before, limit=DEPTH).conversation
        begun = time.perf_counter()
        answer = answerer.ask(asked.text, limit=DEPTH, conversation=conversation)
        seconds = time.perf_counter() - begun
        yield QueryResult(
            key=asked.key,
            question=asked.text,
            language=asked.language,
            style=asked.question.style,
            answerable=asked.answerable,
            relevant=tuple(asked.is_answered_by(passage) for passage in answer.passages),
            same_article=tuple(asked.is_of_article(passage) for passage in answer.passages),
            found=answer.found,
            probability=answer.probability,
            seconds=seconds,
            follows_up=None if conversation is None else answer.follows_up,
            highlighted=asked.is_highlighted_in(answer),
        )


def measure(outcomes: Sequence[QueryResult]) -> dict[str, dict[str, float]]:
    """Return the measures of every group of outcomes: languages, and styles within them.

    Keys of a group:

    - n: answerable questions;
    - the measures over passages and, after "article ", over articles;
    - where the group has both kinds of questions: auc (ROC AUC of the probability), missed (false
      negative rate: answerable, but not found), invented (false positive rate: unanswerable, but
      found);
    - follows: the share treated as follow-ups, where a question came before;
    - sentence: the share of right first passages whose answering sentence is right;
    - p50 and p95, in milliseconds.

    Follow-ups are a style, and are not counted in their language.
    """
    groups: dict[str, list[QueryResult]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.style != _FOLLOWUP:
            groups[outcome.language].append(outcome)
        if outcome.answerable:
            groups[f"{outcome.language} {outcome.style}"].append(outcome)
    return {name: _measure_group(group) for name, group in sorted(groups.items())}


def compare(
    before: Sequence[QueryResult], after: Sequence[QueryResult]
) -> tuple[list[QueryResult], list[QueryResult]]:
    """Return the questions (as they are after) whose first passage became right, and wrong."""
    was_right = {outcome.key: _first_right(outcome) for outcome in before if outcome.answerable}
    known = [outcome for outcome in after if outcome.key in was_right]
    won = [outcome for outcome in known if _first_right(outcome) and not was_right[outcome.key]]
    lost = [outcome for outcome in known if not _first_right(outcome) and was_right[outcome.key]]
    return won, lost


def _first_right(outcome: QueryResult) -> bool:
    return outcome.relevant[:1] == (True,)


def _measure_group(outcomes: Sequence[QueryResult]) -> dict[str, float]:
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.answerable]
    values: dict[str, float] = {"n": len(answerable)}
    if answerable:
        values |= ranking_measures([outcome.relevant for outcome in answerable])
        articles = ranking_measures([_by_article(outcome) for outcome in answerable])
        values |= {f"article {name}": value for name, value in articles.items()}
    if answerable and unanswerable:
        values["auc"] = float(
            roc_auc_score([o.answerable for o in outcomes], [o.probability for o in outcomes])
        )
        false_negative_rate = sum(not o.found for o in answerable) / len(answerable)
        false_positive_rate = sum(o.found for o in unanswerable) / len(unanswerable)
        values |= {"missed": false_negative_rate, "invented": false_positive_rate}
    for name, marks in (
        ("follows", [outcome.follows_up for outcome in outcomes]),
        ("sentence", [outcome.highlighted for outcome in outcomes]),
    ):
        if known := [mark for mark in marks if mark is not None]:
            values[name] = sum(known) / len(known)
    seconds = [outcome.seconds for outcome in outcomes]
    values["p50"], values["p95"] = (1000 * np.percentile(seconds, (50, 95))).tolist()
    return values


def ranking_measures(judged: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Average the measures over lists of judgements, best passage first."""
    # Every question has an answer somewhere, which "gold" stands for when it was not retrieved.
    qrels = [Qrel(str(query), "gold", 1) for query in range(len(judged))]
    run = []
    for query, relevant in enumerate(judged):
        for rank, is_relevant in enumerate(relevant):
            run.append(ScoredDoc(str(query), str(rank), -rank))
            if is_relevant:
                qrels.append(Qrel(str(query), str(rank), 1))
    values = ir_measures.calc_aggregate(list(_MEASURES.values()), qrels, run)
    return {name: float(values[measured]) for name, measured in _MEASURES.items()}


def _by_article(outcome: QueryResult) -> list[bool]:
    """Judge articles instead of passages: the right one counts where it first appears."""
    first = outcome.same_article.index(True) if True in outcome.same_article else None
    return [rank == first for rank in range(len(outcome.same_article))]


def _spelled(text: str) -> str:
    return " ".join(word.text for word in words(text))
