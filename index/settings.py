"""Settings: one table of config.toml per package, overridden by the environment.

Every package has a subclass of `Settings`; `IndexSettings` is this package's.
"""

import datetime as dt
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as VariableError

from index.errors import EncoderError, SettingsError, problem_message
from index.source_settings import SourceSettings, TimeZone, WebSettings

DEFAULT_CONFIG = Path("config.toml")
TextKind = Literal["query", "passage"]
Precision = Literal["bf16", "f32"]
NO_RERANKER = "none"


class Settings(BaseSettings):
    """One table of config.toml; a subclass gives its name in `table`.

    `KHAZAR_<TABLE>__<KEY>` in the environment overrides a key. Keys named in `secrets` are taken
    from the environment only, so that they never end up in a file under version control.
    """

    table: ClassVar[str]
    secrets: ClassVar[frozenset[str]] = frozenset()
    _base: Path = PrivateAttr(default_factory=Path.cwd)

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """Read this package's table.

        Args:
            path: the configuration file; None means `./config.toml` where it exists, and the
                defaults where it does not. Relative paths inside it are relative to its folder.

        Raises:
            SettingsError: the file is missing (when named), is not TOML, or a value is wrong.
        """
        config = Path(path) if path is not None else DEFAULT_CONFIG
        values = _read_table(config, cls.table) if path is not None or config.is_file() else {}
        if in_file := cls.secrets & values.keys():
            raise SettingsError(
                f"{config}: {cls.table}.{min(in_file)} is a secret and comes only from the "
                "environment; take it out of the file"
            )
        cls._refuse_unknown_variables()
        try:
            settings = cls(**values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            keys = [str(part) for part in first["loc"]]
            variable = f"{cls._prefix()}{keys[0].upper()}" if keys else ""
            in_variable = variable in {name.upper() for name in os.environ}
            place = variable if in_variable else f"{config}: {'.'.join([cls.table, *keys])}"
            message = problem_message(first["type"], first["msg"])
            raise SettingsError(f"{place}: {message}") from None
        except VariableError as error:
            raise SettingsError(
                f"{cls._prefix()}*: {error}; write a list as JSON: '[\"seeds\"]'"
            ) from None
        settings._base = config.resolve().parent
        return settings

    def path(self, value: Path | str) -> Path:
        """Return `value` as an absolute path, relative ones taken from config.toml's folder."""
        return self._base / Path(value).expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment above the file, which `load` passes as arguments."""
        return env_settings, init_settings

    @classmethod
    def _prefix(cls) -> str:
        return f"KHAZAR_{cls.table.upper()}__"

    @classmethod
    def _refuse_unknown_variables(cls) -> None:
        if cls.model_config["extra"] == "ignore":
            return
        prefix = cls._prefix()
        for name in sorted(os.environ):
            key = name.upper().removeprefix(prefix).split("__")[0].lower()
            if name.upper().startswith(prefix) and key not in cls.model_fields:
                raise SettingsError(f"{name}: no such setting; config.toml lists them all")


def _read_table(config: Path, table: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{config}: no such configuration file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{config}: cannot be read: {error}") from None
    values = document.get(table, {})
    if not isinstance(values, dict):
        raise SettingsError(f"{config}: {table} must be a table, written [{table}]")
    return values


class IndexSettings(Settings):
    """The `[index]` table: where the index is and how it is made."""

    table = "index"
    model_config = SettingsConfigDict(env_prefix="KHAZAR_INDEX__")

    directory: Path = Field(Path("data/index"), description="where snapshots are kept")
    sources: tuple[SourceSettings, ...] = Field(
        (SourceSettings(path="seeds"),), description="what `build` reads by default"
    )
    timezone: TimeZone = Field(
        "Asia/Tehran", description="zone whose days are those of articles and of questions"
    )
    web: WebSettings = Field(default_factory=WebSettings, description="how addresses are fetched")
    encoder: str = Field(
        "bundled", min_length=1, description="'bundled', a hub id or a local folder"
    )
    query_prompt: str | None = Field(None, description="put before questions; None: the model's")
    passage_prompt: str | None = Field(None, description="put before passages; None: the model's")
    batch_size: int = Field(32, ge=1, le=1024, description="passages encoded at once")
    threads: int = Field(0, ge=0, description="CPU threads for encoding; 0: all")
    precision: Literal["auto", "bf16", "f32"] = Field(
        "auto", description="numbers that the encoder multiplies; auto: bf16 where it is native"
    )
    min_passage_tokens: int = Field(24, ge=0, description="shorter neighbours are merged")
    max_passage_tokens: int = Field(384, ge=32, description="longer paragraphs are split")
    exact_passages: int = Field(
        10_000, ge=1000, description="of more than these a shortlist is made for a question"
    )
    keep_snapshots: int = Field(2, ge=1, description="published snapshots kept after a build")

    def today(self) -> dt.date:
        """Return the day that it is in `timezone`."""
        return dt.datetime.now(ZoneInfo(self.timezone)).date()

    def prompts(self, own: Mapping[TextKind, str]) -> dict[TextKind, str]:
        """Return what is put before texts: as configured, or else the model's own."""
        configured: dict[TextKind, str | None] = {
            "query": self.query_prompt,
            "passage": self.passage_prompt,
        }
        return {
            kind: own[kind] if prompt is None else prompt for kind, prompt in configured.items()
        }

    def inference_precision(self, *, native_bf16: bool) -> Precision:
        """Return the precision to encode in.

        Args:
            native_bf16: whether the processor multiplies bfloat16 natively.

        Raises:
            EncoderError: bfloat16 is configured and the processor does not multiply it.
        """
        if self.precision == "auto":
            return "bf16" if native_bf16 else "f32"
        if self.precision == "bf16" and not native_bf16:
            # Libraries would silently compute in float32, or emulate bfloat16 slowly.
            raise EncoderError(
                '[index] precision is "bf16", which this processor does not multiply natively; '
                'set it to "auto" or "f32"'
            )
        return self.precision


class RerankerSettings(Settings):
    """The key of the `[retrieval]` table that a build needs: it prepares the reranker, too."""

    table = "retrieval"
    model_config = SettingsConfigDict(env_prefix="KHAZAR_RETRIEVAL__", extra="ignore")

    reranker: str = Field(
        "bundled", min_length=1, description="'bundled', 'none', a hub id or a local folder"
    )
