"""The `[retrieval]` table of config.toml."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from index.settings import Settings
from retrieval.confidence import LogisticModel
from retrieval.fusion import ChannelWeights

Value = TypeVar("Value")


class PerLanguage(BaseModel, Generic[Value]):
    """One value for each language that a question can be in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fa: Value
    en: Value

    def of(self, language: str) -> Value:
        """Return the value for a question's language."""
        value: Value = getattr(self, language)
        return value


class RetrievalSettings(Settings):
    """How questions are answered."""

    table = "retrieval"
    model_config = SettingsConfigDict(env_prefix="KHAZAR_RETRIEVAL__")

    limit: int = Field(5, ge=1, le=100, description="passages in an answer")
    candidates: int = Field(100, ge=10, description="passages that each channel proposes")
    max_question_characters: int = Field(2000, ge=1, description="longer ones are refused")
    title_weight: float = Field(0.5, ge=0, description="of a word in the title, against the text")
    found_threshold: float = Field(0.5, ge=0, le=1, description="probability that counts as found")
    fusion: PerLanguage[ChannelWeights] = PerLanguage(
        fa=ChannelWeights(dense=0.6, lexical=0.4), en=ChannelWeights(dense=0.8, lexical=0.2)
    )
    confidence: PerLanguage[LogisticModel] = PerLanguage(
        fa=LogisticModel(intercept=-40, similarity=45, margin=20, coverage=2, agreement=1),
        en=LogisticModel(intercept=-40, similarity=45, margin=20, coverage=2, agreement=1),
    )
