"""Which questions and passages a step takes: siblings, mined negatives, "none of these"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from index.training.config import TrainingConfig
from index.training.dataset import TrainingQuestion, TrainingSet

# A passage that is so like the right one probably answers too.
SAME = 0.96
MINED_RANKS = (1, 32)


@dataclass(frozen=True, slots=True)
class Group:
    """A question with passages to choose from.

    Attributes:
        question: its number.
        passages: rows; the right one is the first unless there is none.
        answered: whether the first passage answers.
    """

    question: int
    passages: tuple[int, ...]
    answered: bool


def mine_negatives(
    questions: NDArray[np.float32],
    passages: NDArray[np.float32],
    training: TrainingSet,
    device: torch.device,
) -> NDArray[np.int32]:
    """Find passages of other articles that an encoder takes for answers.

    Args:
        questions: (questions, dimensions) vectors.
        passages: (passages, dimensions) vectors.
        training: whose questions and passages they are.
        device: where to compute.

    Returns:
        (questions, 31) rows of the second to the 32nd passage; -1 for those that training must
        not use: of the same article, too like the right one, or held out.
    """
    first, last = MINED_RANKS
    last = min(last, len(passages))
    right = np.array([one.passage for one in training.questions])
    used = np.array([one.used for one in training.passages])
    mined = np.full((len(questions), MINED_RANKS[1] - first), -1, dtype=np.int32)
    searched = torch.from_numpy(passages).to(device)
    for at in range(0, len(questions), 1024):
        block = slice(at, at + 1024)
        asked = torch.from_numpy(questions[block]).to(device)
        rows = (asked @ searched.T).topk(last, dim=1).indices[:, first:].cpu().numpy()
        own = right[block]
        likeness = np.einsum("qd,qkd->qk", passages[own], passages[rows])
        wrong = training.article_rows[rows] != training.article_rows[own][:, None]
        kept = wrong & (likeness <= SAME) & used[rows]
        mined[block, : rows.shape[1]] = np.where(kept, rows, -1)
    return mined


def hard_negative_batches(
    training: TrainingSet, config: TrainingConfig, epoch: int
) -> Iterator[NDArray[np.int64]]:
    """Yield the numbers of each step's questions, with the wanted shares of kinds.

    Questions on news set the length of an epoch; English titles and abstracts, and questions from
    the encyclopaedia, are drawn for each step.
    """
    generator = np.random.default_rng([config.seed, epoch])
    kinds = _kinds(training.questions, with_none=config.summaries == 0)
    shares = {"summary": config.summaries, "pquad": config.pquad}
    counts = {
        kind: round(share * config.batch_size) if len(kinds[kind]) else 0
        for kind, share in shares.items()
    }
    news = generator.permutation(kinds["news"])
    size = max(1, min(config.batch_size - sum(counts.values()), len(news)))
    for at in range(0, len(news) - size + 1, size):
        drawn = [generator.choice(kinds[kind], count) for kind, count in counts.items() if count]
        yield np.concatenate([news[at : at + size], *drawn])


def steps_of_epoch(training: TrainingSet, config: TrainingConfig) -> int:
    """Return how many batches an epoch has."""
    return sum(1 for _ in hard_negative_batches(training, config, 0))


def choose_passages(
    training: TrainingSet,
    number: int,
    mined: NDArray[np.int32],
    config: TrainingConfig,
    generator: np.random.Generator,
) -> tuple[int, ...]:
    """Return the right passage of a question, then siblings and mined negatives."""
    question = training.questions[number]
    masked = training.masked(question)
    siblings = [row for row in training.siblings(question.passage) if row not in masked]
    if question.kind == "none":
        # What does not answer is known of this passage only.
        siblings = []
    if len(siblings) > config.siblings:
        chosen = generator.choice(len(siblings), config.siblings, replace=False)
        siblings = [siblings[place] for place in chosen]
    others = mined[number][mined[number] >= 0]
    drawn = generator.choice(others, min(config.mined, len(others)), replace=False)
    return (question.passage, *siblings, *map(int, drawn))


def make_group(
    training: TrainingSet,
    number: int,
    mined: NDArray[np.int32],
    config: TrainingConfig,
    generator: np.random.Generator,
) -> Group:
    """Return a question's group for the reranker, without the right passage in some."""
    question = training.questions[number]
    passages = choose_passages(training, number, mined, config, generator)
    if question.kind == "none":
        return Group(number, passages, answered=False)
    if generator.random() < config.none_share and len(passages) > 1:
        return Group(number, passages[1:], answered=False)
    return Group(number, passages, answered=True)


def _kinds(
    questions: Sequence[TrainingQuestion], *, with_none: bool
) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {"news": [], "summary": [], "pquad": []}
    for number, question in enumerate(questions):
        if question.kind == "summary":
            found["summary"].append(number)
        elif question.source == "news":
            found["news"].append(number)
        elif question.kind == "question" or with_none:
            found["pquad"].append(number)
    return {kind: np.array(numbers, dtype=np.int64) for kind, numbers in found.items()}


_BEFORE = {
    "fa": ("میشه بگی", "سلام", "ببخشید", "لطفا بگو", "سلام خسته نباشید", "یه سوال", "راستی"),
    "en": ("could you tell me", "hi", "please tell me", "do you know", "quick question:"),
}
_AFTER = {
    "fa": ("ممنون", "لطفا", "مرسی", "میدونی؟", "بگو لطفا"),
    "en": ("please", "thanks", "do you know?", "thank you"),
}
_LONG = re.compile(r"[^\W\d_]{5,}")


def disturbed_question(text: str, language: str, generator: np.random.Generator) -> str:
    """Return a question as somebody in a hurry, or somebody polite, may type it.

    Courtesy words before or after it, or one or two letters dropped or swapped in long words.

    Args:
        text: the question, in the models' spelling.
        language: "fa" or "en".
        generator: source of the random choices.
    """
    kind = generator.integers(3)
    if kind == 0:
        return f"{generator.choice(_BEFORE[language])} {text}"
    if kind == 1:
        return f"{text} {generator.choice(_AFTER[language])}"
    for _ in range(generator.integers(1, 3)):
        words = list(_LONG.finditer(text))
        if not words:
            break
        word = words[generator.integers(len(words))]
        at = int(generator.integers(word.start() + 1, word.end() - 1))
        if generator.random() < 0.5:
            text = text[:at] + text[at + 1 :]
        else:
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text
