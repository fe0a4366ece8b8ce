"""The prompt: questions in, answers out, and commands."""

import re
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console

from index.errors import KhazarError
from retrieval.answerer import Answerer
from retrieval.cli.commands import HELP, QUIT, PromptCommands
from retrieval.cli.completion import PromptCompleter
from retrieval.cli.history import private_history
from retrieval.cli.session import Session
from retrieval.presentation.terminal.lines import show_error, show_line
from retrieval.query.query import ENGLISH

# What people type to leave or for help, without a colon.
_PLAIN_COMMANDS = {
    **dict.fromkeys(("exit", "quit", "خروج"), QUIT),
    **dict.fromkeys(("help", "راهنما"), HELP),
}
# Space and invisible characters that come with a Persian keyboard or with copied text.
_AROUND = re.compile(
    r"^[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+"
    r"|[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+$"
)


class Prompt:
    """A session at the prompt."""

    def __init__(
        self,
        retriever: Answerer,
        console: Console,
        limit: int | None = None,
        language: str = ENGLISH,
    ) -> None:
        """Open a session.

        Args:
            retriever: answers the questions.
            console: where answers are shown.
            limit: as for `Retriever.ask`.
            language: "fa" or "en", until a question is asked in another one.
        """
        self._session = Session(retriever, limit, language)
        self._commands = PromptCommands(self._session, console)
        self._console = console

    @property
    def commands(self) -> list[str]:
        """The commands as they are typed."""
        return self._commands.names

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
            history=InMemoryHistory() if history is None else private_history(history),
            completer=PromptCompleter(self._session, self._commands),
            complete_while_typing=False,
            input=terminal_input,
            output=output,
        )
        words = self._session.words
        show_line(self._console, words.text("greeting"), words)
        try:
            self._read_lines(session)
        finally:
            self._session.close()

    def _read_lines(self, session: PromptSession[str]) -> None:
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
            except KeyboardInterrupt:
                show_error(self._console, self._session.words.text("stopped"))

    def handle(self, line: str) -> bool:
        """Carry out one line, or show why it cannot be; return whether the session goes on."""
        line = _AROUND.sub("", line)
        line = _PLAIN_COMMANDS.get(line.casefold(), line)
        if self._session.index_changed():
            words = self._session.words
            show_line(self._console, words.text("renewed"), words)
        try:
            if line.startswith(":"):
                return self._commands.execute(line)
            if line:
                self._commands.ask(line)
        except KhazarError as error:
            show_error(self._console, self._session.words.error(error))
        return True
