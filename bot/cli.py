"""The `khazar` command: the commands of the three packages under one name.

Only the package of the command is imported, so that it starts as fast as `python -m PACKAGE`.
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
  eval         Evaluate the answers to a file of questions.
  calibrate    Learn the weights of the answers from a file of questions.
  bench        Time the answers to files of questions.
  index ...    Build, update, check and inspect the index.
  bot ...      Run the Telegram bot.

`khazar COMMAND --help` describes a command.

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
    if arguments in (["--help"], ["-h"], ["help"]):
        sys.stdout.write(_HELP)
        return
    package, name = "retrieval", "khazar"
    if arguments and arguments[0] in _PACKAGES:
        package = arguments.pop(0)
        name = f"khazar {package}"
    # Help and errors show this name.
    sys.argv = [name, *arguments]
    app = import_module(f"{package}.__main__").app
    if package == "retrieval":
        run_and_leave(app)
    else:
        run(app)
