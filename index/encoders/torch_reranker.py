"""The reranker in torch: what it is exported from, and used where it cannot be exported."""

import threading
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from sentence_transformers import CrossEncoder
from tokenizers import Encoding, Tokenizer

from index.encoders.model_resolver import ResolvedModel
from index.encoders.pair_template import PairTemplate
from index.encoders.passage_reading import SPAN_LOGITS, PassageReading, span_logits
from index.encoders.torch_encoder import library_tokenizer, quiet, torch_precision
from index.errors import EncoderError
from index.settings import IndexSettings
from index.text.encoder_text import encoder_text, spelled_with_offsets
from index.text.special_characters import replace_surrogates

# What a model reads that does not say it.
_MAX_TOKENS = 512


class TorchReranker:
    """Any sentence-transformers CrossEncoder of one label; see `Reranker`.

    Several threads may use it at once, which take turns.

    Attributes:
        template: how a pair is framed.
        prompts: what the model wants before a question and before a passage.
        points: whether it tells where the answer is, by a module that writes `SPAN_LOGITS`.
        padding: number of the token that fills a batch up.
    """

    def __init__(self, model: CrossEncoder, settings: IndexSettings) -> None:
        """Rerank with a loaded model.

        Raises:
            EncoderError: it has more labels than one, or a tokenizer that frames no pairs.
        """
        if model.num_labels != 1:
            raise EncoderError(f"a reranker has one label, and this model {model.num_labels}")
        tokenizer = library_tokenizer(model.tokenizer)
        padding = getattr(model.tokenizer, "pad_token_id", None)
        if tokenizer is None or padding is None:
            raise EncoderError("the reranker's tokenizer has no padding, or is of no known kind")
        self._model = model
        self._tokenizer = tokenizer
        self._batch_size = settings.batch_size
        self.padding: int = padding
        self.template = _template(tokenizer, model.max_seq_length or _MAX_TOKENS)
        self.prompts = (model.prompts.get("query") or "", model.prompts.get("passage") or "")
        self.points = any(
            getattr(module, "module_output_name", None) == SPAN_LOGITS for module in model
        )
        self._turn = threading.Lock()

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """Return the reading of each (question, passage) pair; see `Reranker`."""
        found: list[PassageReading] = []
        for start in range(0, len(pairs), self._batch_size):
            found += self._read(pairs[start : start + self._batch_size])
        return found

    def _read(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        spelled = [spelled_with_offsets(passage) for _, passage in pairs]
        questions = [
            self._encode(self.prompts[0] + encoder_text(question)) for question, _ in pairs
        ]
        passages = [self._encode(self.prompts[1] + passage.text) for passage in spelled]
        framed = [
            self.template.frame(question.ids, passage.ids)
            for question, passage in zip(questions, passages, strict=True)
        ]
        scores, spans = self._run(framed)
        readings = []
        for at, score in enumerate(scores.tolist()):
            span = None
            if spans is not None:
                places = self.template.passage_places(len(questions[at]), len(passages[at]))
                offsets = np.array(passages[at].offsets, np.int64).reshape(-1, 2)[: len(places)]
                logits = spans[at, places.start : places.stop]
                span = span_logits(spelled[at], offsets, logits, len(self.prompts[1]))
            readings.append(PassageReading(score, span))
        return readings

    def _encode(self, text: str) -> Encoding:
        # A lone surrogate has no UTF-8 form, which the library needs.
        return self._tokenizer.encode(replace_surrogates(text), add_special_tokens=False)

    def _run(
        self, batch: Sequence[list[int]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Return (n,) scores and, from a model that points, (n, longest, 2) logits of tokens."""
        longest = max(map(len, batch))
        numbers = torch.full((len(batch), longest), self.padding)
        mask = torch.zeros_like(numbers)
        for at, tokens in enumerate(batch):
            numbers[at, : len(tokens)] = torch.tensor(tokens)
            mask[at, : len(tokens)] = 1
        with self._turn, torch.inference_mode():
            output = self._model({"input_ids": numbers, "attention_mask": mask})
        scores = output["scores"].float().reshape(len(batch)).numpy()
        spans = output[SPAN_LOGITS].float().numpy() if self.points else None
        return scores, spans


def load_torch_reranker(model: ResolvedModel, settings: IndexSettings) -> TorchReranker:
    """Load a reranker into torch, in the precision that the settings say.

    Raises:
        EncoderError: it is damaged, or the processor does not multiply in that precision.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    loaded = load_cross_encoder(model, torch_precision(settings))
    return TorchReranker(loaded, settings)


def load_cross_encoder(model: ResolvedModel, precision: "torch.dtype") -> CrossEncoder:
    """Load a cross-encoder's modules.

    Raises:
        EncoderError: it is damaged.
    """
    quiet()
    try:
        loaded: CrossEncoder = CrossEncoder(
            str(model.path), device="cpu", model_kwargs={"dtype": precision}
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EncoderError(f"{model.path}: not a usable reranker: {reason}") from error
    loaded.eval()
    return loaded


def _template(tokenizer: Tokenizer, max_tokens: int) -> PairTemplate:
    """Read off an encoded pair which special tokens stand where."""
    encoded = tokenizer.encode("a", "a")
    own = [at for at, special in enumerate(encoded.special_tokens_mask) if not special]
    first = [at for at in own if encoded.sequence_ids[at] == 0]
    second = [at for at in own if encoded.sequence_ids[at] == 1]
    if not first or not second:
        raise EncoderError("the reranker's tokenizer has no token for the letter a")
    ids = encoded.ids
    return PairTemplate(
        prefix=tuple(ids[: first[0]]),
        between=tuple(ids[first[-1] + 1 : second[0]]),
        suffix=tuple(ids[second[-1] + 1 :]),
        max_tokens=max_tokens,
    )
