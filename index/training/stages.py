"""The two stages: the encoder, and the reranker that reads question and passage together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from index.training.config import TrainingConfig
from index.training.cross_encoder import TrainableReranker
from index.training.dataset import TrainingQuestion, TrainingSet
from index.training.losses import anchor_loss, info_nce, listwise_loss, margin_mse, span_loss
from index.training.models import TrainableEncoder
from index.training.sampling import (
    Group,
    choose_passages,
    disturbed_question,
    hard_negative_batches,
    make_group,
    steps_of_epoch,
)
from index.training.tokens import ModelTokenizer, TokenBatch, Tokens, padded_batches, to_device


class TokenizedSet:
    """A training set with its tokens.

    Attributes:
        training: the set.
        tokenizer: what cut it.
        passages: the tokens of each passage.
        questions: the tokens of each question.
        spans: (questions, 2) first and last token of each answer in its passage; -1 where unknown.
        digest: names the data.
    """

    def __init__(self, training: TrainingSet, tokenizer: ModelTokenizer) -> None:
        """Tokenise every passage and question."""
        self.training, self.tokenizer = training, tokenizer
        self.passages = tokenizer.tokens([one.text for one in training.passages], "passage")
        self.questions = tokenizer.tokens([one.text for one in training.questions], "query")
        everything = repr((training.passages, training.questions))
        self.digest = hashlib.sha256(everything.encode()).hexdigest()[:16]
        texts = [training.passages[one.passage].text for one in training.questions]
        self.spans = tokenizer.spans(texts, [one.answer for one in training.questions])

    def draw(
        self, numbers: Sequence[int], share: float, generator: np.random.Generator
    ) -> list[Tokens]:
        """Return the tokens of some questions, a share of them disturbed."""
        found = [self.questions[number] for number in numbers]
        chosen = np.flatnonzero(generator.random(len(numbers)) < share).tolist()
        questions: list[TrainingQuestion] = [self.training.questions[numbers[at]] for at in chosen]
        texts = [disturbed_question(one.text, one.language, generator) for one in questions]
        for at, tokens in zip(chosen, self.tokenizer.tokens(texts, "query"), strict=True):
            found[at] = tokens
        return found


class _Stage:
    """What both stages share: the same batches for the same seed."""

    def __init__(self, data: TokenizedSet, mined: NDArray[np.int32], config: TrainingConfig):
        self._data, self._mined, self._config = data, mined, config
        self.steps_per_epoch = steps_of_epoch(data.training, config)
        self._epoch = -1
        self._batches: list[NDArray[np.int64]] = []

    def _batch(self, epoch: int, place: int) -> tuple[list[int], np.random.Generator]:
        if epoch != self._epoch:
            self._batches = list(hard_negative_batches(self._data.training, self._config, epoch))
            self._epoch = epoch
        # Every choice follows from the seed and the step, so a resumed run makes the same ones.
        generator = np.random.default_rng([self._config.seed, epoch, place])
        return self._batches[place].tolist(), generator


@dataclass(frozen=True, slots=True)
class EncoderBatch:
    """A step of the encoder: n questions, then m passages.

    Attributes:
        texts: their tokens.
        targets: (n,) which passage answers each question.
        masked: (n, m) passages that must not count as wrong.
        held: places of the texts that are kept where they were.
        originals: (held, dimensions) where that is.
    """

    texts: list[TokenBatch]
    targets: NDArray[np.int64]
    masked: NDArray[np.bool_]
    held: NDArray[np.int64]
    originals: NDArray[np.float32]


class EncoderStage(_Stage):
    """The encoder learns to bring a question to its passage, and to stay where it was."""

    def __init__(
        self,
        model: TrainableEncoder,
        data: TokenizedSet,
        mined: NDArray[np.int32],
        originals: tuple[NDArray[np.float32], NDArray[np.float32]],
        config: TrainingConfig,
    ) -> None:
        """Prepare the stage.

        Args:
            model: the encoder.
            data: what it learns from.
            mined: see `mine_negatives`.
            originals: the untrained encoder's vectors of all questions and of all passages.
            config: how to train.
        """
        super().__init__(data, mined, config)
        self.model = model
        self._original_questions, self._original_passages = originals

    def batch(self, epoch: int, place: int) -> EncoderBatch:
        """Choose the questions and passages of a step."""
        config, data, training = self._config, self._data, self._data.training
        numbers, generator = self._batch(epoch, place)
        groups = [choose_passages(training, n, self._mined, config, generator) for n in numbers]
        rows = sorted({row for group in groups for row in group})
        place_of = {row: at for at, row in enumerate(rows)}
        masked = np.zeros((len(numbers), len(rows)), dtype=bool)
        for at, number in enumerate(numbers):
            for row in training.masked(training.questions[number]):
                if row in place_of:
                    masked[at, place_of[row]] = True
        persian = [at for at, n in enumerate(numbers) if training.questions[n].language == "fa"]
        texts = [
            *data.draw(numbers, config.disturbed, generator),
            *(data.passages[row] for row in rows),
        ]
        return EncoderBatch(
            texts=padded_batches(
                [data.tokenizer.single(text, config.max_tokens) for text in texts],
                self.model.limit,
            ),
            targets=np.array([place_of[group[0]] for group in groups]),
            masked=masked,
            held=np.array([*persian, *range(len(numbers), len(texts))]),
            originals=np.concatenate(
                [
                    self._original_questions[[numbers[at] for at in persian]],
                    self._original_passages[rows],
                ]
            ),
        )

    def loss(self, batch: EncoderBatch) -> Tensor:
        """Return InfoNCE over all passages of the step, and the anchor."""
        vectors = self.model.encode(batch.texts)
        count = len(batch.targets)
        found = info_nce(
            vectors[:count],
            vectors[count:],
            to_device(batch.targets, vectors.device),
            to_device(batch.masked, vectors.device),
            self._config.temperature,
        )
        held = vectors[to_device(batch.held, vectors.device)]
        anchored = anchor_loss(held, to_device(batch.originals, vectors.device))
        return found + self._config.anchor_weight * anchored


@dataclass(frozen=True, slots=True)
class RerankerBatch:
    """A step of the reranker.

    Attributes:
        pairs: question and passage, group by group; then pairs for spans alone.
        sizes: how many pairs each group has.
        targets: (groups,) place of the right passage; the largest size: none answers.
        firsts: (pairs,) place of the passage's first token; -1 where no answer is known.
        spans: (pairs, 2) first and last token of the answer.
    """

    pairs: list[TokenBatch]
    sizes: list[int]
    targets: NDArray[np.int64]
    firsts: NDArray[np.int64]
    spans: NDArray[np.int64]


class RerankerStage(_Stage):
    """The reranker learns to choose among like passages, to say "none of these", and to point."""

    def __init__(
        self,
        model: TrainableReranker,
        data: TokenizedSet,
        mined: NDArray[np.int32],
        config: TrainingConfig,
        teachers: Sequence[TrainableReranker] = (),
    ) -> None:
        """Prepare the stage.

        Args:
            model: the reranker.
            data: what it learns from.
            mined: see `mine_negatives`.
            config: how to train.
            teachers: rerankers whose mean score `model` learns to give, too.
        """
        super().__init__(data, mined, config)
        self.model = model
        self._teachers = teachers
        known = (data.spans[:, 0] >= 0) & (data.spans[:, 1] < config.max_tokens)
        self._pointable = np.flatnonzero(known) if config.span_weight else np.empty(0, np.int64)

    def batch(self, epoch: int, place: int) -> RerankerBatch:
        """Choose the groups of a step."""
        config, data = self._config, self._data
        numbers, generator = self._batch(epoch, place)
        drawn = data.draw(numbers, config.disturbed, generator)
        groups = [
            make_group(data.training, number, self._mined, config, generator) for number in numbers
        ]
        limits = (config.max_question_tokens, config.max_tokens)
        pairs = [
            data.tokenizer.pair(question, data.passages[row], limits)
            for question, group in zip(drawn, groups, strict=True)
            for row in group.passages
        ]
        sizes = [len(group.passages) for group in groups]
        targets = np.array([0 if group.answered else max(sizes) for group in groups])
        # Pairs without a group are cheap, and few questions' spans are known.
        alone = generator.choice(self._pointable, min(config.span_pairs, len(self._pointable)))
        further = data.draw(alone.tolist(), config.disturbed, generator)
        for number, question in zip(alone.tolist(), further, strict=True):
            row = data.training.questions[number].passage
            pairs.append(data.tokenizer.pair(question, data.passages[row], limits))
            groups.append(Group(number, (row,), answered=True))
        firsts, spans = self._spans(groups, [*drawn, *further], limits)
        return RerankerBatch(padded_batches(pairs, self.model.limit), sizes, targets, firsts, spans)

    def loss(self, batch: RerankerBatch) -> Tensor:
        """Return the listwise loss, that of spans, and the distance to the teachers."""
        config = self._config
        scores, pointed = self.model.score_and_point(batch.pairs, batch.firsts)
        ranked = sum(batch.sizes)
        logits = _grouped(scores[:ranked], batch.sizes)
        loss = listwise_loss(logits, to_device(batch.targets, logits.device))
        if self._teachers:
            with torch.no_grad():
                each = torch.stack([teacher.score(batch.pairs) for teacher in self._teachers])
            distance = margin_mse(logits, _grouped(each.mean(dim=0)[:ranked], batch.sizes))
            loss = (1 - config.distilled) * loss + config.distilled * distance
        total = sum(len(rows) for rows, _ in pointed)
        for rows, found in pointed if config.span_weight else []:
            right = to_device(batch.spans[rows], found.device)
            weight = config.span_weight * len(rows) / total
            loss = loss + weight * span_loss(found[:, 0], found[:, 1], right)
        return loss

    def _spans(
        self, groups: Sequence[Group], drawn: Sequence[Tokens], limits: tuple[int, int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where in each pair the passage begins and the answer is; -1 where it is not."""
        count = sum(len(group.passages) for group in groups)
        firsts = np.full(count, -1, dtype=np.int64)
        spans = np.full((count, 2), -1, dtype=np.int64)
        at = 0
        for group, question in zip(groups, drawn, strict=True):
            start, end = self._data.spans[group.question]
            if group.answered and start >= 0 and end < limits[1]:
                firsts[at] = 3 + min(len(question), limits[0])
                spans[at] = firsts[at] + start, firsts[at] + end
            at += len(group.passages)
        return firsts, spans


def _grouped(scores: Tensor, sizes: Sequence[int]) -> Tensor:
    """Return (groups, longest) scores, -inf behind a shorter group's."""
    parts = torch.split(scores, list(sizes))
    return torch.nn.utils.rnn.pad_sequence(list(parts), batch_first=True, padding_value=-torch.inf)
