"""The prompt: questions in, answers out, and commands."""

import re
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console

from index.errors import KhazarError
from retrieval.answerer import Answerer
from retrieval.cli.commands import PromptCommands
from retrieval.cli.session import Session
from retrieval.presentation.display import show_error, show_line

_QUIT, _HELP = ":quit", ":help"
# What people type to leave or for help, without a colon.
_PLAIN_COMMANDS = {
    **dict.fromkeys(("exit", "quit", "خروج"), _QUIT),
    **dict.fromkeys(("help", "راهنما"), _HELP),
}
# Space and invisible characters that come with a Persian keyboard or with copied text.
_AROUND = re.compile(
    r"^[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+"
    r"|[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+$"
)


class Prompt:
    """A session at the prompt."""

    def __init__(self, retriever: Answerer, console: Console, limit: int | None = None) -> None:
        """Ask a retriever and show on a console; `limit` as for `Retriever.ask`."""
        self._session = Session(retriever, limit)
        self._commands = PromptCommands(self._session, console)
        self._console = console

    @property
    def commands(self) -> list[str]:
        """The commands, for completion."""
        return sorted([*self._commands.names, _QUIT])

    def run(
        self,
        history: Path | None,
        terminal_input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        """Read and answer questions until the person leaves.

        Args:
            history: the file of earlier lines, readable by its owner only; None: they are kept
                for the session.
            terminal_input: where lines are typed; None: the terminal.
            output: where the prompt is drawn; None: the terminal.
        """
        session: PromptSession[str] = PromptSession(
            history=InMemoryHistory() if history is None else _private_history(history),
            completer=WordCompleter(self.commands, sentence=True),
            complete_while_typing=False,
            input=terminal_input,
            output=output,
        )
        self._console.print("Khazar: ask in Persian or English. :help for help, :quit to leave.")
        while True:
            try:
                # Log messages are printed above the line that is being typed.
                with patch_stdout():
                    line = session.prompt("❯ ")
            except KeyboardInterrupt:  # Ctrl-C discards the line, not the session
                continue
            except EOFError:
                return
            try:
                if not self.handle(line):
                    return
            except KhazarError as error:
                show_error(self._console, str(error))
            except KeyboardInterrupt:
                show_error(self._console, self._session.words.text("stopped"))

    def handle(self, line: str) -> bool:
        """Carry out one line; return whether the session goes on.

        Raises:
            KhazarError: it cannot be carried out; the message says why.
        """
        line = _AROUND.sub("", line)
        line = _PLAIN_COMMANDS.get(line.casefold(), line)
        if line.partition(" ")[0] == _QUIT:
            return False
        if self._session.index_changed():
            words = self._session.words
            show_line(self._console, words.text("renewed"), words)
        if line.startswith(":"):
            self._commands.execute(line)
        elif line:
            self._commands.ask(line)
        return True


def _private_history(path: Path) -> FileHistory:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    # Earlier versions left it readable by everybody.
    path.chmod(0o600)
    return FileHistory(str(path))
