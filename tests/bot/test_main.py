"""The command line, without connections."""

import sys

import pytest

import bot.__main__ as entry_point
from bot.asking.async_retriever import open_retriever
from bot.store.database import FILE, connect
from index.console import run
from index.errors import IndexMissingError
from tests.bot.support.api_server import TOKEN


@pytest.fixture
def command(monkeypatch, capsys):
    def call(*arguments: str, token: str = "") -> tuple[int, str]:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", token)
        monkeypatch.setattr(sys, "argv", ["bot", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(entry_point.app)
        return ended.value.code, "".join(capsys.readouterr())

    return call


@pytest.mark.parametrize(
    ("arguments", "token", "line"),
    [
        ([], "", "TELEGRAM_BOT_TOKEN is not set: get a token from @BotFather "
            "(https://t.me/BotFather), then: export TELEGRAM_BOT_TOKEN=<the token>"),
        ([], "my\ntoken", "TELEGRAM_BOT_TOKEN is not a token: it is to look like "
            "123456789:AAbb..., as @BotFather (https://t.me/BotFather) gave it"),
        (["--config", "none.toml"], TOKEN, "none.toml: no such configuration file"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said_in_one_line(command, arguments, token, line):
    assert command(*arguments, token=token) == (2, f"Error: {line}\n")


def test_help_has_examples_and_needs_no_token(command):
    status, text = command("--help")
    assert status == 0
    assert "--config" in text
    assert "KHAZAR_BOT__PROXY=socks5://127.0.0.1:1080 python -m bot" in text


def test_without_an_index_the_retriever_says_how_to_build_one(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[index]\ndirectory = "nothing"\n', encoding="utf-8")
    with pytest.raises(IndexMissingError, match="python -m index build"):
        open_retriever(config)


def test_feedback_is_exported_while_the_bot_runs_or_not(command, tmp_path):
    status, text = command("feedback", "export", "out.jsonl")
    assert status == 2
    assert text.endswith("bot.sqlite: no such file; has the bot run with this configuration?\n")
    connect_new(tmp_path / "data" / "bot")
    assert command("feedback", "export", "out.jsonl", "--review", "review.jsonl") == (
        0, "0 questions in out.jsonl\n0 answers to label in review.jsonl\n"
    )  # fmt: skip
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == ""


def connect_new(directory):
    directory.mkdir(parents=True)
    connect(directory / FILE).close()
