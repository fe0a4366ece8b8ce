"""Buttons of followed subjects: `g:TOKEN:VERB` with a number where the verb needs one."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.store.follows import Follow, Frequency
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

PATTERN: Final = re.compile(
    r"g:(?P<token>[A-Za-z0-9_-]{16})?:(?P<verb>[a-z]+)(?::(?P<number>[0-9]{1,3}))?", re.ASCII
)
# Follows on a page of the list: with one button to turn the page, six.
PAGE: Final = 5
# Hours of the daily list that have a button.
_HOURS: Final = (8, 20)
_QUIET: Final = (23, 7)
# Words left out that have a button.
_MOST_WORDS: Final = 5

Rows = list[list[InlineKeyboardButton]]


def notice_keyboard(follow: Follow, messages: Messages) -> InlineKeyboardMarkup:
    """Return the button below new articles, which opens the choices for their subject."""
    return InlineKeyboardMarkup([[_button(messages, "follow_choices", follow, "open")]])


def list_keyboard(
    follows: Sequence[Follow], messages: Messages, page: int = 1
) -> InlineKeyboardMarkup | None:
    """Return the buttons that open each follow of a page, and the next page."""
    shown = follows[(page - 1) * PAGE : page * PAGE]
    rows: Rows = [
        [
            _labelled(
                messages.text(
                    "numbered", number=(page - 1) * PAGE + place, line=_short(follow.label)
                ),
                follow,
                "panel",
            )
        ]
        for place, follow in enumerate(shown, start=1)
    ]
    if len(follows) > PAGE:
        following = page + 1 if len(follows) > page * PAGE else 1
        rows.append(
            [
                InlineKeyboardButton(
                    messages.text("button_next"), callback_data=f"g::list:{following}"
                )
            ]
        )
    return InlineKeyboardMarkup(rows) if rows else None


def follow_keyboard(follow: Follow, messages: Messages) -> InlineKeyboardMarkup:
    """Return the choices for a follow, six buttons."""
    quiet = "follow_button_loud" if follow.quiet else "follow_button_quiet"
    pause = "follow_button_resume" if follow.paused else "follow_button_pause"
    return InlineKeyboardMarkup([
        [_button(messages, "follow_button_when", follow, "when"),
         _button(messages, "follow_button_words", follow, "words")],
        [_button(messages, quiet, follow, "quiet"), _button(messages, pause, follow, "pause")],
        [_button(messages, "follow_button_remove", follow, "remove"),
         _button(messages, "follow_button_all", follow, "list")],
    ])  # fmt: skip


def frequency_keyboard(follow: Follow, messages: Messages) -> InlineKeyboardMarkup:
    """Return the choices of when new articles come."""
    options = [
        (replace(follow, frequency=Frequency.AT_ONCE), "once"),
        (replace(follow, frequency=Frequency.HOURLY), "hourly"),
        *((replace(follow, frequency=Frequency.DAILY, hour=hour), f"daily:{hour}")
          for hour in _HOURS),
    ]  # fmt: skip
    rows: Rows = []
    for option, verb in options:
        label = _when(option, messages)
        if option == follow:
            label = messages.text("button_chosen", label=label)
        rows.append([_labelled(label, follow, verb)])
    rows.append([_button(messages, "follow_button_feed", follow, "feed"),
                 _button(messages, "button_back", follow, "panel")])  # fmt: skip
    return InlineKeyboardMarkup(rows)


def words_keyboard(follow: Follow, messages: Messages) -> InlineKeyboardMarkup:
    """Return a button for each word that is left out, which takes it back."""
    rows: Rows = [
        [_labelled(messages.text("follow_button_word", word=_short(word)), follow, f"word:{at}")]
        for at, word in enumerate(follow.excluded[:_MOST_WORDS])
    ]
    return InlineKeyboardMarkup([*rows, [_button(messages, "button_back", follow, "panel")]])


def changed(follow: Follow, verb: str, number: int) -> Follow | None:
    """Return a follow after a button was pressed; None where the button changes nothing."""
    if verb == "once":
        return replace(follow, frequency=Frequency.AT_ONCE)
    if verb == "hourly":
        return replace(follow, frequency=Frequency.HOURLY)
    if verb == "daily" and number < 24:
        return replace(follow, frequency=Frequency.DAILY, hour=number)
    if verb == "quiet":
        return replace(follow, quiet=None if follow.quiet else _QUIET)
    if verb == "pause":
        return replace(follow, paused=not follow.paused)
    if verb == "word" and number < len(follow.excluded):
        kept = (*follow.excluded[:number], *follow.excluded[number + 1 :])
        return replace(follow, excluded=kept)
    return None


def _when(follow: Follow, messages: Messages) -> str:
    if follow.frequency is Frequency.DAILY:
        return messages.text("follow_button_daily", hour=messages.number(follow.hour))
    return messages.text(f"follow_{follow.frequency}")


def _short(text: str) -> str:
    return bidi.isolate(text if len(text) <= 30 else f"{text[:29]}…")


def _button(messages: Messages, key: str, follow: Follow, verb: str) -> InlineKeyboardButton:
    return _labelled(messages.text(key), follow, verb)


def _labelled(label: str, follow: Follow, verb: str) -> InlineKeyboardButton:
    label = bidi.with_direction_of_isolates(label)
    return InlineKeyboardButton(label, callback_data=f"g:{follow.token}:{verb}")
