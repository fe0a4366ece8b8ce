"""The bot's settings, and its one secret."""

import os
import re
from typing import Literal
from urllib.parse import SplitResult, urlsplit, urlunsplit

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from index.errors import SettingsError
from index.settings import Settings

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


class BotSettings(Settings):
    """The `[bot]` table: how Telegram is reached and how much is answered."""

    table = "bot"
    secrets = frozenset({"token"})
    model_config = SettingsConfigDict(env_prefix="KHAZAR_BOT__")

    api_url: str = Field("https://api.telegram.org", description="address of the Bot API")
    proxy: str | None = Field(
        None, description="http://, https:// or socks5:// address; None: as HTTPS_PROXY, ALL_PROXY"
    )
    passages: int = Field(3, ge=1, le=10, description="passages shown for a question")
    search_threads: int = Field(2, ge=1, le=64, description="questions searched at once")
    concurrent_updates: int = Field(64, ge=1, le=256, description="messages handled at once")
    connect_timeout: float = Field(10.0, gt=0, description="seconds to reach Telegram or the proxy")
    read_timeout: float = Field(20.0, gt=0, description="seconds to wait for Telegram's reply")
    poll_timeout: int = Field(30, ge=0, le=50, description="seconds one long poll stays open")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe messages that are logged"
    )

    @field_validator("api_url")
    @classmethod
    def _check_api_url(cls, value: str) -> str:
        parts = _split(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError("must be an address such as https://api.telegram.org")
        return value.rstrip("/")

    @field_validator("proxy")
    @classmethod
    def _check_proxy(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = _split(value)
        if parts.scheme not in _PROXY_SCHEMES or not parts.hostname:
            raise ValueError("must be an address such as http://host:port or socks5://host:port")
        return value

    @property
    def route(self) -> str:
        """How Telegram is reached, in words, without the proxy's user name and password."""
        if self.proxy is None:
            return self.api_url
        parts = _split(self.proxy)
        place = parts.netloc.rpartition("@")[2]
        return f"{self.api_url} through {urlunsplit((parts.scheme, place, '', '', ''))}"

    @property
    def proxy_password(self) -> str | None:
        """The password inside `proxy`, which no log may show."""
        return _split(self.proxy).password if self.proxy else None


def read_token() -> str:
    """Return the bot's token from the environment.

    Raises:
        SettingsError: it is not set, or does not have the form of a token.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise SettingsError(
            f"{TOKEN_VARIABLE} is not set: get a token from @BotFather (https://t.me/BotFather), "
            f"then: export {TOKEN_VARIABLE}=<the token>"
        )
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]{30,}", token):
        raise SettingsError(
            f"{TOKEN_VARIABLE} is not a token: it is to look like 123456789:AAbb..., "
            "as @BotFather (https://t.me/BotFather) gave it"
        )
    return token


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port  # the port is only checked when it is read
    except ValueError:
        raise ValueError("is not an address") from None
    return parts
