"""The `[retrieval]` table of config.toml."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from index.settings import Settings
from retrieval.query.followups import FollowupModel
from retrieval.ranking.confidence import LogisticModel
from retrieval.ranking.fusion import FusionWeights
from retrieval.ranking.ranking import RankingOptions

# Learned by `python -m retrieval calibrate`; config.toml states the same.
_FUSION = {
    "fa": FusionWeights(articles=0.5, passages=0.9),
    "en": FusionWeights(articles=0.3, passages=0.8),
    "fa_latn": FusionWeights(articles=0.6, passages=0.9),
}
_CONFIDENCE = {
    "fa": LogisticModel(
        intercept=-17.351,
        similarity=26.759,
        margin=12.036,
        coverage=5.981,
        strength=-5.55,
        missing=-0.33,
        lead=5.509,
    ),
    "en": LogisticModel(
        intercept=-10.011,
        similarity=17.256,
        margin=31.908,
        coverage=5.14,
        strength=-2.699,
        missing=-0.446,
        lead=2.116,
    ),
    "fa_latn": LogisticModel(
        intercept=-11.831,
        similarity=19.562,
        margin=22.274,
        coverage=3.327,
        strength=-2.747,
        missing=-0.443,
        lead=4.748,
    ),
}
_FOLLOWUP_CONFIDENCE = LogisticModel(
    intercept=-28.246,
    similarity=39.969,
    margin=44.356,
    coverage=3.662,
    strength=1.643,
    missing=0.363,
    lead=1.405,
)
_FOLLOWUP = FollowupModel(
    intercept=-0.955,
    starts_with_conjunction=1.577,
    anaphora=2.454,
    ellipsis=2.143,
    brevity=13.196,
    has_entity=-2.977,
    is_keyword_query=2.452,
    source_similarity_gap=22.588,
    max_unseen_idf=-0.16,
    idf_overlap=4.914,
    standalone_probability=-0.869,
)

Value = TypeVar("Value")


class PerLanguage(BaseModel, Generic[Value]):
    """One value for each language that a question can be in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fa: Value
    en: Value
    fa_latn: Value

    def of(self, language: str) -> Value:
        """Return the value for a question's language."""
        value: Value = getattr(self, language.replace("-", "_").lower())
        return value


class RetrievalSettings(Settings):
    """How questions are answered."""

    table = "retrieval"
    model_config = SettingsConfigDict(env_prefix="KHAZAR_RETRIEVAL__")

    limit: int = Field(5, ge=1, le=100, description="passages in an answer")
    max_question_characters: int = Field(2000, ge=1, description="longer ones are refused")
    candidates: int = Field(100, ge=10, description="passages that each channel proposes")
    title_weight: float = Field(0.5, ge=0, description="of a word in the title, against the text")
    article_weight: float = Field(
        2.0, ge=0, description="of the article, against the passage itself"
    )
    lead_weight: float = Field(0.8, ge=0, le=1, description="what is left of a lead's score")
    new_words_weight: float = Field(
        2.0, ge=0, description="of a follow-up's own words, against them after the question before"
    )
    topic_weight: float = Field(
        2.0, ge=0, description="in a follow-up, of being in an article of the answer before"
    )
    shown_weight: float = Field(
        0.3, ge=0, description="in a follow-up, against the passage that answered before"
    )
    period_weight: float = Field(
        0.15, ge=0, description="of being from a time that the question names in passing"
    )
    lexicon: bool = Field(True, description="whether English words are looked up in the lexicon")
    sounds: bool = Field(True, description="whether English words are matched by sound")
    found_threshold: float = Field(0.5, ge=0, le=1, description="probability that counts as found")
    followup_threshold: float = Field(
        0.5, ge=0, le=1, description="probability that counts as a follow-up"
    )
    fusion: PerLanguage[FusionWeights] = PerLanguage(**_FUSION)
    confidence: PerLanguage[LogisticModel] = PerLanguage(**_CONFIDENCE)
    followup: FollowupModel = _FOLLOWUP
    followup_confidence: LogisticModel = _FOLLOWUP_CONFIDENCE

    @property
    def ranking(self) -> RankingOptions:
        """The settings that ranking needs."""
        return RankingOptions(
            candidates=self.candidates,
            title_weight=self.title_weight,
            article_weight=self.article_weight,
            lead_weight=self.lead_weight,
            new_words_weight=self.new_words_weight,
            source_article_bonus=self.topic_weight,
            shown_penalty=self.shown_weight,
            period_weight=self.period_weight,
        )
