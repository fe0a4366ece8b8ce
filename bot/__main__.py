"""`python -m bot`: run the Telegram bot."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.app import build_application
from bot.archive import open_retriever
from bot.logs import Redactor, configure
from bot.service import run
from bot.settings import BotSettings, TokenMissingError, read_token
from index.errors import KhazarError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

# A line with \b alone keeps what follows as it is laid out here.
_EXAMPLES = """\b
Examples:
  TELEGRAM_BOT_TOKEN=123456789:AAbb... python -m bot
  python -m bot --config /etc/khazar/config.toml
  KHAZAR_BOT__PROXY=socks5://127.0.0.1:1080 python -m bot
  KHAZAR_BOT__API_URL=http://127.0.0.1:8081 python -m bot
"""


@app.command(epilog=_EXAMPLES)
def main(
    config: Annotated[
        Path | None,
        typer.Option(help="Configuration file; ./config.toml by default.", show_default=False),
    ] = None,
) -> None:
    """Answer questions in Telegram until Ctrl-C or SIGTERM.

    The bot's token comes from the environment only; @BotFather (https://t.me/BotFather)
    gives one. Every setting of the [bot] table can be set in the environment, too.
    """
    try:
        settings = BotSettings.load(config)
        token = read_token()
        configure(settings.log_level, Redactor(token, settings.proxy_password))
        run(build_application(settings, token, partial(open_retriever, config)), settings)
    except KhazarError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, TokenMissingError) else 1) from None


if __name__ == "__main__":
    app(prog_name="python -m bot")
