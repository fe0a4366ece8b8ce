"""The encoder as training sees it: token lists in, normalised vectors out."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel
from transformers.utils import logging

from index.encoders.bundled.adapter import Adapter
from index.training.data import Tokens

_CHUNK = 32


class TrainedEncoder:
    """A BERT encoder with mean pooling, its embeddings frozen and without dropout.

    Attributes:
        device: where it computes.
    """

    def __init__(self, folder: Path, device: str) -> None:
        """Load a model.

        Args:
            folder: a transformers folder.
            device: "cpu" or "cuda".
        """
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.device = torch.device(device)
        # Eager attention: on a CPU its backward pass is not slower than the fused kind's, with
        # bfloat16 twice as fast.
        model: PreTrainedModel = AutoModel.from_pretrained(
            folder, attn_implementation="eager", dtype=torch.float32
        )
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        model.train()
        nn.Module.to(model, self.device)
        self._model = model
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name.startswith("encoder."))

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return the parameters that training changes, by name."""
        return {
            name: parameter
            for name, parameter in self._model.named_parameters()
            if parameter.requires_grad
        }

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return a copy of the trainable weights."""
        return {
            name: parameter.detach().float().cpu().numpy().copy()
            for name, parameter in self.trainable().items()
        }

    def add(self, adapter: Adapter) -> None:
        """Add an adapter's differences to the trainable weights."""
        with torch.no_grad():
            for name, parameter in self.trainable().items():
                weight = parameter.cpu().numpy()
                parameter.copy_(torch.from_numpy(adapter.apply(name, weight)))

    def encode(self, texts: Sequence[Tokens]) -> Tensor:
        """Return (len(texts), dimensions) normalised vectors; gradients flow through them.

        Texts of like length go through the model together, so that little of it is padding.
        """
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        parts = [
            self._encode_chunk([texts[number] for number in order[start : start + _CHUNK]])
            for start in range(0, len(order), _CHUNK)
        ]
        places = torch.empty(len(order), dtype=torch.long)
        places[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(parts)[places.to(self.device)]

    def _encode_chunk(self, texts: Sequence[Tokens]) -> Tensor:
        ids = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor(text)
            mask[row, : len(text)] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        with self._precision():
            states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        pooled = (states.float() * weights).sum(dim=1) / weights.sum(dim=1)
        return nn.functional.normalize(pooled, dim=1)

    def _precision(self) -> AbstractContextManager[object]:
        if self.device.type == "cpu":
            able = torch.cpu.get_capabilities()
            fast = able.get("avx512_bf16") or able.get("amx_bf16")
        else:
            fast = torch.cuda.is_bf16_supported()
        return torch.autocast(self.device.type, torch.bfloat16) if fast else nullcontext()
