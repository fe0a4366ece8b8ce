"""The `khazar` command: the commands of the three packages under one name.

It imports only the package that a command belongs to, and so starts as fast as that.
"""

import sys
from importlib import import_module

from index.console import run, run_and_leave

_PACKAGES = ("index", "bot")
_HELP = """Usage: khazar [COMMAND] [OPTIONS] [ARGUMENTS]...

Answer questions about an archive of Persian news.

Without a command, open the prompt.

Commands:
  ask          Answer one question, or a file of them.
  eval         Measure answers against an evaluation file.
  calibrate    Learn the weights of answers from evaluation files.
  bench        Time the answers to questions.
  index ...    Build the index, update it, check it and look at it.
  bot ...      Run the Telegram bot.

`khazar COMMAND --help` says more about each.

Examples:
  khazar index build news.jsonl.gz
  khazar ask "چند دانشجو در آستراخان درس می‌خوانند؟"
  khazar eval questions.jsonl
  khazar index status
  khazar bot
"""


def main() -> None:
    """Run the command that the arguments name."""
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["help"]):
        sys.stdout.write(_HELP)
        return
    package, name = "retrieval", "khazar"
    if arguments and arguments[0] in _PACKAGES:
        package = arguments.pop(0)
        name = f"khazar {package}"
    # The name is what help and errors call the program.
    sys.argv = [name, *arguments]
    app = import_module(f"{package}.__main__").app
    if package == "retrieval":
        run_and_leave(app)
    else:
        run(app)
