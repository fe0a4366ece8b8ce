"""`python -m bot`: run the Telegram bot, and export users' feedback."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot import runner
from bot.app import build_application
from bot.asking.async_retriever import open_retriever
from bot.channels.indexing import Indexer, SharedEncoder
from bot.monitoring.logs import Redactor, configure
from bot.settings import BotSettings, read_token, read_webhook_secret
from bot.store.feedback import Record, evaluation_records, read_feedback, review_records
from bot.transport.webhook import webhook_secret
from index.console import application, counted, run
from index.errors import KhazarError
from index.settings import IndexSettings

app = application("Answer questions in Telegram.", needs_command=False)
feedback = application("Feedback on the answers.")
app.add_typer(feedback, name="feedback")

Config = Annotated[
    Path | None, typer.Option(help="The configuration file.", show_default="./config.toml")
]

# In the help's Markdown a list keeps one example a line.
_EXAMPLES = """Examples:

- `TELEGRAM_BOT_TOKEN=123456789:AAbb... python -m bot`

- `python -m bot --config /etc/khazar/config.toml`

- `KHAZAR_BOT__PROXY=socks5://127.0.0.1:1080 python -m bot`

- `KHAZAR_BOT__API_URL=http://127.0.0.1:8081 python -m bot`

- `python -m bot feedback export useful.jsonl`
"""


@app.callback(invoke_without_command=True, epilog=_EXAMPLES)
def main(context: typer.Context, config: Config = None) -> None:
    """Answer questions in Telegram until Ctrl-C or SIGTERM.

    The bot's token is read from the environment variable TELEGRAM_BOT_TOKEN; get one from
    @BotFather (https://t.me/BotFather). Every setting in the [bot] table of config.toml can also
    be set by an environment variable.
    """
    if context.invoked_subcommand is not None:
        return
    settings = BotSettings.load(config)
    token = read_token()
    secrets = (*settings.proxy_passwords, read_webhook_secret(), webhook_secret(token))
    configure(
        settings.log_level,
        Redactor(token, *secrets),
        as_json=settings.log_format == "json",
        log_questions=settings.log_questions,
    )
    encoder = SharedEncoder()
    bot = build_application(
        settings,
        token,
        partial(open_retriever, config, encoder),
        load_settings=partial(BotSettings.load, config),
        indexer=Indexer(IndexSettings.load(config), encoder),
    )
    runner.run(bot, settings)


@feedback.command(epilog="Example: `python -m bot feedback export useful.jsonl`")
def export(
    out: Annotated[Path, typer.Argument(help="The evaluation file for useful answers.")],
    review: Annotated[
        Path | None, typer.Option(help="The file for answers that were not useful, to label.")
    ] = None,
    config: Config = None,
) -> None:
    """Write the questions with useful answers as a file for `python -m retrieval eval`.

    It has the questions as people wrote them, but not who they are. The bot may keep running.
    """
    settings = BotSettings.load(config)
    given = read_feedback(settings.path(settings.directory))
    useful = _write(out, evaluation_records(given))
    typer.echo(f"{counted(useful, 'question')} in {out}")
    if review is not None:
        doubtful = _write(review, review_records(given))
        typer.echo(f"{counted(doubtful, 'answer')} to label in {review}")


def _write(path: Path, records: Iterator[Record]) -> int:
    """Write JSON Lines, and return their number.

    Raises:
        KhazarError: the file cannot be written.
    """
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise KhazarError(f"{path}: {error.strerror}") from None
    return len(lines)


if __name__ == "__main__":
    run(app)
