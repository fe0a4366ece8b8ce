"""Logging to stderr: one line for what people can act on, tracebacks for bugs, never a secret."""

import datetime as dt
import json
import logging
import sys
from types import TracebackType
from urllib.parse import quote

from telegram.error import TelegramError

from index.errors import KhazarError

_REDACTED = "<secret>"
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_OWN = ("bot", "retrieval", "index")

_logger = logging.getLogger(__name__)


class Redactor:
    """Replaces secrets in text that people may see."""

    def __init__(self, token: str, *others: str | None) -> None:
        """Know the bot's token, and other secrets where they are set."""
        # A token is NUMBER:KEY. The key alone opens the bot too, and a URL may quote the colon.
        secrets = {token, token.partition(":")[2], *others} - {None, ""}
        secrets |= {quote(secret, safe="") for secret in secrets if secret}
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

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

    def __init__(self, redact: Redactor, layout: str = _FORMAT) -> None:
        super().__init__(layout)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text, redacted as a whole, tracebacks included."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, KhazarError | TelegramError):
            record = logging.makeLogRecord(record.__dict__)
            record.msg = f"{record.getMessage()}: {type(error).__name__}: {error}"
            record.args = record.exc_info = record.exc_text = None
        return self._redact(super().format(record))


class JsonFormatter(LogFormatter):
    """One JSON object a line: time (UTC), level, logger, message, and `fields` where given.

    Fields are what a caller gives as `extra={"fields": {...}}`; a traceback is in the message.
    """

    def __init__(self, redact: Redactor) -> None:
        super().__init__(redact, "%(message)s")

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


def configure(level: str, redact: Redactor, *, as_json: bool = False) -> None:
    """Send every log record, warning and uncaught exception to stderr through `redact`.

    Args:
        level: the least severe level that is logged. Libraries' records below "warning" are only
            logged at "debug": httpx, for one, has a line for every request.
        redact: takes the secrets out.
        as_json: whether records are JSON objects.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(redact) if as_json else LogFormatter(redact))
    libraries = "warning" if level == "info" else level
    logging.basicConfig(level=libraries.upper(), handlers=[handler], force=True)
    for name in _OWN:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    _logger.critical("the bot has failed", exc_info=(kind, error, traceback))
