"""A run of one stage, from weights to weights."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from index.encoders.bundled.adapter import Adapter, write_adapter
from index.training.config import Precision, TrainingConfig
from index.training.cross_encoder import TrainableReranker
from index.training.loop import Batch, Step, TrainingLoop, TrainingStage
from index.training.models import TrainableEncoder, TrainableModel
from index.training.sampling import mine_negatives
from index.training.stages import EncoderStage, RerankerStage, TokenizedSet

ADAPTER = "adapter.safetensors"
Model = TypeVar("Model", bound=TrainableModel)


@dataclass(frozen=True, slots=True)
class Workplace:
    """What every run needs.

    Attributes:
        folder: the original model, a transformers folder.
        device: where to compute.
        precision: see `TrainingConfig`.
        data: what is learned from.
    """

    folder: Path
    device: torch.device
    precision: Precision
    data: TokenizedSet

    def encoder(self, *adapters: Adapter) -> TrainableEncoder:
        """Load the encoder, with adapters added."""
        return _with(TrainableEncoder(self.folder, self.device, self.precision), adapters)

    def reranker(self, *adapters: Adapter, layers: Sequence[int] = ()) -> TrainableReranker:
        """Load a reranker, with adapters added; of some layers only where they are named."""
        model = _with(TrainableReranker(self.folder, self.device, self.precision), adapters)
        if layers:
            model.keep_layers(layers)
        return model

    def vectors(
        self, encoder: TrainableEncoder, limit: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return an encoder's vectors of all questions and of all passages."""
        tokenizer, data = self.data.tokenizer, self.data
        return (
            encoder.vectors([tokenizer.single(tokens, limit) for tokens in data.questions]),
            encoder.vectors([tokenizer.single(tokens, limit) for tokens in data.passages]),
        )

    def mine(self, encoder: TrainableEncoder, limit: int) -> NDArray[np.int32]:
        """Return each question's mined negatives by an encoder."""
        return mine_negatives(*self.vectors(encoder, limit), self.data.training, self.device)


def train_encoder(
    place: Workplace,
    model: TrainableEncoder,
    mined: NDArray[np.int32],
    config: TrainingConfig,
    output: Path,
    on_step: Callable[[Step], None],
    steps: int | None = None,
) -> None:
    """Train an encoder; see `EncoderStage` and `TrainingLoop`."""
    kept = output / f"originals-{place.data.digest}-{config.max_tokens}.npz"
    if not kept.exists():
        questions, passages = place.vectors(place.encoder(), config.max_tokens)
        partial = output / f".{kept.name}.partial.npz"
        output.mkdir(parents=True, exist_ok=True)
        np.savez(partial, questions=questions, passages=passages)
        partial.replace(kept)
    with np.load(kept) as arrays:
        originals = (arrays["questions"], arrays["passages"])
    stage = EncoderStage(model, place.data, mined, originals, config)
    _run(stage, place.data.digest, mined, config, output, on_step, steps)


def train_reranker(
    place: Workplace,
    model: TrainableReranker,
    mined: NDArray[np.int32],
    config: TrainingConfig,
    output: Path,
    on_step: Callable[[Step], None],
    steps: int | None = None,
    teachers: Sequence[TrainableReranker] = (),
) -> None:
    """Train a reranker; see `RerankerStage` and `TrainingLoop`."""
    stage = RerankerStage(model, place.data, mined, config, teachers)
    _run(stage, place.data.digest, mined, config, output, on_step, steps)


def write_trained(
    place: Workplace, model: TrainableModel, path: Path, rank: int, scale: float = 1.0
) -> Path:
    """Write what training changed, as an adapter of the original model.

    Args:
        place: where the original model is.
        model: the trained one.
        path: the file.
        rank: of the differences; see `write_adapter`.
        scale: the share of them that is kept.
    """
    base = TrainableModel(place.folder, torch.device("cpu")).weights()
    layers = ",".join(map(str, model.layers))
    write_adapter(path, base, model.weights(), rank, scale, {"layers": layers})
    return path


def _run(
    stage: TrainingStage[Batch],
    data: str,
    mined: NDArray[np.int32],
    config: TrainingConfig,
    output: Path,
    on_step: Callable[[Step], None],
    steps: int | None,
) -> None:
    weights = hashlib.sha256()
    for name, weight in sorted(stage.model.weights().items()):
        weights.update(name.encode() + weight.tobytes())
    key = config.run_key(data.encode(), mined.tobytes(), weights.digest())
    TrainingLoop(stage, config, output, key).run(on_step, steps)


def _with(model: Model, adapters: Sequence[Adapter]) -> Model:
    for adapter in adapters:
        model.add(adapter)
    return model
