"""The training loop: deterministic, resumed where it was stopped, ended by steps or by time."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, Dataset

from index.errors import EncoderError
from index.training.config import TrainingConfig
from index.training.models import HEADS, TrainableModel

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
# Heads begin at random and have farther to go.
_HEAD_RATE = 10.0
_WORKERS = 6
Batch = TypeVar("Batch")


class TrainingStage(Protocol[Batch]):
    """What a stage of training brings: its model and the loss of a step."""

    @property
    def model(self) -> TrainableModel:
        """The model that is trained."""
        ...

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has."""
        ...

    def batch(self, epoch: int, place: int) -> Batch:
        """Return what an epoch's step takes; the same for the same numbers."""
        ...

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of a step."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What one step reports."""

    number: int
    total: int
    loss: float
    learning_rate: float
    seconds: float


class _Steps(Dataset[Batch]):
    """A run's remaining batches, by their place."""

    def __init__(self, stage: TrainingStage[Batch], first: int, last: int) -> None:
        self._stage, self._first, self._count = stage, first, max(0, last - first)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> Batch:
        if place >= self._count:
            raise IndexError(place)
        return self._stage.batch(*divmod(self._first + place, self._stage.steps_per_epoch))


def _as_it_is(batch: Batch) -> Batch:
    return batch


class TrainingLoop(Generic[Batch]):
    """One run, kept in a folder: checkpoint and log.

    Attributes:
        done: steps that are done.
        total: steps of the whole run.
    """

    def __init__(
        self, stage: TrainingStage[Batch], config: TrainingConfig, output: Path, key: str
    ) -> None:
        """Prepare a run, or the rest of one.

        Args:
            stage: what is trained.
            config: how to train.
            output: the run's folder; a checkpoint in it is resumed.
            key: names the run; a checkpoint of another one is refused.

        Raises:
            EncoderError: the folder holds another run's checkpoint.
        """
        self._stage, self._config, self._output, self._key = stage, config, output, key
        output.mkdir(parents=True, exist_ok=True)
        self.total = max(1, round(stage.steps_per_epoch * config.epochs))
        self.done = 0
        self._seconds = 0.0
        self._since = time.monotonic()
        groups: dict[bool, list[torch.nn.Parameter]] = {False: [], True: []}
        for name, parameter in stage.model.trainable().items():
            groups[name.startswith(HEADS)].append(parameter)
        self._optimizer = torch.optim.AdamW(
            [
                {"params": parameters, "factor": _HEAD_RATE if heads else 1.0}
                for heads, parameters in groups.items()
                if parameters
            ],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=stage.model.device.type == "cuda",
        )
        self._resume()

    def run(self, on_step: Callable[[Step], None], steps: int | None = None) -> None:
        """Train to the end.

        Args:
            on_step: called after each step.
            steps: stop after so many steps of the run, which may go on later; None: all.
        """
        last = self.total if steps is None else min(steps, self.total)
        self._since = time.monotonic()
        with (self._output / LOG).open("a", encoding="utf-8") as log:
            for batch in self._batches(last):
                if self._progress() >= 1:
                    break
                step = self._step(batch)
                log.write(json.dumps(asdict(step)) + "\n")
                log.flush()
                on_step(step)
                if self.done % self._config.checkpoint_every == 0 or self.done == last:
                    self._save()

    def _batches(self, last: int) -> Iterable[Batch]:
        # A GPU is faster than one process puts its steps together.
        workers = _WORKERS if self._stage.model.device.type == "cuda" else 0
        steps = _Steps(self._stage, self.done, last)
        return DataLoader(steps, batch_size=None, num_workers=workers, collate_fn=_as_it_is)

    def _step(self, batch: Batch) -> Step:
        rate = self._config.learning_rate * self._schedule(self._progress())
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        loss = self._stage.loss(batch)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(self._stage.model.trainable().values(), self._config.max_norm)
        self._optimizer.step()
        self.done += 1
        value = round(loss.item(), 4)
        # Waiting for the batch counts.
        now = time.monotonic()
        seconds, self._since = now - self._since, now
        self._seconds += seconds
        return Step(self.done, self.total, value, rate, round(seconds, 2))

    def _progress(self) -> float:
        """Return which share of the run is done, by steps or by time."""
        by_steps = self.done / self.total
        limit = self._config.seconds
        return by_steps if limit is None else max(by_steps, self._seconds / limit)

    def _schedule(self, progress: float) -> float:
        warm_up = self._config.warm_up
        if progress < warm_up:
            return (progress + 1 / self.total) / (warm_up + 1 / self.total)
        return (1 - progress) / (1 - warm_up)

    def _save(self) -> None:
        state = {
            "key": self._key,
            "done": self.done,
            "seconds": self._seconds,
            "weights": {k: p.detach() for k, p in self._stage.model.trainable().items()},
            "optimizer": self._optimizer.state_dict(),
        }
        partial = self._output / f".{CHECKPOINT}.partial"
        torch.save(state, partial)
        partial.replace(self._output / CHECKPOINT)

    def _resume(self) -> None:
        path = self._output / CHECKPOINT
        if not path.exists():
            return
        state = torch.load(path, map_location=self._stage.model.device, weights_only=True)
        if state["key"] != self._key:
            raise EncoderError(
                f"{path} belongs to a run with other data or settings; "
                "choose another --output or remove it"
            )
        with torch.no_grad():
            for name, parameter in self._stage.model.trainable().items():
                parameter.copy_(state["weights"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        self.done, self._seconds = state["done"], state["seconds"]
        # Steps after the checkpoint are taken again and logged again.
        log = self._output / LOG
        lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
        log.write_text("".join(lines[: self.done]), encoding="utf-8")
