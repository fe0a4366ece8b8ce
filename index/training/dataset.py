"""What the models are trained on: passages as the index cuts them, and questions about them."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.errors import SourceError

PASSAGES, QUESTIONS = "passages.jsonl.gz", "questions.jsonl.gz"
Kind = Literal["question", "summary", "none"]


@dataclass(frozen=True, slots=True)
class TrainingPassage:
    """One passage.

    Attributes:
        article: the article's id.
        paragraphs: numbers of its paragraphs; empty for a lead.
        text: title, perhaps the lead's first sentence, and text in the models' spelling, separated
            by line breaks.
        used: whether training may see it; not so the passages that are asked about in
            development questions on the same articles.
    """

    article: str
    paragraphs: tuple[int, ...]
    text: str
    used: bool = True


@dataclass(frozen=True, slots=True)
class TrainingQuestion:
    """One question, title or abstract.

    Attributes:
        text: in the models' spelling.
        language: "fa" or "en".
        kind: a question, an English title or abstract ("summary"), or a question that `passage`
            looks like an answer to and is none ("none").
        passage: the row of the passage that answers.
        known: rows of further passages that answer, or may.
        source: "news" or "pquad".
        answer: the answering span in the models' spelling; "" where it is not known.
    """

    text: str
    language: str
    kind: Kind
    passage: int
    known: tuple[int, ...] = ()
    source: str = "news"
    answer: str = ""


class TrainingSet:
    """Passages and questions.

    Attributes:
        passages: the passages; a row is a place in it.
        questions: the questions.
        article_rows: (passages,) a number for each passage's article.
    """

    def __init__(
        self, passages: Sequence[TrainingPassage], questions: Sequence[TrainingQuestion]
    ) -> None:
        self.passages, self.questions = list(passages), list(questions)
        numbers: dict[str, int] = {}
        rows = [numbers.setdefault(one.article, len(numbers)) for one in self.passages]
        self.article_rows: NDArray[np.int64] = np.array(rows, dtype=np.int64)
        self._of_article: dict[int, list[int]] = {}
        for row, article in enumerate(rows):
            self._of_article.setdefault(article, []).append(row)

    def siblings(self, row: int) -> list[int]:
        """Return the other passages of a passage's article, leads left out."""
        rows = self._of_article[int(self.article_rows[row])]
        return [
            one
            for one in rows
            if one != row and self.passages[one].paragraphs and self.passages[one].used
        ]

    def masked(self, question: TrainingQuestion) -> set[int]:
        """Return the rows that must not count as wrong for a question: known answers and leads."""
        rows = self._of_article[int(self.article_rows[question.passage])]
        leads = {row for row in rows if not self.passages[row].paragraphs}
        return (leads | set(question.known)) - {question.passage}


def write_training_set(folder: Path, training: TrainingSet) -> None:
    """Write passages and questions into a folder, as compressed JSON Lines."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / PASSAGES, training.passages)
    _write(folder / QUESTIONS, training.questions)


def read_training_set(folder: Path) -> TrainingSet:
    """Read what `write_training_set` wrote.

    Raises:
        SourceError: a file cannot be read, or is not such a file.
    """
    try:
        return TrainingSet(
            [
                TrainingPassage(**one | {"paragraphs": tuple(one["paragraphs"])})
                for one in read_lines(folder / PASSAGES)
            ],
            [
                TrainingQuestion(**one | {"known": tuple(one["known"])})
                for one in read_lines(folder / QUESTIONS)
            ],
        )
    except (TypeError, KeyError) as error:
        raise SourceError(
            f"{folder}: not what `python -m index.training prepare` writes: {error}"
        ) from None


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON Lines, compressed if the name ends in .gz.

    Raises:
        SourceError: the file cannot be read, or a line is not a JSON object.
    """
    number = 0
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as file:
            for line in file:
                number += 1
                if line.strip():
                    yield dict(json.loads(line))
    except (OSError, EOFError) as error:
        raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    except (ValueError, TypeError) as error:
        raise SourceError(f"{path}:{number}: not a JSON object: {error}") from None


def _write(path: Path, records: Iterable[Any]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with (
        partial.open("wb") as raw,
        # No time and name in it: the same data are the same bytes.
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file,
    ):
        for record in records:
            file.write((json.dumps(asdict(record), ensure_ascii=False) + "\n").encode())
    partial.replace(path)
