"""Settings of sources: `[index] sources` and `[index.web]` in config.toml."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

SourceFormat = Literal[
    "seed", "jsonl", "json", "telegram", "html", "markdown", "csv", "tsv", "parquet", "feed"
]
TextEncoding = Literal["utf-8", "utf-16-le", "utf-16-be", "windows-1256"]
ArticleField = Literal[
    "id",
    "title",
    "paragraphs",
    "abstract",
    "kicker",
    "agency",
    "date",
    "time",
    "code",
    "link",
    "cat",
    "tags",
]


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError(
            "zone", "there is no time zone {name}; one is Asia/Tehran", {"name": repr(name)}
        ) from None
    return name


TimeZone = Annotated[str, AfterValidator(_check_zone)]


class SourceSettings(BaseModel):
    """One entry of `[index] sources`: a plain string is a source without options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1, description="a file, a folder, a glob, an address, or '-'")
    format: SourceFormat | None = Field(
        default=None, description="the format; None: by the file's name"
    )
    encoding: TextEncoding | None = Field(default=None, description="of text files; None: detected")
    agency: str | None = Field(default=None, description="the agency of articles that name none")
    columns: dict[ArticleField, str] = Field(
        default_factory=dict, description="tables: an article's field -> its column"
    )
    delimiter: str | None = Field(
        default=None,
        pattern=r'^[^"\r\n]$',
        description="tables: between cells; None: detected",
    )
    channel: str | None = Field(
        default=None,
        pattern=r"^\w{4,32}$",
        description="Telegram: the channel's public name",
    )
    timezone: TimeZone | None = Field(
        default=None, description="zone whose days are those of articles; None: [index] timezone"
    )
    private_chats: bool = Field(
        default=False, description="Telegram: read private chats and saved messages too"
    )
    follow: bool | None = Field(
        default=None, description="feeds: fetch the linked pages; None: of feeds on the web only"
    )

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of the articles' days; None: the default one."""
        return ZoneInfo(self.timezone) if self.timezone else None

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: object) -> object:
        if isinstance(value, str):
            return {"path": value}
        if not isinstance(value, dict | SourceSettings):
            raise PydanticCustomError("source", "must be a path or an address, or a table")
        return value


class WebSettings(BaseModel):
    """The `[index.web]` table: how addresses are fetched."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user_agent: str = Field(
        default="Khazar/0.1", min_length=1, description="names us to web servers"
    )
    delay: float = Field(
        default=1.0, ge=0, le=60, description="seconds between two requests to one host"
    )
    timeout: float = Field(
        default=20.0, gt=0, le=300, description="seconds for one answer, all in all"
    )
    max_megabytes: int = Field(default=8, ge=1, le=512, description="longer answers are refused")
    max_redirects: int = Field(
        default=5, ge=0, le=20, description="redirects followed from one address"
    )
    max_entries: int = Field(default=100, ge=1, description="pages followed from one feed")
    revisit_hours: float = Field(
        default=24.0,
        ge=0,
        description="a page that a feed links to is asked for again after this long",
    )
    allow_private: bool = Field(
        default=False, description="fetch from private, loopback and link-local addresses too"
    )
    proxy: str | None = Field(
        default=None,
        pattern=r"^$|^(https?|socks5h?)://[^/\s]+/?$",
        description="http://, https:// or socks5:// address; '': none; None: as HTTP_PROXY, "
        "HTTPS_PROXY, ALL_PROXY and NO_PROXY say",
    )
