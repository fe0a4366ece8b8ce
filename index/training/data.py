"""What the encoder is trained on: articles with their English counterparts, batch by batch."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.article import Article
from index.errors import SourceError
from index.readers import find_files
from index.readers.errors import SourceProblem

Tokens = tuple[int, ...]
ABSTRACT_SHARE = 0.3
GROUP_SIZE = 16
# Older articles are written with Arabic letters; every second one is respelled, so that the
# encoder learns to take the two spellings for one.
_PERSIAN_LETTERS = str.maketrans("يكى", "یکی")


@dataclass(frozen=True, slots=True)
class Pair:
    """One article's texts, as tokens with their prompts in front."""

    question_en: Tokens
    question_fa: Tokens
    title_en: Tokens
    abstract_en: Tokens
    passage: Tokens
    titled_passage: Tokens
    siblings: tuple[Tokens, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's texts.

    `questions_en[i]`, `questions_fa[i]` and `summaries_en[i]` (the article's English title or
    abstract) belong to `passages[i]`; siblings are further paragraphs of some of the articles.
    """

    indices: NDArray[np.int64]
    questions_en: list[Tokens]
    questions_fa: list[Tokens]
    summaries_en: list[Tokens]
    passages: list[Tokens]
    siblings: list[Tokens]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON Lines.

    Raises:
        SourceError: the file cannot be read, or a line is not a JSON object.
    """
    line_number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                line_number += 1
                if line.strip():
                    yield dict(json.loads(line))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from None
    except (ValueError, TypeError) as error:
        raise SourceError(f"{path}:{line_number}: not a JSON object: {error}") from None


def read_articles(source: Path) -> dict[str, Article]:
    """Read all articles of a file or folder, by id.

    Raises:
        SourceError: something in it cannot be read.
    """
    files, problems = find_files(source)
    if problems:
        raise SourceError(str(problems[0]))
    articles: dict[str, Article] = {}
    for file in files:
        for article in file.read():
            if isinstance(article, SourceProblem):
                raise SourceError(str(article))
            articles[article.id] = article
    return articles


def read_pairs(articles: Path, pairs: Path, tokenizer: Tokenizer, max_tokens: int) -> list[Pair]:
    """Read and tokenise the training data.

    Args:
        articles: a file or folder of articles.
        pairs: JSON Lines with `id`, `title_en`, `abstract_en`, `q_en`, `q_fa` and `p`, the number
            of the paragraph that answers both questions (null for the abstract).
        tokenizer: the model's.
        max_tokens: longer texts are cut.

    Raises:
        SourceError: a file cannot be read, or a pair's article or paragraph is missing.
    """
    tokenizer.enable_truncation(max_tokens)
    texts = read_articles(articles)
    found = []
    for number, pair in enumerate(read_lines(pairs), start=1):
        try:
            found.append(_pair(texts[pair["id"]], pair, tokenizer, respell=number % 2 == 0))
        except (KeyError, IndexError, TypeError) as error:
            raise SourceError(f"{pairs}:{number}: no such article or field: {error}") from None
    if not found:
        raise SourceError(f"{pairs}: holds no pairs")
    return found


def _pair(article: Article, pair: dict[str, Any], tokenizer: Tokenizer, *, respell: bool) -> Pair:
    def tokens(prompt: str, text: str) -> Tokens:
        if respell:
            text = text.translate(_PERSIAN_LETTERS)
        return tuple(tokenizer.encode(f"{prompt}: {text}").ids)

    title = article.title
    answer = pair["p"]
    passage = article.abstract if answer is None else article.paragraphs[answer]
    return Pair(
        question_en=tokens("query", pair["q_en"]),
        question_fa=tokens("query", pair["q_fa"]),
        title_en=tokens("query", pair["title_en"]),
        abstract_en=tokens("query", pair["abstract_en"]),
        passage=tokens("passage", passage),
        titled_passage=tokens("passage", f"{title}\n{passage}"),
        siblings=tuple(
            tokens("passage", f"{title}\n{text}")
            for number, text in enumerate(article.paragraphs)
            if number != answer and abs(number - (answer or 0)) <= 3
        ),
    )


def epoch_order(
    vectors: NDArray[np.float32], batch_size: int, generator: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Cut the pairs into batches in which some articles resemble each other.

    The pairs are halved along random differences between two of them until the halves are small,
    and a batch is filled with several such groups: each is the others' hard negatives.

    Args:
        vectors: one row a pair, shape (pairs, dimensions).
        batch_size: pairs in a batch; the last, smaller batch is left out unless it is the only one.
        generator: source of the random choices.
    """
    groups: list[NDArray[np.int64]] = []
    waiting = [generator.permutation(len(vectors))]
    while waiting:
        part = waiting.pop()
        if len(part) <= GROUP_SIZE:
            groups.append(part)
            continue
        first, second = generator.choice(part, 2, replace=False)
        ordered = part[
            np.argsort(vectors[part] @ (vectors[first] - vectors[second]), kind="stable")
        ]
        waiting += [ordered[: len(part) // 2], ordered[len(part) // 2 :]]
    shuffled = [groups[number] for number in generator.permutation(len(groups))]
    order = np.concatenate(shuffled)
    batches = max(1, len(order) // batch_size)
    return [order[number * batch_size :][:batch_size] for number in range(batches)]


def make_batch(
    pairs: Sequence[Pair],
    indices: NDArray[np.int64],
    generator: np.random.Generator,
    title_share: float,
    sibling_share: float,
) -> Batch:
    """Choose the texts of one step.

    Args:
        pairs: all pairs.
        indices: the step's.
        generator: source of the random choices.
        title_share: share of passages with their article's title in front.
        sibling_share: share of articles of which another paragraph is added.
    """
    chosen = [pairs[index] for index in indices]
    titled = generator.random(len(chosen)) < title_share
    with_sibling = generator.random(len(chosen)) < sibling_share
    by_abstract = generator.random(len(chosen)) < ABSTRACT_SHARE
    siblings = [
        pair.siblings[generator.integers(len(pair.siblings))]
        for pair, wanted in zip(chosen, with_sibling, strict=True)
        if wanted and pair.siblings
    ]
    return Batch(
        indices=indices,
        questions_en=[pair.question_en for pair in chosen],
        questions_fa=[pair.question_fa for pair in chosen],
        summaries_en=[
            pair.abstract_en if abstract else pair.title_en
            for pair, abstract in zip(chosen, by_abstract, strict=True)
        ],
        passages=[
            pair.titled_passage if with_title else pair.passage
            for pair, with_title in zip(chosen, titled, strict=True)
        ],
        siblings=siblings,
    )
