"""Making the training set: articles are cut as the index cuts them, questions find their rows."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from index.article import Article
from index.errors import SourceError
from index.readers import find_files
from index.readers.errors import SourceProblem
from index.text.encoder_text import encoder_text
from index.text.passages import Passage, TokenCounter, split_article
from index.text.persian import sentences
from index.training.dataset import TrainingPassage, TrainingQuestion, TrainingSet, read_lines

# What the index uses by default.
MIN_TOKENS, MAX_TOKENS = 24, 384
_LONGEST_SENTENCE = 200
Row = dict[str, Any]


def first_sentence(lead: str) -> str:
    """Return the first sentence of a lead, cut where it is very long."""
    spans = sentences(lead)
    return lead[slice(*spans[0])][:_LONGEST_SENTENCE] if spans else ""


class Preparation:
    """Collects passages and questions."""

    def __init__(
        self,
        articles: Iterable[Article],
        count_tokens: TokenCounter,
        held_out: Sequence[Row],
        *,
        lead_sentence: bool = False,
    ) -> None:
        """Cut the articles.

        Args:
            articles: all articles, of every source.
            count_tokens: the encoder's.
            held_out: development questions, with `article`, `paragraph` and `q_fa`; their
                passages and the questions of the same words are left out of training.
            lead_sentence: put the lead's first sentence in front of each other passage's text.
        """
        self._lead_sentence = lead_sentence
        self._passages: list[TrainingPassage] = []
        self._rows: dict[tuple[str, int | None], int] = {}
        self._of_text: dict[str, int] = {}
        self._questions: list[TrainingQuestion] = []
        self._known: dict[tuple[str, int | None], set[int]] = {}
        places = {(str(one["article"]), one["paragraph"]) for one in held_out if "article" in one}
        self._held_texts = {encoder_text(str(one["q_fa"])) for one in held_out}
        for article in articles:
            for passage in split_article(article, count_tokens, MIN_TOKENS, MAX_TOKENS):
                self._add(article, passage, places)

    def add_parallel(self, pairs: Path) -> None:
        """Add articles' English titles and abstracts and a question in each language.

        Raises:
            SourceError: the file cannot be read, or names an article that is missing.
        """
        for number, line in enumerate(read_lines(pairs), start=1):
            row = self._row(pairs, number, line["id"], line["p"])
            # The lead is what titles and abstracts tell; without one, the first paragraph is.
            lead = self._rows.get((line["id"], None), self._rows.get((line["id"], 0), row))
            for field in ("title_en", "abstract_en"):
                if text := encoder_text(line[field]):
                    self._questions.append(TrainingQuestion(text, "en", "summary", lead))
            self._add_questions(line, row)

    def add_questions(self, questions: Path) -> None:
        """Add questions on further paragraphs, in both languages.

        Raises:
            SourceError: the file cannot be read, or names a paragraph that is missing.
        """
        for number, line in enumerate(read_lines(questions), start=1):
            self._add_questions(line, self._row(questions, number, line["id"], line["p"]))

    def add_pquad(self, spans: Path) -> None:
        """Add questions on encyclopaedia paragraphs, those without an answer as "none".

        Raises:
            SourceError: the file cannot be read.
        """
        for line in read_lines(spans):
            row = self._of_text.get(encoder_text(line["paragraph"]))
            text = encoder_text(line["q_fa"])
            if row is None or not self._passages[row].used or text in self._held_texts:
                continue
            answer = encoder_text(line["answer_fa"] or "")
            self._questions.append(
                TrainingQuestion(
                    text, "fa", "question" if answer else "none", row, (), "pquad", answer
                )
            )

    def finish(self, spans: Iterable[Path]) -> TrainingSet:
        """Return the training set, with answering spans where files of spans tell them."""
        answers = {
            encoder_text(line[f"q_{language}"]): encoder_text(line["answer_fa"])
            for path in spans
            for line in read_lines(path)
            for language in ("fa", "en")
        }
        questions = [
            TrainingQuestion(
                one.text,
                one.language,
                one.kind,
                one.passage,
                tuple(sorted(self._answering(one.passage))),
                one.source,
                one.answer or answers.get(one.text, ""),
            )
            for one in self._questions
        ]
        return TrainingSet(self._passages, questions)

    def _answering(self, row: int) -> set[int]:
        """Return the further pieces of the paragraphs of which a passage is one."""
        article = self._passages[row].article
        numbers = self._passages[row].paragraphs
        found = {other for number in numbers for other in self._known[article, number]}
        return found - {row}

    def _add(
        self, article: Article, passage: Passage, held_out: set[tuple[str, int | None]]
    ) -> None:
        row = len(self._passages)
        numbers: tuple[int | None, ...] = passage.paragraphs or (None,)
        for number in numbers:
            self._rows.setdefault((article.id, number), row)
            self._known.setdefault((article.id, number), set()).add(row)
            if number is not None:
                self._of_text.setdefault(encoder_text(article.paragraphs[number]), row)
        used = not any((article.id, number) in held_out for number in numbers)
        # What the encoder gets is the title, if there is one, and the text.
        parts = [passage.embedded_text.removesuffix(passage.text), passage.text]
        if self._lead_sentence and passage.paragraphs:
            parts.insert(1, first_sentence(article.abstract))
        spelled = "\n".join(filter(None, map(encoder_text, parts)))
        self._passages.append(TrainingPassage(article.id, passage.paragraphs, spelled, used))

    def _row(self, path: Path, number: int, article: str, paragraph: int | None) -> int:
        row = self._rows.get((article, paragraph))
        if row is None:
            raise SourceError(f"{path}:{number}: no paragraph {paragraph} in article {article}")
        return row

    def _add_questions(self, line: Row, row: int) -> None:
        for language in ("fa", "en"):
            text = encoder_text(line[f"q_{language}"])
            self._questions.append(TrainingQuestion(text, language, "question", row))


def read_articles(sources: Sequence[Path]) -> Iterator[Article]:
    """Read all articles of files and folders.

    Raises:
        SourceError: something in them cannot be read.
    """
    for source in sources:
        files, problems = find_files(source)
        if problems:
            raise SourceError(str(problems[0]))
        for file in files:
            for article in file.read():
                if isinstance(article, SourceProblem):
                    raise SourceError(str(article))
                yield article
