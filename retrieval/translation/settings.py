"""The `[translation]` table of config.toml."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from index.settings import Settings

TranslationProtocol = Literal["libretranslate", "openai"]


class TranslationSettings(Settings):
    """The service that translates titles and answering sentences for English questions."""

    table = "translation"
    secrets = frozenset({"key"})
    model_config = SettingsConfigDict(env_prefix="KHAZAR_TRANSLATION__")

    url: str = Field("", description="address of the service; empty: nothing is translated")
    kind: TranslationProtocol = Field("libretranslate", description="protocol of the service")
    model: str = Field("", description="model of an OpenAI-compatible service")
    key: SecretStr = Field(SecretStr(""), description="key for the service, where it wants one")
    timeout: float = Field(5.0, gt=0, le=60, description="seconds that an answer waits for it")
    cache: Path = Field(Path("data/translations.sqlite"), description="file of translations")
    cache_entries: int = Field(20_000, ge=1, description="translations that are kept")

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value:
            address = urlsplit(value)
            if address.scheme not in ("http", "https") or not address.hostname:
                raise ValueError("must be an http:// or https:// address")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _has_model(self) -> Self:
        if self.url and self.kind == "openai" and not self.model:
            raise ValueError('kind = "openai" needs a model')
        return self
