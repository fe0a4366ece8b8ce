"""The training loop: deterministic, and resumed where it was stopped."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from index.encoders.bundled.adapter import read_adapter, write_adapter
from index.errors import EncoderError
from index.training.data import Batch, Pair, epoch_order, make_batch
from index.training.losses import contrast, drift
from index.training.model import TrainedEncoder

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
ADAPTER = "adapter.safetensors"
_MAX_NORM = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to train; the same options, data and machine give the same adapter.

    Attributes:
        epochs: times that every article is seen.
        batch_size: articles in a step.
        learning_rate: at its peak, after a tenth of the steps.
        temperature: of the contrastive losses.
        summary_weight: of English titles and abstracts, the questions' being 1.
        title_share: of passages that get their article's title in front, as in the index.
        sibling_share: of articles with another of their paragraphs as a negative.
        anchor_weight: of keeping Persian questions where the original encoder puts them.
        seed: of all random choices.
        rank: of the adapter's factors.
        scale: share of the difference that the adapter keeps.
        checkpoint_every: steps between checkpoints.
    """

    epochs: int = 3
    batch_size: int = 64
    learning_rate: float = 1.5e-4
    temperature: float = 0.02
    summary_weight: float = 0.5
    title_share: float = 0.75
    sibling_share: float = 0.25
    anchor_weight: float = 3.0
    seed: int = 1
    rank: int = 64
    scale: float = 1.0
    checkpoint_every: int = 10

    def run_key(self, pairs: Sequence[Pair], start: bytes) -> str:
        """Identify the run that a checkpoint belongs to: its data and all that moves weights."""
        moving = asdict(self)
        for name in ("rank", "scale", "checkpoint_every"):
            del moving[name]
        return hashlib.sha256(repr((sorted(moving.items()), pairs, start)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """What one step reports."""

    number: int
    total: int
    loss: float
    learning_rate: float
    seconds: float


class Trainer:
    """One run, kept in a folder: checkpoint, log, an adapter after each epoch and a final one."""

    def __init__(
        self,
        encoder: TrainedEncoder,
        pairs: Sequence[Pair],
        options: Options,
        output: Path,
        start: Path | None = None,
    ) -> None:
        """Prepare a run, or the rest of one.

        Args:
            encoder: the untrained encoder.
            pairs: the training data.
            options: how to train.
            output: the run's folder; a checkpoint in it is resumed.
            start: an adapter to begin with; the new adapter replaces it.

        Raises:
            EncoderError: the folder holds another run's checkpoint, or `start` is damaged.
        """
        self._encoder, self._pairs, self._options, self._output = encoder, pairs, options, output
        output.mkdir(parents=True, exist_ok=True)
        self._base = encoder.weights()
        with torch.no_grad():
            self._originals = encoder.encode([pair.question_fa for pair in pairs])
        self._order: list[NDArray[np.int64]] = []
        self._order_epoch = -1
        self._steps_per_epoch = max(1, len(pairs) // options.batch_size)
        self._total = self._steps_per_epoch * options.epochs
        self._optimizer = torch.optim.AdamW(
            encoder.trainable().values(), lr=options.learning_rate, weight_decay=0.01
        )
        self._done = 0
        if start is not None:
            encoder.add(read_adapter(start))
        self._key = options.run_key(pairs, start.read_bytes() if start else b"")
        self._resume()

    def run(self, report: Callable[[Step], None], steps: int | None = None) -> Path:
        """Train to the end.

        Args:
            report: called after each step.
            steps: stop after so many steps of the run, which may go on later; None: all.

        Returns:
            The adapter.
        """
        last = self._total if steps is None else min(steps, self._total)
        while self._done < last:
            step = self._step()
            report(step)
            with (self._output / LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps(asdict(step)) + "\n")
            if self._done % self._steps_per_epoch == 0:
                epoch = self._done // self._steps_per_epoch
                self._export(self._output / f"epoch-{epoch}.safetensors")
            if self._done % self._options.checkpoint_every == 0 or self._done == last:
                self._save()
        return self._export(self._output / ADAPTER)

    def _step(self) -> Step:
        started = time.monotonic()
        options = self._options
        epoch, place = divmod(self._done, self._steps_per_epoch)
        if epoch != self._order_epoch:
            generator = np.random.default_rng([options.seed, epoch])
            vectors = self._originals.cpu().numpy()
            self._order = epoch_order(vectors, options.batch_size, generator)
            self._order_epoch = epoch
        # Every choice follows from the seed and the step, so a resumed run makes the same ones.
        generator = np.random.default_rng([options.seed, epoch, place])
        batch = make_batch(
            self._pairs,
            self._order[place],
            generator,
            options.title_share,
            options.sibling_share,
        )
        rate = self._rate()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        loss = self._loss(batch)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(self._encoder.trainable().values(), _MAX_NORM)
        self._optimizer.step()
        self._done += 1
        seconds = round(time.monotonic() - started, 2)
        return Step(self._done, self._total, round(loss.item(), 4), rate, seconds)

    def _rate(self) -> float:
        warm_up = max(1, self._total // 10)
        if self._done < warm_up:
            return self._options.learning_rate * (self._done + 1) / warm_up
        return self._options.learning_rate * (self._total - self._done) / (self._total - warm_up)

    def _loss(self, batch: Batch) -> Tensor:
        options, count = self._options, len(batch.passages)
        texts = [*batch.questions_en, *batch.questions_fa, *batch.summaries_en]
        vectors = self._encoder.encode([*texts, *batch.passages, *batch.siblings])
        english, persian, summaries = torch.split(vectors[: 3 * count], count)
        candidates = vectors[3 * count :]
        own = torch.arange(count, device=vectors.device)
        originals = self._originals[torch.as_tensor(batch.indices, device=vectors.device)]
        temperature = options.temperature
        return (
            contrast(english, candidates, own, temperature)
            + contrast(persian, candidates, own, temperature)
            + options.summary_weight * contrast(summaries, candidates, own, temperature)
            + options.anchor_weight * drift(persian, originals)
        )

    def _export(self, path: Path) -> Path:
        options = self._options
        write_adapter(path, self._base, self._encoder.weights(), options.rank, options.scale)
        return path

    def _save(self) -> None:
        state = {
            "key": self._key,
            "done": self._done,
            "weights": {name: p.detach() for name, p in self._encoder.trainable().items()},
            "optimizer": self._optimizer.state_dict(),
        }
        partial = self._output / f".{CHECKPOINT}.partial"
        torch.save(state, partial)
        partial.replace(self._output / CHECKPOINT)

    def _resume(self) -> None:
        path = self._output / CHECKPOINT
        if not path.exists():
            return
        state = torch.load(path, map_location=self._encoder.device, weights_only=True)
        if state["key"] != self._key:
            raise EncoderError(
                f"{path} belongs to a run with other data or options; "
                "choose another --output or remove it"
            )
        with torch.no_grad():
            for name, parameter in self._encoder.trainable().items():
                parameter.copy_(state["weights"][name])
        self._optimizer.load_state_dict(state["optimizer"])
        self._done = state["done"]
        # Steps after the checkpoint are taken again and logged again.
        log = self._output / LOG
        lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
        log.write_text("".join(lines[: self._done]), encoding="utf-8")
