"""Settings: one table of config.toml per package, overridden by the environment.

Every package has a subclass of `Settings`; `IndexSettings` is this package's.
"""

import datetime as dt
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as VariableError

from index.errors import EncoderError, SettingsError, nearest, problem_message
from index.source_settings import SourceSettings, TimeZone, WebSettings

DEFAULT_CONFIG = Path("config.toml")
# The tables of config.toml; each package validates its own.
TABLES: Final = ("index", "retrieval", "translation", "bot")
# Variables of the environment that are not settings, among those that begin alike.
_VARIABLES: Final = "KHAZAR_"
_OTHER_VARIABLES: Final = frozenset({"KHAZAR_CACHE"})
_FIELD = re.compile(r'field "(\w+)"')
_POSITION = re.compile(r"at line (\d+), column (\d+)")
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
        if in_file := {name for name in cls.secrets if _is_set(values, name)}:
            raise SettingsError(
                f"{config}: {cls.table}.{min(in_file)} is a secret and comes only from the "
                "environment; take it out of the file"
            )
        cls._refuse_unknown_variables()
        try:
            settings = cls(**values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            keys = [part for part in first["loc"] if part != "[key]"]
            message = problem_message(first)
            if first["type"] == "extra_forbidden":
                message += nearest(str(keys[-1]), _known_keys(cls, keys[:-1]))
            raise SettingsError(f"{cls._place(config, keys)}: {message}") from None
        except VariableError as error:
            field = _FIELD.search(str(error))
            name = cls._prefix() + (field[1].upper() if field else "*")
            raise SettingsError(
                f"{name}: not JSON; write a list as '[\"seeds\"]', a table as '{{\"delay\": 2}}'"
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
    def _place(cls, config: Path, keys: Sequence[str | int]) -> str:
        """Return where a wrong value stands: an environment variable, or a key of the file."""
        variables = {name.upper() for name in os.environ}
        for count in range(len(keys), 0, -1):
            name = cls._prefix() + "__".join(str(key).upper() for key in keys[:count])
            if name in variables:
                rest = ".".join(map(str, keys[count:]))
                return f"{name}: {rest}" if rest else name
        return f"{config}: {'.'.join([cls.table, *map(str, keys)])}"

    @classmethod
    def _refuse_unknown_variables(cls) -> None:
        if cls.model_config["extra"] == "ignore":
            return
        tables = {*TABLES, cls.table}
        known = {f"{cls._prefix()}{key}".upper() for key in cls.model_fields}
        for name in sorted(os.environ):
            upper = name.upper()
            table, separator, key = upper.removeprefix(_VARIABLES).partition("__")
            if not upper.startswith(_VARIABLES) or upper in _OTHER_VARIABLES:
                continue
            if not separator or table.lower() not in tables:
                others = {f"{_VARIABLES}{other}__{key}".upper() for other in tables}
                names = others if separator else known | _OTHER_VARIABLES
                raise SettingsError(f"{name}: no such variable{nearest(upper, names)}")
            if table.lower() == cls.table and key.split("__")[0].lower() not in cls.model_fields:
                keys = [field.upper() for field in cls.model_fields]
                hint = nearest(key, keys, cls._prefix()) or "; config.toml lists them all"
                raise SettingsError(f"{name}: no such setting{hint}")


def _is_set(values: Mapping[str, Any], name: str) -> bool:
    """Return whether a table has a key, or a table in it: `token`, `milvus.token`."""
    key, _, rest = name.partition(".")
    inner = values.get(key)
    if rest and isinstance(inner, dict):
        return _is_set(inner, rest)
    return not rest and key in values


def _known_keys(model: type[BaseModel], keys: Sequence[str | int]) -> list[str]:
    """Return the keys of the table that a path of keys leads to."""
    for key in keys:
        field = model.model_fields.get(str(key))
        if field is not None and (inner := _model_in(field.annotation)):
            model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation holds: of a list of tables, that of one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _read_table(config: Path, table: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{config}: no such configuration file") from None
    except OSError as error:
        raise SettingsError(f"{config}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{config}: not UTF-8 (byte {error.start + 1})") from None
    except tomllib.TOMLDecodeError as error:
        at = _POSITION.search(str(error))
        where = f"line {at[1]}, column {at[2]}" if at else "its end"
        raise SettingsError(f"{config}: not TOML: see {where}") from None
    for name, value in document.items():
        if name in (*TABLES, table):
            continue
        what = "table" if isinstance(value, dict) else "key outside of the tables"
        names = [*TABLES, table] if isinstance(value, dict) else []
        raise SettingsError(f"{config}: {name}: unknown {what}{nearest(name, names)}")
    values = document.get(table, {})
    if not isinstance(values, dict):
        raise SettingsError(f"{config}: {table} must be a table, written [{table}]")
    return values


class MilvusSettings(BaseModel):
    """The `[index.milvus]` table: the server of the engine "milvus"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: str = Field(
        default="http://127.0.0.1:19530",
        pattern=r"^https?://[^/\s]+/?$",
        description="address of the server",
    )
    token: SecretStr = Field(
        default=SecretStr(""), description="USER:PASSWORD or an API key; only from the environment"
    )
    database: str = Field(default="default", min_length=1, description="database on it")
    timeout: float = Field(
        default=10.0, gt=0, le=600, description="seconds for one call of a question"
    )


class IndexSettings(Settings):
    """The `[index]` table: where the index is and how it is made."""

    table = "index"
    secrets = frozenset({"milvus.token"})
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
    watch_minutes: float = Field(
        15.0, gt=0, le=10_080, description="from one round of `watch` to the next"
    )
    keep_snapshots: int = Field(2, ge=1, description="published snapshots kept after a build")
    engine: Literal["local", "milvus"] = Field(
        "local", description="what searches: this machine, or a Milvus server"
    )
    milvus: MilvusSettings = Field(
        default_factory=MilvusSettings, description="the server of the engine 'milvus'"
    )

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
