"""The `[retrieval]` table of config.toml."""

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import SettingsConfigDict

from index.settings import RerankerSettings
from retrieval.learned import SHIPPED_FILE
from retrieval.ranking.ranking import RankingOptions
from retrieval.ranking.reranking import RerankOptions

# Tables of learned numbers, which config.toml held before version 0.2.
_MOVED: Final = ("fusion", "confidence", "followup", "followup_confidence")


class RetrievalSettings(RerankerSettings):
    """How questions are answered."""

    model_config = SettingsConfigDict(extra="forbid")

    limit: int = Field(5, ge=1, le=100, description="passages in an answer")
    max_question_characters: int = Field(2000, ge=1, description="longer questions are refused")
    candidates: int = Field(100, ge=10, description="candidates that each channel proposes")
    article_candidates: int = Field(
        5, ge=0, le=50, description="articles proposed with all of their passages"
    )
    title_weight: float = Field(
        0.5, ge=0, description="weight of a word in the title; one in the text weighs 1"
    )
    article_weight: float = Field(
        2.0, ge=0, description="weight of the article's best passage; the passage itself weighs 1"
    )
    lead_weight: float = Field(0.8, ge=0, le=1, description="factor of a lead's score")
    new_words_weight: float = Field(
        2.0, ge=0, description="in a follow-up: weight of its own words"
    )
    topic_weight: float = Field(
        2.0, ge=0, description="in a follow-up: bonus for the articles of the answer before"
    )
    shown_weight: float = Field(
        0.3, ge=0, description="in a follow-up: penalty for the passage that answered before"
    )
    period_weight: float = Field(
        0.15, ge=0, description="bonus for articles from a period that the question names"
    )
    recency_weight: float = Field(
        0.3,
        ge=0,
        le=1,
        description="question about the present: bonus for articles of the archive's last day",
    )
    recency_half_life: float = Field(
        0.25, gt=0, description="share of the archive's time in which that bonus halves"
    )
    lexicon: bool = Field(True, description="whether English words are looked up in the lexicon")
    sounds: bool = Field(True, description="whether English words are matched by sound")
    found_threshold: float = Field(0.5, ge=0, le=1, description="probability that counts as found")
    followup_threshold: float = Field(
        0.5, ge=0, le=1, description="probability that counts as a follow-up"
    )
    rerank_passages: int = Field(
        8, ge=2, le=100, description="first passages that are reranked, at most"
    )
    rerank_margin: float = Field(
        0.05, ge=0, description="lead of the first passage from which reranking is skipped"
    )
    rerank_reach: float = Field(
        0.1, ge=0, description="passages this far behind the first one are not reranked"
    )
    rerank_queue: int = Field(
        1, ge=0, description="questions that may wait; if more do, reranking is skipped"
    )
    history: bool = Field(True, description="whether the prompt keeps earlier lines in a file")
    language: Literal["auto", "fa", "en"] = Field(
        "auto", description="language of the prompt until a question is asked"
    )
    bidi: Literal["auto", "terminal", "marks", "visual", "off"] = Field(
        "auto", description="how right-to-left lines are written to a terminal"
    )
    learned: str = Field("", description="file of learned parameters; empty: the shipped one")

    @model_validator(mode="before")
    @classmethod
    def _refuse_moved_tables(cls, values: dict[str, Any]) -> dict[str, Any]:
        if moved := [name for name in _MOVED if name in values]:
            raise PydanticCustomError(
                "moved",
                "learned numbers are no longer in config.toml: delete [retrieval.{name}] and its "
                "like; for numbers of your own set [retrieval] learned to a file and run "
                "`python -m retrieval calibrate`",
                {"name": moved[0]},
            )
        return values

    @property
    def learned_file(self) -> Path:
        """The file of learned parameters."""
        return self.path(self.learned) if self.learned else SHIPPED_FILE

    @property
    def reranking(self) -> RerankOptions:
        """The settings that reranking needs."""
        return RerankOptions(
            self.rerank_passages, self.rerank_margin, self.rerank_reach, self.rerank_queue
        )

    @property
    def ranking(self) -> RankingOptions:
        """The settings that ranking needs."""
        return RankingOptions(
            candidates=self.candidates,
            article_candidates=self.article_candidates,
            title_weight=self.title_weight,
            article_weight=self.article_weight,
            lead_weight=self.lead_weight,
            new_words_weight=self.new_words_weight,
            source_article_bonus=self.topic_weight,
            shown_penalty=self.shown_weight,
            period_weight=self.period_weight,
            recency_weight=self.recency_weight,
            recency_half_life=self.recency_half_life,
        )
