"""Buttons below an answer: their data and their layout.

The data is an action, the token of an exchange and up to two numbers: `p:6Jg1…:2:3` is page 3 of
the article of passage 2. Telegram takes 64 bytes; this is 29 at most. The token is looked up with
the chat and the person who pressed (`bot.store.exchanges`), so that a forged one opens nothing.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.store.exchanges import Exchange
from bot.views.copied_citation import copied_citation
from retrieval.answers import Citation
from retrieval.presentation.messages import Messages

_DATA: Final = re.compile(
    r"(?P<action>[a-z]):(?P<token>[A-Za-z0-9_-]{16})"
    r"(?::(?P<number>[0-9]{1,4}))?(?::(?P<page>[0-9]{1,4}))?",
    re.ASCII,
)
_ROW: Final = 5

Rows = list[list[InlineKeyboardButton]]


class Action(StrEnum):
    """An action of a button."""

    MORE = "m"
    CONTEXT = "n"
    ARTICLE = "a"
    PAGE = "p"
    WHY = "w"
    USEFUL = "u"
    NOT_USEFUL = "x"


@dataclass(frozen=True, slots=True)
class ButtonData:
    """The data of one button.

    Attributes:
        action: what it does.
        token: of the exchange that it belongs to.
        number: of a passage, from 1; for MORE, how many have been shown.
        page: of an article, from 1.
    """

    action: Action
    token: str
    number: int = 0
    page: int = 0

    def pack(self) -> str:
        """Return the data as it is sent."""
        return f"{self.action}:{self.token}:{self.number}:{self.page}"


def parse_data(data: str) -> ButtonData | None:
    """Read a button's data; None for what `pack` does not return."""
    match = _DATA.fullmatch(data)
    if match is None or match["action"] not in set(Action):
        return None
    number, page = (int(match[name] or 0) for name in ("number", "page"))
    return ButtonData(Action(match["action"]), match["token"], number, page)


def answer_keyboard(
    exchange: Exchange, messages: Messages, first: int = 0, citation: Citation | None = None
) -> InlineKeyboardMarkup:
    """Return the buttons below a page of an answer.

    Args:
        exchange: the exchange, this page included.
        messages: texts of the language of the labels.
        first: how many passages were shown before this page.
        citation: of the best passage, for a button that copies it; None: there is no such button.
    """
    numbers = range(first + 1, len(exchange.passages) + 1)
    alone = len(numbers) == 1 and not first
    rows: Rows = []
    for action, key in ((Action.CONTEXT, "button_near"), (Action.ARTICLE, "button_article")):
        row = [
            _button(
                messages.text(f"{key}_only") if alone else messages.text(key, number=number),
                ButtonData(action, exchange.token, number),
            )
            for number in numbers
        ]
        rows += [row[start : start + _ROW] for start in range(0, len(row), _ROW)]
    if alone:  # Two short labels fit on one row.
        rows = [[button for row in rows for button in row]]
    last = []
    if exchange.more:
        last.append(
            _button(
                messages.text("button_more"),
                ButtonData(Action.MORE, exchange.token, len(exchange.passages)),
            )
        )
    if not first:
        last.append(_button(messages.text("button_why"), ButtonData(Action.WHY, exchange.token)))
    copied = copied_citation(citation, messages) if citation else None
    if copied:
        last.append(
            InlineKeyboardButton(messages.text("button_copy"), copy_text=CopyTextButton(copied))
        )
    rows.append(last)
    if not first:
        rows.append(feedback_row(exchange, messages))
    return InlineKeyboardMarkup([row for row in rows if row])


def feedback_row(exchange: Exchange, messages: Messages) -> list[InlineKeyboardButton]:
    """Return the buttons for useful and not useful, with the given feedback marked."""
    row = []
    for action, key in (
        (Action.USEFUL, "button_useful"),
        (Action.NOT_USEFUL, "button_not_useful"),
    ):
        label = messages.text(key)
        if exchange.useful is not None and exchange.useful == (action is Action.USEFUL):
            label = messages.text("button_chosen", label=label)
        row.append(_button(label, ButtonData(action, exchange.token)))
    return row


def article_keyboard(
    token: str, number: int, page: int, pages: int, messages: Messages
) -> InlineKeyboardMarkup | None:
    """Return the buttons that turn the pages of an article; None where it has only one."""
    turns = []
    if page > 1:
        turns.append(
            _button(
                messages.text("button_previous"), ButtonData(Action.PAGE, token, number, page - 1)
            )
        )
    if page < pages:
        turns.append(
            _button(messages.text("button_next"), ButtonData(Action.PAGE, token, number, page + 1))
        )
    return InlineKeyboardMarkup([turns]) if turns else None


def without(markup: InlineKeyboardMarkup, data: str) -> InlineKeyboardMarkup:
    """Return a keyboard without the buttons that have this data."""
    return _changed(markup, lambda row: [button for button in row if button.callback_data != data])


def with_feedback(
    markup: InlineKeyboardMarkup, exchange: Exchange, messages: Messages
) -> InlineKeyboardMarkup:
    """Return an answer's keyboard with the person's feedback marked."""
    now = {button.callback_data: button for button in feedback_row(exchange, messages)}
    return _changed(markup, lambda row: [now.get(button.callback_data, button) for button in row])


def _changed(
    markup: InlineKeyboardMarkup,
    change: Callable[[Sequence[InlineKeyboardButton]], list[InlineKeyboardButton]],
) -> InlineKeyboardMarkup:
    rows = [change(row) for row in markup.inline_keyboard]
    return InlineKeyboardMarkup([row for row in rows if row])


def _button(label: str, data: ButtonData) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data.pack())
