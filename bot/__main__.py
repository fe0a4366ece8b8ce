"""`python -m bot`: run the Telegram bot."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot import service
from bot.app import build_application
from bot.archive import open_retriever
from bot.logs import Redactor, configure
from bot.settings import BotSettings, read_token
from index.console import application, run

app = application("Answer questions in Telegram.")

# In the help's Markdown a list keeps one example a line.
_EXAMPLES = """Examples:

- `TELEGRAM_BOT_TOKEN=123456789:AAbb... python -m bot`

- `python -m bot --config /etc/khazar/config.toml`

- `KHAZAR_BOT__PROXY=socks5://127.0.0.1:1080 python -m bot`

- `KHAZAR_BOT__API_URL=http://127.0.0.1:8081 python -m bot`
"""


@app.command(epilog=_EXAMPLES)
def main(
    config: Annotated[
        Path | None, typer.Option(help="The configuration file.", show_default="./config.toml")
    ] = None,
) -> None:
    """Answer questions in Telegram until Ctrl-C or SIGTERM.

    The bot's token comes from the environment only, as TELEGRAM_BOT_TOKEN; @BotFather
    (https://t.me/BotFather) gives one. Every setting of the [bot] table of config.toml can be set
    in the environment, too.
    """
    settings = BotSettings.load(config)
    token = read_token()
    configure(settings.log_level, Redactor(token, settings.proxy_password))
    bot = build_application(settings, token, partial(open_retriever, config))
    service.run(bot, settings)


if __name__ == "__main__":
    run(app)
