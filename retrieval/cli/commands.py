"""The commands of the prompt."""

import datetime as dt
from collections.abc import Callable
from difflib import get_close_matches
from typing import Final

from rich.console import Console

from index.dates.lexer import fold, without_unseen
from index.text.persian import to_latin_digits
from index.text.special_characters import to_json, without_controls
from retrieval.answers import Answer
from retrieval.cli.pager import paged
from retrieval.cli.session import CommandError, Session
from retrieval.presentation.citations import CitationFormat, cite
from retrieval.presentation.context_window import context_window
from retrieval.presentation.serialization import answer_record
from retrieval.presentation.terminal.display import (
    show_answer,
    show_article,
    show_article_list,
    show_context,
    show_limits,
    show_related,
)
from retrieval.presentation.terminal.explanation_view import show_explanation
from retrieval.presentation.terminal.lines import show_line
from retrieval.presentation.terminal.prompt_help import show_help
from retrieval.presentation.timeline.record import timeline_record
from retrieval.presentation.timeline.table import show_timeline

HELP: Final = ":help"
QUIT: Final = ":quit"
# Persian names of the commands, for a keyboard that is in Persian already.
ALIASES: Final = {
    ":اطراف": ":around",
    ":ارجاع": ":cite",
    ":محدوده": ":filters",
    ":از": ":from",
    ":راهنما": HELP,
    ":تعداد": ":k",
    ":فهرست": ":list",
    ":بیشتر": ":more",
    ":گفتگو": ":new",
    ":باز": ":open",
    ":خروج": QUIT,
    ":مشابه": ":related",
    ":منبع": ":source",
    ":روند": ":timeline",
    ":تا": ":to",
    ":چرا": ":why",
}
_MOST: Final = 100
_AROUND: Final = 2


class PromptCommands:
    """Executes the lines of one session."""

    def __init__(self, session: Session, console: Console) -> None:
        """Act on a session and show on a console."""
        self._session = session
        self._console = console
        self._as_json = False
        self._commands: dict[str, Callable[[str], None]] = {
            ":around": self._around,
            ":cite": self._cite,
            ":filters": self._filters,
            ":from": self._from,
            HELP: self._help,
            ":json": self._json,
            ":k": self._k,
            ":list": self._list,
            ":more": self._more,
            ":new": self._new,
            ":open": self._open,
            ":related": self._related,
            ":source": self._source,
            ":timeline": self._timeline,
            ":to": self._to,
            ":why": self._why,
        }

    @property
    def names(self) -> list[str]:
        """The commands as they are typed, in the order of the alphabet."""
        return sorted([*self._commands, QUIT])

    def execute(self, line: str) -> bool:
        """Execute a line that begins with a command's name; return whether the session goes on.

        Raises:
            KhazarError: it cannot be carried out; the message says why.
        """
        typed, _, argument = line.partition(" ")
        name = canonical_name(typed)
        if name == QUIT:
            return False
        if name not in self._commands:
            if near := get_close_matches(name, [*self.names, *ALIASES], n=1):
                raise CommandError("no_command_but", name=typed, near=near[0])
            raise CommandError("no_command", name=typed)
        with paged(self._console):
            self._commands[name](argument.strip())
        return True

    def ask(self, question: str) -> None:
        """Answer a question.

        Raises:
            QuestionError: it is too long.
        """
        answer = self._session.ask(question)
        with paged(self._console):
            self._show(answer)

    def _more(self, _: str) -> None:
        self._show(self._session.more())

    def _list(self, argument: str) -> None:
        self._show(self._session.list_newest(argument))

    def _open(self, argument: str) -> None:
        if argument.startswith("r"):
            self._open_related(argument)
            return
        passage = self._session.passages[self._passage(":open", argument) - 1]
        article = self._session.article(passage.article_id)
        show_article(self._console, article, self._session.words, passage)

    def _open_related(self, name: str) -> None:
        related = self._session.related
        number = _number(name[1:], len(related))
        if number is None:
            raise CommandError("which_related", name=name)
        article = self._session.article(related[number - 1].article_id)
        show_article(self._console, article, self._session.words)

    def _around(self, argument: str) -> None:
        first, _, second = argument.partition(" ")
        passage = self._session.passages[self._passage(":around", first) - 1]
        reach = _number(second.strip(), _MOST) if second.strip() else _AROUND
        if reach is None:
            raise CommandError("how_far")
        found = context_window(self._session.article(passage.article_id), passage, reach)
        show_context(self._console, passage, found, self._session.words)

    def _cite(self, argument: str) -> None:
        """Print sources to copy: nothing in them is for the terminal, not even a line's end."""
        *numbers, last = argument.replace("،", " ").replace(",", " ").split() or [""]
        format_ = CitationFormat.PLAIN
        if last.lower() in set(CitationFormat):
            format_ = CitationFormat(last.lower())
        else:
            numbers.append(last)
        places = [self._passage(":cite", number) - 1 for number in numbers or [""]]
        cited = [self._session.passages[place] for place in places]
        text = cite(cited, format_, self._session.words, dt.date.today())
        self._console.out(without_controls(text), highlight=False)

    def _related(self, argument: str) -> None:
        passage = self._session.passages[self._passage(":related", argument) - 1]
        related = self._session.relate(passage.article_id)
        show_related(self._console, passage.citation.title, related, self._session.words)

    def _why(self, argument: str) -> None:
        # An answer without passages has an explanation too.
        numbers = []
        if argument or self._session.passages:
            numbers = [self._passage(":why", argument)]
        explanation = self._session.explain(max(numbers, default=1))
        show_explanation(self._console, explanation, numbers, self._session.words)

    def _from(self, argument: str) -> None:
        self._limit(since=argument or None)

    def _to(self, argument: str) -> None:
        self._limit(until=argument or None)

    def _source(self, argument: str) -> None:
        self._limit(source=argument or None)

    def _limit(self, **typed: str | None) -> None:
        self._session.set_limits(**typed)
        self._filters("")

    def _filters(self, _: str) -> None:
        show_limits(self._console, self._session.filter, self._session.words)

    def _new(self, _: str) -> None:
        self._session.forget()
        self._tell("conversation_reset")

    def _timeline(self, argument: str) -> None:
        timeline = self._session.timeline(argument)
        if self._as_json:
            self._print_json(timeline_record(timeline))
        else:
            show_timeline(self._console, timeline)

    def _k(self, argument: str) -> None:
        number = _number(argument, _MOST)
        if number is None:
            raise CommandError("how_many")
        self._session.limit = number
        self._tell("passages", count=number)

    def _json(self, _: str) -> None:
        self._as_json = not self._as_json
        self._tell("as_json" if self._as_json else "as_text")

    def _help(self, _: str) -> None:
        self._tell("welcome")
        show_help(self._console, self._session.words)

    def _show(self, answer: Answer) -> None:
        if self._as_json:
            self._print_json(answer_record(answer))
        elif not answer.question:
            # A list of the newest articles was asked for by no question.
            show_article_list(self._console, answer, self._session.words)
        else:
            show_answer(self._console, answer, interactive=True)

    def _print_json(self, record: dict[str, object]) -> None:
        text = to_json(record, indent=2)
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _passage(self, command: str, argument: str) -> int:
        """Return the number of a passage that has been shown; the first where none is named."""
        count = len(self._session.passages)
        if not count:
            raise CommandError("no_passage")
        number = _number(argument or "1", count)
        if number is None:
            raise CommandError("which_passage", name=command, last=count)
        return number

    def _tell(self, key: str, **values: str | float) -> None:
        show_line(self._console, self._say(key, **values), self._session.words)

    def _say(self, key: str, **values: str | float) -> str:
        return self._session.words.text(key, **values)


def canonical_name(typed: str) -> str:
    """Return the name of a command that was typed in either alphabet and in any case."""
    folded = without_unseen(fold(typed))
    return ALIASES.get(folded, folded)


def _number(text: str, most: int) -> int | None:
    """Read a number from 1 to `most`, in Persian, Arabic or Latin digits."""
    latin = to_latin_digits(text)
    return int(latin) if latin.isdecimal() and 1 <= int(latin) <= most else None
