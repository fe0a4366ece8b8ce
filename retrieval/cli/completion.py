"""Completion at the prompt: commands, passages, agencies, months.

What is typed is compared without spaces, in one form of each letter and digit, with every name of
what can be meant, in Persian and in Latin letters. Names that begin with it come first, then those
that have it in the middle, those that have its letters in order, and those that differ by a typo.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from rapidfuzz import fuzz

from index.dates import FIRST_JALALI_DAY, Calendar, from_calendar, to_calendar
from index.dates.lexer import fold, without_unseen
from retrieval.cli.commands import ALIASES, PromptCommands, canonical_name
from retrieval.cli.session import Session
from retrieval.presentation.messages import Messages, load_messages
from retrieval.presentation.terminal.prompt_help import command_help
from retrieval.query.query import ENGLISH, PERSIAN

_MOST: Final = 30
# Least similarity in [0, 100] of a name to what was typed with a typo, and its least length.
_SIMILAR: Final = 75.0
_TYPO_LETTERS: Final = 3
_RELATIVE: Final = {
    PERSIAN: ("امروز", "دیروز", "این هفته", "هفتهٔ گذشته", "ماه گذشته", "سال گذشته"),
    ENGLISH: ("today", "yesterday", "this week", "last week", "last month", "last year"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be typed.

    Attributes:
        text: what is written into the line.
        names: further names that it is found by.
        meta: what stands beside it in the menu.
    """

    text: str
    names: tuple[str, ...] = ()
    meta: str = ""


def matching(typed: str, choices: Iterable[Choice]) -> list[Choice]:
    """Return the choices that may be meant, the likeliest first; all of them for no letter."""
    return [choice for _, choice in _ranked(typed, choices)]


def date_choices(first: dt.date | None, last: dt.date | None, language: str) -> Iterator[Choice]:
    """Yield words, months and years of an archive, the newest first, in `language` first.

    Args:
        first: the first day of its articles; None: they have no dates, and nothing is yielded.
        last: the last day.
        language: "fa": Jalali months first; "en": Gregorian ones.
    """
    if first is None or last is None:
        return
    for own in sorted((PERSIAN, ENGLISH), key=lambda name: name != language):
        messages = load_messages(own)
        yield from map(Choice, _RELATIVE[own])
        calendar = Calendar.JALALI if own == PERSIAN else Calendar.GREGORIAN
        months = list(_months(calendar, first, last))
        for year, month in months:
            names = [_month_name(load_messages(one), calendar, month) for one in _RELATIVE]
            text = messages.digits(f"{_month_name(messages, calendar, month)} {year}")
            spelled = [f"{name} {year}" for name in names]
            yield Choice(text, (*spelled, f"{year}-{month:02}", f"{year}/{month:02}"))
        for year in dict.fromkeys(year for year, _ in months):
            yield Choice(messages.digits(str(year)))


class PromptCompleter(Completer):
    """Completes lines of a session."""

    def __init__(self, session: Session, commands: PromptCommands) -> None:
        """Complete the lines of a session that these commands carry out."""
        self._session = session
        self._commands = commands
        arguments: Mapping[Callable[[], Iterable[Choice]], Sequence[str]] = {
            self._passages: (":open", ":around", ":cite", ":related", ":why"),
            self._dates: (":from", ":to"),
            self._agencies: (":source",),
            self._limits: (":list",),
        }
        self._arguments = {name: offer for offer, names in arguments.items() for name in names}

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Yield what the line before the cursor may become."""
        del complete_event  # Completion is asked for by Tab only.
        line = document.text_before_cursor.lstrip()
        if not line.startswith(":"):
            return
        name, space, argument = line.partition(" ")
        if not space:
            yield from _completions(name, matching(name, self._names()))
        elif offer := self._arguments.get(canonical_name(name)):
            choices = list(offer())
            # Of several words the last ones may name something: «:list ایلنا آبان». After one that
            # is whole and a space, something else follows.
            whole = {_folded(choice.text) for choice in choices}
            found = {
                typed: ranked
                for typed in _endings(argument)
                if not (typed.endswith(" ") and _folded(typed) in whole)
                and (ranked := _ranked(typed, choices))
            }
            if found:
                # The longest of those that fit best.
                typed = min(found, key=lambda ending: found[ending][0][0])
                yield from _completions(typed, [choice for _, choice in found[typed]])

    def _names(self) -> Iterator[Choice]:
        described = command_help(self._session.words)
        persian = {name: alias for alias, name in ALIASES.items()}
        for name in self._commands.names:
            alias = persian.get(name, "")
            yield Choice(name, (), f"{alias} · {described[name]}" if alias else described[name])
        for alias, name in ALIASES.items():
            yield Choice(alias, (), f"{name} · {described[name]}")

    def _passages(self) -> Iterator[Choice]:
        words = self._session.words
        for number, passage in enumerate(self._session.passages, start=1):
            yield Choice(words.number(number), (), passage.citation.title)
        for number, related in enumerate(self._session.related, start=1):
            yield Choice(f"r{number}", (), related.citation.title)

    def _dates(self) -> Iterator[Choice]:
        facts = self._session.answerer.facts
        return date_choices(facts.first_date, facts.last_date, self._session.words.language)

    def _agencies(self) -> Iterator[Choice]:
        for agency, names in self._session.answerer.agency_names().items():
            yield Choice(agency, tuple(names))

    def _limits(self) -> Iterator[Choice]:
        yield from self._agencies()
        yield from self._dates()


def _completions(typed: str, choices: Iterable[Choice]) -> Iterator[Completion]:
    for choice in choices:
        yield Completion(choice.text, start_position=-len(typed), display_meta=choice.meta)


def _endings(text: str) -> Iterator[str]:
    """Yield a text, then it without its first word, and so on."""
    yield text
    words = text.split(" ")
    for skipped in range(1, len(words)):
        yield " ".join(words[skipped:])


def _ranked(typed: str, choices: Iterable[Choice]) -> list[tuple[float, Choice]]:
    """Return the choices that may be meant with their distances, the nearest first."""
    wanted = _folded(typed)
    measured = [(_distance(wanted, choice), choice) for choice in choices]
    found = [(distance, choice) for distance, choice in measured if distance is not None]
    return sorted(found, key=lambda pair: pair[0])[:_MOST]


def _distance(wanted: str, choice: Choice) -> float | None:
    """Return how far what was typed is from the nearest name of a choice; None: too far."""
    names = [_folded(name) for name in (choice.text, *choice.names)]
    return min(
        (one for name in names if (one := _name_distance(wanted, name)) is not None), default=None
    )


def _name_distance(wanted: str, name: str) -> float | None:
    if name.startswith(wanted):
        return 0
    if wanted in name:
        return 1
    letters = iter(name)
    if all(letter in letters for letter in wanted):
        return 2
    if len(wanted) < _TYPO_LETTERS:
        return None
    # The beginning of a name may be typed with a typo, too.
    similar = max(fuzz.ratio(wanted, name), fuzz.ratio(wanted, name[: len(wanted)]))
    return 4 - similar / 100 if similar >= _SIMILAR else None


def _folded(text: str) -> str:
    return without_unseen(fold(text)).replace(" ", "")


def _months(calendar: Calendar, first: dt.date, last: dt.date) -> Iterator[tuple[int, int]]:
    """Yield the year and the month of each month from the last day's to the first day's."""
    if calendar is Calendar.JALALI:
        first, last = max(first, FIRST_JALALI_DAY), max(last, FIRST_JALALI_DAY)
    year, month, _ = to_calendar(calendar, last)
    while from_calendar(calendar, year, month, 1) > first:
        yield year, month
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    yield year, month


def _month_name(messages: Messages, calendar: Calendar, month: int) -> str:
    return messages.text(f"{calendar}_months").split()[month - 1]
