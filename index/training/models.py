"""The encoder and the reranker as training sees them: tokens in, vectors or scores out."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel
from transformers.utils import logging

from index.encoders.bundled.adapter import Adapter
from index.training.config import Precision
from index.training.tokens import TokenBatch, Tokens, padded_batches, to_device

_CPU_LIMIT, _GPU_LIMIT = 4096, 32768
HEADS = ("head.", "span.")


def use_device(name: str = "auto") -> torch.device:
    """Return where to compute: a GPU where there is one, unless the name says otherwise."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


class TrainableModel(nn.Module):
    """A BERT model without dropout, its token embeddings frozen.

    Attributes:
        device: where it computes.
        layers: the original numbers of its layers.
        limit: how many tokens go through it at once; see `padded_batches`.
    """

    def __init__(self, folder: Path, device: torch.device, precision: Precision = "auto") -> None:
        """Load a model.

        Args:
            folder: a transformers folder.
            device: see `use_device`.
            precision: see `TrainingConfig`.
        """
        super().__init__()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.device = device
        # On a CPU eager attention's backward pass is not slower than the fused kind's, with
        # bfloat16 twice as fast.
        attention = "sdpa" if device.type == "cuda" else "eager"
        model: PreTrainedModel = AutoModel.from_pretrained(
            folder, attn_implementation=attention, dtype=torch.float32
        )
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        # In this mode dropout keeps no masks; nothing else depends on it.
        nn.Module.eval(model)
        self.model = nn.Module.to(model, device)
        self.layers = tuple(range(model.config.num_hidden_layers))
        self.limit = _GPU_LIMIT if device.type == "cuda" else _CPU_LIMIT
        self._fast = _multiplies_bfloat16(device) if precision == "auto" else precision != "float32"
        for name, parameter in model.named_parameters():
            trained = name.startswith(("encoder.", "embeddings.LayerNorm."))
            parameter.requires_grad_(trained)

    def keep_layers(self, layers: Sequence[int]) -> None:
        """Take out all layers but these, whose order stays; each keeps its name in `weights`."""
        encoder: Any = self.model.encoder
        encoder.layer = nn.ModuleList([encoder.layer[number] for number in layers])
        self.model.config.num_hidden_layers = len(layers)
        self.layers = tuple(self.layers[number] for number in layers)

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return the parameters that training changes, by their names in the whole model."""
        found = {}
        for name, parameter in self.named_parameters():
            if parameter.requires_grad:
                parts = name.removeprefix("model.").split(".")
                if parts[:2] == ["encoder", "layer"]:
                    parts[2] = str(self.layers[int(parts[2])])
                found[".".join(parts)] = parameter
        return found

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return a copy of the trainable weights."""
        return {
            name: parameter.detach().float().cpu().numpy().copy()
            for name, parameter in self.trainable().items()
        }

    @torch.no_grad()
    def load(self, weights: dict[str, NDArray[np.float32]]) -> None:
        """Take weights over; parameters that are not among them stay as they are."""
        for name, parameter in self.trainable().items():
            if name in weights:
                parameter.copy_(torch.from_numpy(weights[name]))

    @torch.no_grad()
    def add(self, adapter: Adapter) -> None:
        """Add an adapter's differences to the trainable weights; heads are taken over."""
        for name, parameter in self.trainable().items():
            weight = parameter.cpu().numpy()
            if name.startswith(HEADS):
                weight = np.zeros_like(weight) if name in adapter else weight
            parameter.copy_(torch.from_numpy(adapter.apply(name, weight)))

    def states(self, batches: Sequence[TokenBatch]) -> "list[States]":
        """Return the last layer's states of all sequences."""
        found = []
        # Within one context a weight is turned into bfloat16 once.
        with self._autocast():
            for batch in batches:
                ids, mask = to_device(batch.ids, self.device), to_device(batch.mask, self.device)
                output = self.model(input_ids=ids, attention_mask=mask)
                found.append(States(batch.rows, output.last_hidden_state.float(), mask))
        return found

    def _autocast(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16) if self._fast else nullcontext()


@dataclass(frozen=True, slots=True)
class States:
    """What the model makes of some sequences.

    `rows` are their places, `values` is (n, tokens, hidden) and `mask` (n, tokens).
    """

    rows: NDArray[np.int64]
    values: Tensor
    mask: Tensor


class TrainableEncoder(TrainableModel):
    """The encoder: the mean of a text's states, normalised."""

    def encode(self, batches: Sequence[TokenBatch]) -> Tensor:
        """Return (sequences, dimensions) normalised vectors; gradients flow through them."""
        parts = self.states(batches)
        pooled = torch.cat([_mean(part) for part in parts])
        return nn.functional.normalize(in_order(pooled, [part.rows for part in parts]), dim=1)

    @torch.inference_mode()
    def vectors(self, sequences: Sequence[Tokens], block: int = 4096) -> NDArray[np.float32]:
        """Return the vectors of any number of sequences, without gradients."""
        blocks = [
            self.encode(padded_batches(sequences[at : at + block], self.limit)).cpu().numpy()
            for at in range(0, len(sequences), block)
        ]
        found: NDArray[np.float32] = np.concatenate(blocks)
        return found


def in_order(values: Tensor, rows: Sequence[NDArray[np.int64]]) -> Tensor:
    """Return rows of `values`, given in the order of `rows`, in the order of their places."""
    places = torch.from_numpy(np.argsort(np.concatenate(rows)))
    return values[places.to(values.device)]


def _mean(part: States) -> Tensor:
    weights = part.mask.unsqueeze(-1).float()
    return (part.values * weights).sum(dim=1) / weights.sum(dim=1)


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
