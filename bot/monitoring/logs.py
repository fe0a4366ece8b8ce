"""Logging to stderr: one line for what operators can fix, tracebacks for bugs, no secrets."""

import datetime as dt
import logging
import sys
from types import TracebackType
from typing import Final
from urllib.parse import quote, unquote

from telegram.error import TelegramError

from bot.transport.log_privacy import redact
from index.errors import KhazarError
from index.text.special_characters import to_json, without_controls

_REDACTED = "<secret>"
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_OWN: Final = ("bot", "retrieval", "index")
# Logged at "debug" too: connections and addresses. Not python-telegram-bot, whose records contain
# whole updates and requests, with users' texts and the webhook's secret.
_NETWORK: Final = ("httpx", "httpcore")

_logger = logging.getLogger(__name__)


class Redactor:
    """Removes secrets from text."""

    def __init__(self, token: str, *others: str | None) -> None:
        """Remove the bot's token, and other secrets that are not None."""
        # A token is NUMBER:KEY. The key alone is secret too, and a URL may escape the colon.
        known = {secret for secret in (token, token.partition(":")[2], *others) if secret}
        secrets = known | {unquote(secret) for secret in known}
        secrets |= {quote(secret, safe="") for secret in secrets}
        self._secrets = sorted(secrets, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return `text` without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return text


class LogFormatter(logging.Formatter):
    """Redacts records, and shows errors that are no bugs in one line.

    These are `KhazarError` and Telegram's errors; every other error keeps its traceback.
    """

    def __init__(self, redact: Redactor, layout: str = _FORMAT, *, hide_users: bool = True) -> None:
        """Format records.

        Args:
            redact: removes the secrets.
            layout: the format, as of `logging.Formatter`.
            hide_users: whether users' texts and names are removed, too.
        """
        super().__init__(layout)
        self._redact = redact
        self._hide_users = hide_users

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's redacted text, with its traceback."""
        error = record.exc_info[1] if record.exc_info else None
        record = logging.makeLogRecord(record.__dict__)
        record.msg, record.args = record.getMessage(), None
        if isinstance(error, KhazarError | TelegramError):
            record.msg = f"{record.msg}: {type(error).__name__}: {error}"
            record.exc_info = record.exc_text = None
        # A message may quote others, whose line ends could pretend to be further records.
        record.msg = " ".join(record.msg.split("\n"))
        if self._hide_users:
            record.msg = redact(record.msg)
            if record.exc_info:
                record.exc_text = redact(self.formatException(record.exc_info))
        return without_controls(self._redact(super().format(record)))


class JsonFormatter(LogFormatter):
    """Formats records as JSON: time (UTC), level, logger, message, and the caller's fields.

    A caller passes fields as `extra={"fields": {...}}`; the message includes a traceback.
    """

    def __init__(self, redact: Redactor, *, hide_users: bool = True) -> None:
        """Format records; arguments as for `LogFormatter`."""
        super().__init__(redact, "%(message)s", hide_users=hide_users)

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted record as JSON."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": super().format(record),
            **getattr(record, "fields", {}),
        }
        return self._redact(to_json(line, default=str))


def configure(
    level: str, redact: Redactor, *, as_json: bool = False, log_questions: bool = False
) -> None:
    """Send every log record, warning and uncaught exception to stderr through `redact`.

    Args:
        level: the least severe level. Libraries' records below "warning" are logged at "debug"
            only, and then only those without users' data, such as httpx's line per request.
        redact: removes the secrets.
        as_json: whether to write JSON objects.
        log_questions: whether users' texts may be logged; then all libraries' records are, too.
    """
    formatter = JsonFormatter if as_json else LogFormatter
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(redact, hide_users=not log_questions))
    quiet = level == "info" or (level == "debug" and not log_questions)
    libraries = "warning" if quiet else level
    logging.basicConfig(level=libraries.upper(), handlers=[handler], force=True)
    for name in (*_OWN, *_NETWORK) if level == "debug" else _OWN:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    _logger.critical("the bot has failed", exc_info=(kind, error, traceback))
