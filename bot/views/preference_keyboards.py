"""Messages whose buttons change their reader's settings, or those of a group.

A button's data is `c:field:value`. It only changes the settings of the person who pressed it, so
that a forged one does no harm; values are checked all the same. `g:field:value` changes those of
the group, if the person is an administrator there.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.store.links import link_token
from bot.store.preferences import Preferences
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

PATTERN: Final = re.compile(
    r"(?P<scope>[cg]):(?P<field>passages|language|digits|calendar|agency|period):"
    r"(?P<value>[A-Za-z0-9_-]{1,24})"
)
AUTO: Final = "auto"
GROUP_SCOPE: Final = "g"
_PASSAGES: Final = (1, 3, 5, 10)
_VALUES: Final = {
    "language": ("fa", "en"),
    "digits": ("persian", "latin"),
    "calendar": ("jalali", "gregorian"),
}
# Buttons for the agencies with most articles; others are typed after the command.
_MOST_AGENCIES: Final = 10
_LABEL: Final = 40

Row = list[InlineKeyboardButton]


def settings_panel(
    preferences: Preferences, messages: Messages, passages: int
) -> tuple[str, InlineKeyboardMarkup]:
    """Return the text and the buttons of /settings; `passages` is the default number."""
    shown = preferences.passages or passages
    numbers = sorted({*_PASSAGES, passages})
    rows = [
        [
            _choice(
                messages.text("settings_passages", count=number),
                "passages",
                str(number),
                messages,
                chosen=number == shown,
            )
            for number in numbers
        ],
        _options("language", preferences.language, messages, "settings_language_auto", "language"),
        _options("digits", preferences.digits, messages, "settings_digits_auto", "settings_digits"),
        _options(
            "calendar",
            preferences.calendar,
            messages,
            "settings_calendar_auto",
            "settings_calendar",
        ),
    ]
    return messages.text("settings"), InlineKeyboardMarkup(rows)


def language_panel(
    preferences: Preferences, messages: Messages
) -> tuple[str, InlineKeyboardMarkup]:
    """Return the text and the buttons of /language."""
    row = _options("language", preferences.language, messages, "language_auto", "language")
    return messages.text("language_choose"), InlineKeyboardMarkup([row])


def source_panel(
    preferences: Preferences, messages: Messages, agencies: Sequence[tuple[str, int]]
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return the text and the buttons of /source, for the archive's agencies."""
    if not agencies:
        return messages.text("source_none"), None
    rows = [
        [
            _choice(
                messages.text("source_button", agency=_short(agency), articles=articles),
                "agency",
                link_token(agency),
                messages,
                chosen=agency in preferences.agencies,
            )
        ]
        for agency, articles in agencies[:_MOST_AGENCIES]
    ]
    every = _choice(
        messages.text("source_button_all"),
        "agency",
        AUTO,
        messages,
        chosen=not preferences.agencies,
    )
    text = f"{source_text(preferences, messages)}\n\n{messages.text('source_choose')}"
    return text, InlineKeyboardMarkup([*rows, [every]])


def source_text(preferences: Preferences, messages: Messages) -> str:
    """Return which agencies are searched."""
    if not preferences.agencies:
        return messages.text("source_all")
    return messages.text("source_one", agencies=messages.names(preferences.agencies))


def period_panel(
    preferences: Preferences, messages: Messages
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return the text of /period, with a button if searches are limited to some days."""
    text = f"{period_text(preferences, messages)}\n\n{messages.text('period_choose')}"
    if not (preferences.since or preferences.until):
        return text, None
    every = _choice(messages.text("period_button_all"), "period", AUTO, messages, chosen=False)
    return text, InlineKeyboardMarkup([[every]])


def period_text(preferences: Preferences, messages: Messages) -> str:
    """Return which days are searched."""
    days = messages.date_range(preferences.since, preferences.until)
    return messages.text("period_one", days=days) if days else messages.text("period_all")


def for_group(keyboard: InlineKeyboardMarkup | None) -> InlineKeyboardMarkup | None:
    """Return the same buttons for the settings of a group."""
    if keyboard is None:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    one.text, callback_data=f"{GROUP_SCOPE}{str(one.callback_data)[1:]}"
                )
                for one in row
            ]
            for row in keyboard.inline_keyboard
        ]
    )


def choose(
    preferences: Preferences, field: str, value: str, agencies: Iterable[str] = ()
) -> Preferences | None:
    """Return the settings after a button was pressed.

    Args:
        preferences: the settings before.
        field: the setting; one of those in `PATTERN`.
        value: its new value; `AUTO` leaves it to the bot.
        agencies: those of the archive.

    Returns:
        None where there is no such value (any more).
    """
    if field == "agency":
        named = [agency for agency in agencies if link_token(agency) == value]
        if value != AUTO and not named:
            return None
        return replace(preferences, agencies=tuple(named))
    if field == "period":
        return replace(preferences, since=None, until=None) if value == AUTO else None
    if field == "passages":
        number = int(value) if re.fullmatch(r"[0-9]{1,2}", value, re.ASCII) else 0
        return replace(preferences, passages=number) if 1 <= number <= max(_PASSAGES) else None
    if value != AUTO and value not in _VALUES[field]:
        return None
    chosen = None if value == AUTO else value
    return replace(preferences, **{field: chosen})  # type: ignore[arg-type]


def _options(field: str, now: str | None, messages: Messages, auto_key: str, value_key: str) -> Row:
    auto = _choice(messages.text(auto_key), field, AUTO, messages, chosen=now is None)
    return [
        auto,
        *(
            _choice(
                messages.text(f"{value_key}_{value}"), field, value, messages, chosen=now == value
            )
            for value in _VALUES[field]
        ),
    ]


def _choice(
    label: str, field: str, value: str, messages: Messages, *, chosen: bool
) -> InlineKeyboardButton:
    shown = messages.text("button_chosen", label=label) if chosen else label
    return InlineKeyboardButton(shown, callback_data=f"c:{field}:{value}")


def _short(name: str) -> str:
    return bidi.isolate(name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…")
