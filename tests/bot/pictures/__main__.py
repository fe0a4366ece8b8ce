"""`python -m tests.bot.pictures`: real conversations with the bot as text and pictures."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from index.console import application, run
from index.encoders.encoder import load_encoder
from index.settings import IndexSettings
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
from tests.bot.pictures.pages import page, transcript
from tests.bot.pictures.play import CONVERSATIONS, Conversation, play

app = application("Real exchanges with the bot as text, and as pictures.", needs_command=False)

_WIDTH = 700
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_HEAD = """# Conversations

Played by the real bot, with the real model, against the Bot API server of the tests, over 26,000
passages of news and the article in `seeds/`: `python -m tests.bot.pictures`, which makes the
pictures in `docs/pictures/`, too. The HTML is the bot's own. What stands in a box is a button.

"""


@app.callback(invoke_without_command=True)
def main(
    index: Annotated[
        Path, typer.Option(help="The folder of the index, of the news corpus and `seeds/`.")
    ] = Path("data/index"),
    out: Annotated[Path, typer.Option(help="Where pictures go.")] = Path("docs/pictures"),
    text: Annotated[Path, typer.Option(help="Where the text goes.")] = Path("docs/transcripts.md"),
) -> None:
    """Play conversations with the real bot and model over an index; write text and pictures."""
    for name in tuple(os.environ):
        if name.upper().endswith("_PROXY"):  # the server is on this machine
            del os.environ[name]
    settings = IndexSettings.load(None).model_copy(update={"directory": index.resolve()})
    searcher = LiveRetriever(settings, RetrievalSettings.load(None), load_encoder)
    with tempfile.TemporaryDirectory() as directory:
        played = asyncio.run(play(CONVERSATIONS, searcher, Path(directory, "bot")))
        text.write_text(_HEAD + "\n".join(map(transcript, played)), encoding="utf-8")
        typer.echo(f"{text}: {len(played)} conversations")
        browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
        if browser is None:
            typer.echo("No pictures: chromium is not installed.")
            return
        out.mkdir(parents=True, exist_ok=True)
        for picture in _pictures(browser, played, Path(directory), out.resolve()):
            typer.echo(f"{picture.name}: {picture.stat().st_size / 1000:.0f} KB")


def _pictures(browser: str, played: list[Conversation], pages: Path, out: Path) -> list[Path]:
    made = []
    for conversation in played:
        for scene in conversation.scenes:
            if not scene.name:
                continue
            source, picture = pages / f"{scene.name}.html", out / f"{scene.name}.png"
            source.write_text(page(scene, conversation.language), encoding="utf-8")
            shown = _browse(browser, pages, source, 1000, "--dump-dom")
            height = re.search(r'data-height="(\d+)"', shown)
            assert height, "the browser did not run the page's script"
            _browse(browser, pages, source, int(height[1]), f"--screenshot={picture}")
            made.append(picture)
    return made


def _browse(browser: str, home: Path, source: Path, height: int, *what: str) -> str:
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--force-device-scale-factor=1", "--disable-lcd-text",
        f"--user-data-dir={home / 'browser'}",
        f"--window-size={_WIDTH},{height}", *what, source.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


if __name__ == "__main__":
    run(app)
