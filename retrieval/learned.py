"""Learned parameters: what `python -m retrieval calibrate` writes and a retriever reads."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Final, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from index.errors import SettingsError, validation_message
from index.files import atomic_write
from retrieval.logistic import LogisticModel
from retrieval.query.followups import FOLLOWUP_FEATURES
from retrieval.ranking.confidence import AnswerFeatures
from retrieval.ranking.fusion import FusionWeights
from retrieval.ranking.spans import SpanFeatures

# Learned with the bundled model on the development questions (docs/measurements.md).
SHIPPED_FILE: Final = Path(__file__).with_name("data") / "learned.json"
_ANSWER_FEATURES: Final = frozenset(field.name for field in fields(AnswerFeatures))
_SPAN_FEATURES: Final = frozenset(field.name for field in fields(SpanFeatures))
_LOGIT: Final = "logit"
_DIGITS: Final = 3

Value = TypeVar("Value")


class PerLanguage(BaseModel, Generic[Value]):
    """One value for each language that a question can be in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fa: Value
    en: Value
    fa_latn: Value

    def of(self, language: str) -> Value:
        """Return the value for a question's language."""
        value: Value = getattr(self, _key(language))
        return value

    def with_value(self, language: str, value: Value) -> Self:
        """Return the same values with another one for a language."""
        return self.model_copy(update={_key(language): value})


class SpanModel(BaseModel):
    """When the words that answer are marked.

    Attributes:
        confidence: model of whether they are right, over `SpanFeatures`.
        threshold: confidence from which they are marked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    confidence: LogisticModel
    threshold: float


class LearnedParameters(BaseModel):
    """All learned numbers.

    Attributes:
        fusion: weights of the channels.
        rerank_weight: of the reranker's logits against the fused score.
        followup_rerank_weight: the same for follow-ups, in all languages; smaller, since the
            reranker was trained on questions that stand alone.
        confidence: models of whether the archive answers a question, over `AnswerFeatures`.
        reranked_confidence: the same with the reranker's logit.
        followup_confidence: the same as `confidence` for a follow-up, in all languages.
        reranked_followup_confidence: the same with the reranker's logit.
        followup: model of whether a question is a follow-up, over `FollowupFeatures`.
        answer_span: when the words that answer are marked, in all languages.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fusion: PerLanguage[FusionWeights]
    rerank_weight: PerLanguage[float]
    followup_rerank_weight: float
    confidence: PerLanguage[LogisticModel]
    reranked_confidence: PerLanguage[LogisticModel]
    followup_confidence: LogisticModel
    reranked_followup_confidence: LogisticModel
    followup: LogisticModel
    answer_span: SpanModel

    @model_validator(mode="after")
    def _check_features(self) -> Self:
        without = (*_values(self.confidence), self.followup_confidence)
        for model in without:
            _check_coefficients(model, _ANSWER_FEATURES - {_LOGIT})
        for model in (*_values(self.reranked_confidence), self.reranked_followup_confidence):
            _check_coefficients(model, _ANSWER_FEATURES)
        _check_coefficients(self.followup, FOLLOWUP_FEATURES)
        _check_coefficients(self.answer_span.confidence, _SPAN_FEATURES)
        return self

    @classmethod
    def load(cls, path: Path = SHIPPED_FILE) -> Self:
        """Read a file of learned parameters.

        Raises:
            SettingsError: the file is missing or is not one of these.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from None
        except ValidationError as error:
            raise SettingsError(
                f"{path}: {validation_message(error)}; `python -m retrieval calibrate` writes a "
                "valid file"
            ) from None

    def logit_weight(self, language: str, *, follows_up: bool) -> float:
        """Return the weight of the reranker's logits for a question."""
        return self.followup_rerank_weight if follows_up else self.rerank_weight.of(language)

    def with_language(self, language: str, weights: FusionWeights, model: LogisticModel) -> Self:
        """Return the same parameters with other weights and another model for a language."""
        return self.model_copy(
            update={
                "fusion": self.fusion.with_value(language, weights),
                "confidence": self.confidence.with_value(language, model),
            }
        )

    def with_reranking(self, language: str, weight: float, model: LogisticModel) -> Self:
        """Return the same parameters with another weight and model of reranking for a language."""
        return self.model_copy(
            update={
                "rerank_weight": self.rerank_weight.with_value(language, weight),
                "reranked_confidence": self.reranked_confidence.with_value(language, model),
            }
        )

    def save(self, path: Path) -> None:
        """Write the parameters, rounded, for `load`.

        Raises:
            SettingsError: the file cannot be written.
        """
        try:
            with atomic_write(path) as partial:
                partial.write_text(f"{self.model_dump_json(indent=2)}\n", encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from None


def rounded_model(intercept: float, coefficients: dict[str, float]) -> LogisticModel:
    """Return a model with its numbers rounded as files have them."""
    return LogisticModel(
        intercept=round(intercept, _DIGITS),
        coefficients={name: round(value, _DIGITS) for name, value in coefficients.items()},
    )


def _check_coefficients(model: LogisticModel, features: Iterable[str]) -> None:
    """Check that a model has a coefficient for each feature, and no others.

    Raises:
        PydanticCustomError: it has not.
    """
    if odd := sorted(model.coefficients.keys() ^ set(features)):
        raise PydanticCustomError(
            "features", "{name} is missing or unknown among the coefficients", {"name": odd[0]}
        )


def _values(values: PerLanguage[Value]) -> tuple[Value, Value, Value]:
    return values.fa, values.en, values.fa_latn


def _key(language: str) -> str:
    return language.replace("-", "_").lower()
