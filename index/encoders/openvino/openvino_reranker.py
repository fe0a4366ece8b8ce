"""The reranker in OpenVINO: neither torch nor transformers is imported."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoders.openvino.exported_model import damaged, read_facts
from index.encoders.openvino.openvino_model import OpenVinoModel
from index.encoders.openvino.tokenizer import open_tokenizer
from index.encoders.pair_template import PairTemplate
from index.settings import IndexSettings
from index.text.encoder_text import encoder_text


class OpenVinoReranker:
    """A cross-encoder in its OpenVINO form; see `Reranker`. Several threads may use it at once."""

    def __init__(self, exported: Path, settings: IndexSettings) -> None:
        """Open an exported model.

        Args:
            exported: what `index.encoders.openvino.export_cache.exported_reranker` returned.
            settings: batch size, threads and precision.

        Raises:
            EncoderError: the exported model is damaged, or the processor does not multiply in the
                configured precision.
        """
        facts = read_facts(exported)
        self._prompts = (facts.query_prompt, facts.passage_prompt)
        self._template = PairTemplate(
            facts.prefix_tokens, facts.between_tokens, facts.suffix_tokens, facts.max_tokens
        )
        try:
            self._tokenizer = open_tokenizer(exported)
        except (OSError, ValueError) as error:
            raise damaged(exported) from error
        self._model = OpenVinoModel(exported, facts.padding, settings)

    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return (len(pairs),) logits of (question, passage) pairs; see `Reranker`.

        Raises:
            EncoderError: a file of the exported model has been damaged.
        """
        # A question comes with each of its passages, and is tokenized once.
        texts = {(side, text): None for pair in pairs for side, text in enumerate(pair)}
        prompted = [self._prompts[side] + encoder_text(text) for side, text in texts]
        tokens = dict(zip(texts, self._tokenizer.encode(prompted), strict=True))
        framed = [
            self._template.frame(tokens[0, question], tokens[1, passage])
            for question, passage in pairs
        ]
        return self._model.run(framed, 1)[:, 0]
