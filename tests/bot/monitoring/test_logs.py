import json
import logging
import sys

import pytest
from telegram.error import InvalidToken

from bot.monitoring.logs import JsonFormatter, LogFormatter, Redactor
from index.errors import IndexMissingError
from tests.bot.support.api_server import TOKEN

SECRET = TOKEN.partition(":")[2]


def record_of(error: Exception, message: str = "failed") -> logging.LogRecord:
    try:
        raise error
    except type(error):
        return logging.LogRecord("n", logging.ERROR, "p", 1, message, (), sys.exc_info())


@pytest.fixture
def formatter():
    return LogFormatter(Redactor(TOKEN, "p@ss", None))


@pytest.mark.parametrize("error", [InvalidToken(f"The token `{TOKEN}`"), IndexMissingError("none")])
def test_errors_that_are_no_bugs_are_one_line(formatter, error):
    line = formatter.format(record_of(error))
    message = str(error).replace(TOKEN, "<secret>")
    assert line.endswith(f"ERROR n: failed: {type(error).__name__}: {message}")
    assert "\n" not in line


def test_bugs_keep_their_traceback_and_no_secret_is_left(formatter):
    text = formatter.format(record_of(ZeroDivisionError(f"/bot{TOKEN}/, {SECRET}"), f"at {TOKEN}"))
    assert "Traceback" in text
    assert "ZeroDivisionError: /bot<secret>/, <secret>" in text
    assert "at <secret>" in text


def test_a_secret_that_a_url_quotes_is_found(formatter):
    address = f"http://u:p%40ss@h/bot{TOKEN.replace(':', '%3A')}"
    record = logging.LogRecord("n", logging.INFO, "p", 1, "%s", (address,), None)
    assert formatter.format(record).endswith("http://u:<secret>@h/bot<secret>")


def test_a_json_line_has_the_fields_that_were_given_and_no_secret():
    formatter = JsonFormatter(Redactor(TOKEN))
    record = record_of(ZeroDivisionError(SECRET), f"at {TOKEN}")
    record.fields = {"update": 5, "seconds": 0.25}
    line = formatter.format(record)
    assert SECRET not in line
    assert "\n" not in line
    found = json.loads(line)
    assert (found["level"], found["logger"], found["update"]) == ("error", "n", 5)
    assert found["message"].startswith("at <secret>\nTraceback")
    assert found["time"].endswith("+00:00")
