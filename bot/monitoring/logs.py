"""Logging to stderr: one line for what people can act on, tracebacks for bugs, never a secret."""

import datetime as dt
import json
import logging
import sys
from types import TracebackType
from typing import Final
from urllib.parse import quote, unquote

from telegram.error import TelegramError

from bot.transport.log_privacy import redact
from index.errors import KhazarError

_REDACTED = "<secret>"
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_OWN: Final = ("bot", "retrieval", "index")
# At "debug" these tell of connections and addresses. python-telegram-bot is not among them: its
# records hold whole updates and requests, with what people wrote and the webhook's secret.
_TELLING: Final = ("httpx", "httpcore")

_logger = logging.getLogger(__name__)


class Redactor:
    """Replaces secrets in text that people may see."""

    def __init__(self, token: str, *others: str | None) -> None:
        """Know the bot's token, and other secrets where they are set."""
        # A token is NUMBER:KEY. The key alone opens the bot too, and a URL may quote the colon.
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
    """Redacts everything, and shows errors that are nobody's bug as one line.

    The traceback of a `KhazarError` or of an error from Telegram says nothing that its message
    does not; every other error keeps its traceback.
    """

    def __init__(self, redact: Redactor, layout: str = _FORMAT, *, discreet: bool = True) -> None:
        """Format records.

        Args:
            redact: takes the secrets out.
            layout: as `logging.Formatter` has it.
            discreet: whether what people wrote and are called is taken out, too.
        """
        super().__init__(layout)
        self._redact = redact
        self._discreet = discreet

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text, redacted as a whole, tracebacks included."""
        error = record.exc_info[1] if record.exc_info else None
        record = logging.makeLogRecord(record.__dict__)
        record.msg, record.args = record.getMessage(), None
        if isinstance(error, KhazarError | TelegramError):
            record.msg = f"{record.msg}: {type(error).__name__}: {error}"
            record.exc_info = record.exc_text = None
        if self._discreet:
            record.msg = redact(record.msg)
            if record.exc_info:
                record.exc_text = redact(self.formatException(record.exc_info))
        return self._redact(super().format(record))


class JsonFormatter(LogFormatter):
    """One JSON object a line: time (UTC), level, logger, message, and `fields` where given.

    Fields are what a caller gives as `extra={"fields": {...}}`; a traceback is in the message.
    """

    def __init__(self, redact: Redactor, *, discreet: bool = True) -> None:
        """Format records; arguments as for `LogFormatter`."""
        super().__init__(redact, "%(message)s", discreet=discreet)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, redacted as a whole."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": super().format(record),
            **getattr(record, "fields", {}),
        }
        return self._redact(json.dumps(line, ensure_ascii=False, default=str))


def configure(
    level: str, redact: Redactor, *, as_json: bool = False, questions: bool = False
) -> None:
    """Send every log record, warning and uncaught exception to stderr through `redact`.

    Args:
        level: the least severe level that is logged. Libraries' records below "warning" are only
            logged at "debug", and then those alone that say nothing of people: httpx has a line
            for every request.
        redact: takes the secrets out.
        as_json: whether records are JSON objects.
        questions: whether what people write may be logged; then libraries' records all are.
    """
    formatter = JsonFormatter if as_json else LogFormatter
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(redact, discreet=not questions))
    quiet = level == "info" or (level == "debug" and not questions)
    libraries = "warning" if quiet else level
    logging.basicConfig(level=libraries.upper(), handlers=[handler], force=True)
    for name in (*_OWN, *_TELLING) if level == "debug" else _OWN:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    _logger.critical("the bot has failed", exc_info=(kind, error, traceback))
