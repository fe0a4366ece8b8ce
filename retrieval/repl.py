"""The prompt: questions in, answers out, and a few commands."""

import json
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from rich.console import Console

from index.errors import KhazarError
from retrieval.answers import Answer
from retrieval.display import show_answer, show_article
from retrieval.records import answer_record
from retrieval.retriever import Retriever

_HELP = """\
Type a question in Persian or English and press Enter.
  :k 5      show 5 passages in an answer
  :open 1   show the whole article of passage 1
  :json     show answers as JSON; once more: as text
  :help     show this
  :quit     leave (so does Ctrl-D)"""


class CommandError(KhazarError):
    """A command of the prompt that cannot be carried out."""


class Prompt:
    """One session at the prompt: its settings and its last answer."""

    def __init__(self, retriever: Retriever, console: Console, limit: int | None = None) -> None:
        self._retriever = retriever
        self._console = console
        self._limit = limit
        self._as_json = False
        self._answer: Answer | None = None
        self._commands: dict[str, Callable[[str], bool]] = {
            ":help": self._help,
            ":json": self._json,
            ":k": self._k,
            ":open": self._open,
            ":quit": self._quit,
        }

    @property
    def commands(self) -> list[str]:
        """The commands, for completion."""
        return list(self._commands)

    def run(
        self, history: Path, terminal_input: Input | None = None, output: Output | None = None
    ) -> None:
        """Read and answer until the person leaves.

        Args:
            history: the file that earlier lines are kept in.
            terminal_input: where lines are typed; None: the terminal.
            output: where the prompt is drawn; None: the terminal.
        """
        history.parent.mkdir(parents=True, exist_ok=True)
        session: PromptSession[str] = PromptSession(
            history=FileHistory(str(history)),
            completer=WordCompleter(self.commands, sentence=True),
            complete_while_typing=False,
            input=terminal_input,
            output=output,
        )
        self._console.print("Khazar: ask in Persian or English. :help for help, :quit to leave.")
        while True:
            try:
                line = session.prompt("❯ ")
            except KeyboardInterrupt:  # Ctrl-C gives up the line, not the session
                continue
            except EOFError:
                return
            try:
                if not self.handle(line):
                    return
            except KhazarError as error:
                self._console.print(f"{error}", style="yellow", markup=False)
            except KeyboardInterrupt:
                self._console.print("Stopped.", style="yellow")

    def handle(self, line: str) -> bool:
        """Carry out one line; return whether the session goes on.

        Raises:
            KhazarError: it cannot be carried out; the message says why.
        """
        line = line.strip()
        if not line:
            return True
        if line.startswith(":"):
            name, _, argument = line.partition(" ")
            if name not in self._commands:
                raise CommandError(f"{name}: no such command; :help lists them")
            return self._commands[name](argument.strip())
        self._answer = self._retriever.ask(line, limit=self._limit)
        self._show(self._answer)
        return True

    def _show(self, answer: Answer) -> None:
        if self._as_json:
            record = json.dumps(answer_record(answer), ensure_ascii=False, indent=2)
            self._console.print(record, markup=False, highlight=False, soft_wrap=True)
        else:
            show_answer(self._console, answer)

    def _help(self, _: str) -> bool:
        self._console.print(_HELP, markup=False, highlight=False)
        return True

    def _json(self, _: str) -> bool:
        self._as_json = not self._as_json
        self._console.print(f"Answers are shown as {'JSON' if self._as_json else 'text'}.")
        return True

    def _k(self, argument: str) -> bool:
        self._limit = _number(argument, 100, ":k 5 shows 5 passages; from 1 to 100")
        self._console.print(f"Answers have {self._limit} passages.")
        return True

    def _open(self, argument: str) -> bool:
        if self._answer is None or not self._answer.passages:
            raise CommandError("there is no passage to open yet; ask a question first")
        count = len(self._answer.passages)
        number = _number(argument or "1", count, f":open takes a passage's number, 1 to {count}")
        passage = self._answer.passages[number - 1]
        article = self._retriever.article(passage.article_id)
        if article is None:
            raise CommandError(f"article {passage.article_id} is no longer in the index")
        show_article(self._console, article, passage)
        return True

    def _quit(self, _: str) -> bool:
        return False


def _number(text: str, most: int, hint: str) -> int:
    # int() reads Persian and Arabic digits too.
    if text.isdecimal() and 1 <= int(text) <= most:
        return int(text)
    raise CommandError(hint)
