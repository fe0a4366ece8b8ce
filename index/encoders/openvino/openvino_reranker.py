"""The reranker in OpenVINO: neither torch nor transformers is imported."""

from collections.abc import Sequence
from pathlib import Path

from index.encoders.openvino.exported_model import damaged, read_facts
from index.encoders.openvino.openvino_model import OpenVinoModel
from index.encoders.openvino.tokenizer import open_tokenizer
from index.encoders.pair_template import PairTemplate
from index.encoders.passage_reading import PassageReading, span_logits
from index.settings import IndexSettings
from index.text.encoder_text import encoder_text, spelled_with_offsets


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
        self._query_prompt, self._passage_prompt = facts.query_prompt, facts.passage_prompt
        self._points = facts.points
        self._template = PairTemplate(
            facts.prefix_tokens, facts.between_tokens, facts.suffix_tokens, facts.max_tokens
        )
        try:
            self._tokenizer = open_tokenizer(exported)
        except (OSError, ValueError) as error:
            raise damaged(exported) from error
        self._model = OpenVinoModel(exported, facts.padding, settings)

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """Return the reading of each (question, passage) pair; see `Reranker`.

        Raises:
            EncoderError: a file of the exported model has been damaged.
        """
        # A question comes with each of its passages, and is tokenized once.
        questions = list(dict.fromkeys(question for question, _ in pairs))
        asked = [self._query_prompt + encoder_text(question) for question in questions]
        tokens = dict(zip(questions, self._tokenizer.encode(asked), strict=True))
        spelled = [spelled_with_offsets(passage) for _, passage in pairs]
        passages = self._tokenizer.encode_with_offsets(
            [self._passage_prompt + passage.text for passage in spelled]
        )
        framed = [
            self._template.frame(tokens[question], passage.numbers)
            for (question, _), passage in zip(pairs, passages, strict=True)
        ]
        readings = []
        for at, outputs in enumerate(self._model.run_all(framed)):
            span = None
            if self._points:
                places = self._template.passage_places(
                    len(tokens[pairs[at][0]]), len(passages[at].numbers)
                )
                span = span_logits(
                    spelled[at],
                    passages[at].offsets[: len(places)],
                    outputs[1][places.start : places.stop],
                    len(self._passage_prompt),
                )
            readings.append(PassageReading(float(outputs[0].item()), span))
        return readings
