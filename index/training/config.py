"""The settings of a training run."""

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import Literal

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How to train; the same settings, data and machine give the same weights.

    The defaults are the encoder's; `RERANKER` holds the reranker's and `STUDENT` those of a
    smaller reranker that learns from others.

    Attributes:
        epochs: times that every question is seen.
        batch_size: questions in a step.
        siblings: other passages of the right passage's article, at most, for each question.
        mined: similar passages of other articles for each question.
        learning_rate: at its peak.
        warm_up: share of the steps in which the rate rises; then it falls to zero.
        weight_decay: of AdamW.
        max_norm: gradients are clipped to this length.
        max_tokens: longer texts are cut; of a reranker's pair, the passage.
        max_question_tokens: longer questions are cut.
        temperature: divides cosines in the encoder's loss.
        anchor_weight: of keeping Persian questions and passages where the original encoder has
            them.
        disturbed: share of questions with courtesy words or typing errors.
        summaries: share of the encoder's questions that are English titles and abstracts.
        pquad: share of questions from the encyclopaedia.
        none_share: share of the reranker's groups that lose their right passage.
        span_weight: of finding the answering span, beside ranking.
        span_pairs: questions with a known span in a step, beside the groups.
        distilled: share of a student's loss that is the distance to its teachers' scores.
        seed: of all random choices.
        precision: "auto" is bfloat16 where the GPU or the processor multiplies it.
        seconds: the rate falls so that the run ends after this time, if it is not done by then;
            such a run is not repeatable. None: no limit.
        checkpoint_every: steps between checkpoints.
    """

    epochs: float = 3.3
    batch_size: int = 96
    siblings: int = 6
    mined: int = 3
    learning_rate: float = 9e-5
    warm_up: float = 0.08
    weight_decay: float = 0.01
    max_norm: float = 1.0
    max_tokens: int = 224
    max_question_tokens: int = 64
    temperature: float = 0.02
    anchor_weight: float = 0.5
    disturbed: float = 0.2
    summaries: float = 0.12
    pquad: float = 0.1
    none_share: float = 0.25
    span_weight: float = 0.5
    span_pairs: int = 48
    distilled: float = 0.0
    seed: int = 1
    precision: Precision = "auto"
    seconds: float | None = None
    checkpoint_every: int = 50

    def run_key(self, *data: bytes) -> str:
        """Identify the run that a checkpoint belongs to: its data and all that moves weights."""
        moving = asdict(self)
        for name in ("checkpoint_every", "precision", "seconds"):
            del moving[name]
        digest = hashlib.sha256(repr(sorted(moving.items())).encode())
        for part in data:
            digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()


ENCODER = TrainingConfig()
RERANKER = replace(
    ENCODER, epochs=2.0, batch_size=48, learning_rate=8e-5, max_tokens=208, summaries=0.0
)
STUDENT = replace(RERANKER, learning_rate=1.5e-4, distilled=0.8)
