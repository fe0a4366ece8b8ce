"""Settings of the bot, and its secrets from the environment."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit, urlunsplit
from urllib.request import getproxies
from zoneinfo import available_timezones

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from index.errors import SettingsError
from index.settings import Settings

TOKEN_VARIABLE = "TELEGRAM_BOT_TOKEN"
SECRET_VARIABLE = "TELEGRAM_WEBHOOK_SECRET"
# Seconds that Telegram may be silent beyond the time of a poll: enough for a few attempts.
_SILENCE = 60.0
_INLINE_QUERIES_PER_QUESTION = 4
_REQUESTS_PER_QUESTION = 2
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


class BotSettings(Settings):
    """The `[bot]` table: connection, access, limits, storage, monitoring, logging."""

    table = "bot"
    secrets = frozenset({"token", "webhook_secret"})
    model_config = SettingsConfigDict(env_prefix="KHAZAR_BOT__")

    api_url: str = Field("https://api.telegram.org", description="address of the Bot API")
    proxy: str | None = Field(
        None, description="http://, https:// or socks5:// proxy; None: HTTPS_PROXY or ALL_PROXY"
    )
    webhook_url: str | None = Field(
        None, description="public https:// address to which Telegram sends updates; None: polling"
    )
    webhook_listen: str = Field("127.0.0.1", description="address on which the webhook listens")
    webhook_port: int = Field(8443, ge=0, le=65535, description="0: any free port")
    monitoring: bool = Field(True, description="whether to serve health and metrics")
    monitoring_listen: str = Field("127.0.0.1", description="address on which they are served")
    monitoring_port: int = Field(9480, ge=0, le=65535, description="0: any free port")
    directory: Path = Field(Path("data/bot"), description="the bot's folder of data")
    operators: tuple[int, ...] = Field((), description="user ids of the operators")
    allowed: tuple[int, ...] = Field(
        (), description="ids of users and groups that get answers; empty: all"
    )
    blocked: tuple[int, ...] = Field((), description="ids of users and groups that are ignored")
    user_questions_per_minute: int = Field(20, ge=1, description="limit for one user")
    questions_per_minute: int = Field(1200, ge=1, description="limit for all users together")
    passages: int = Field(3, ge=1, le=10, description="passages in an answer")
    conversation_hours: float = Field(
        12.0, gt=0, description="hours after which a conversation ends"
    )
    keep_days: int = Field(
        30, ge=1, description="days after which conversations and answers' buttons are deleted"
    )
    inline_cache_seconds: int = Field(
        300, ge=0, description="seconds that Telegram may cache inline results"
    )
    channels: tuple[int | str, ...] = Field(
        (), description="ids or public names of channels to index"
    )
    channel_delay: float = Field(
        2.0, ge=0, description="seconds to wait for more posts before indexing them"
    )
    follows: int = Field(20, ge=0, description="subjects that a user, or a chat, may follow")
    follow_zone: str = Field("Asia/Tehran", description="time zone of those who choose none")
    feed_url: str | None = Field(
        None, description="public address of /feeds on the monitoring port; None: no feeds"
    )
    upload_megabytes: int = Field(20, ge=1, le=2000, description="maximum size of an uploaded file")
    stale_hours: float = Field(
        24.0, gt=0, description="hours without news from `index watch` that operators are told of"
    )
    unanswered: bool = Field(
        False, description="whether operators see questions of several people without an answer"
    )
    search_threads: int = Field(4, ge=1, le=64, description="questions that are searched at once")
    concurrent_updates: int = Field(
        256, ge=1, le=1024, description="updates that are handled at once"
    )
    connect_timeout: float = Field(10.0, gt=0, description="seconds to reach Telegram or the proxy")
    read_timeout: float = Field(20.0, gt=0, description="seconds to wait for a reply from Telegram")
    poll_timeout: int = Field(30, ge=0, le=50, description="seconds that a long poll stays open")
    stop_within: float = Field(
        20.0, ge=0, description="seconds to finish answers when the bot stops"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe messages that are logged"
    )
    log_format: Literal["text", "json"] = Field("text", description="lines of text or JSON objects")
    log_questions: bool = Field(
        False, description="whether to log questions and the ids of users who ask them"
    )

    @field_validator("channels")
    @classmethod
    def _check_channels(cls, value: tuple[int | str, ...]) -> tuple[int | str, ...]:
        return tuple(one.lstrip("@").lower() if isinstance(one, str) else one for one in value)

    @field_validator("follow_zone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone such as Asia/Tehran")
        return value

    @field_validator("webhook_url", "feed_url")
    @classmethod
    def _check_webhook_url(cls, value: str | None) -> str | None:
        if not value:
            return None
        parts = _split(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError("must be an address such as https://bot.example.ir/telegram")
        return value

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
        """Description of the way to Telegram, without the proxy's user name and password."""
        if self.proxy is None:
            return self.api_url
        parts = _split(self.proxy)
        host = parts.netloc.rpartition("@")[2]
        return f"{self.api_url} through {urlunsplit((parts.scheme, host, '', '', ''))}"

    @property
    def user_inline_queries_per_minute(self) -> int:
        """Limit for one user; higher than for questions: apps send queries while the user types."""
        return _INLINE_QUERIES_PER_QUESTION * self.user_questions_per_minute

    @property
    def user_requests_per_minute(self) -> int:
        """Limit for one user's messages, commands and presses of buttons together."""
        return _REQUESTS_PER_QUESTION * self.user_questions_per_minute

    @property
    def unreachable_after(self) -> float:
        """Seconds without contact to Telegram after which the bot counts as unhealthy."""
        return self.poll_timeout + self.read_timeout + _SILENCE

    @property
    def webhook_path(self) -> str:
        """Path of `webhook_url`, on which the webhook listens."""
        return _split(self.webhook_url).path or "/" if self.webhook_url else "/"

    @property
    def proxy_passwords(self) -> frozenset[str]:
        """Passwords of `proxy` and of proxies in the environment, to keep out of the log."""
        found = set()
        for address in (self.proxy, *getproxies().values()):
            with suppress(ValueError):
                found.add(_split(address).password if address else None)
        return frozenset(password for password in found if password)


def read_token() -> str:
    """Return the bot's token from the environment.

    Raises:
        SettingsError: it is not set, or is not a token.
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


def read_webhook_secret() -> str | None:
    """Return the secret that Telegram sends with each update; None: none is set.

    Raises:
        SettingsError: it has a wrong length or characters.
    """
    secret = os.environ.get(SECRET_VARIABLE, "").strip()
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        raise SettingsError(
            f"{SECRET_VARIABLE} must be 16 to 256 letters, digits, _ and -: "
            "python -c 'import secrets; print(secrets.token_urlsafe())' makes one"
        )
    return secret or None


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port  # reading the port validates it
    except ValueError:
        raise ValueError("is not an address") from None
    return parts
