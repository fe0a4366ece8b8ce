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
from retrieval.query.query import PERSIAN

_DATA: Final = re.compile(
    r"(?P<action>[a-z]):(?P<token>[A-Za-z0-9_-]{16})"
    r"(?::(?P<number>[0-9]{1,4}))?(?::(?P<page>[0-9]{1,4}))?",
    re.ASCII,
)
_ROW: Final = 5
_MOST: Final = 6

Rows = list[list[InlineKeyboardButton]]


class Action(StrEnum):
    """An action of a button."""

    MORE = "m"
    ARTICLES = "l"
    BACK = "b"
    ARTICLE = "a"
    PAGE = "p"
    WHY = "w"
    USEFUL = "u"
    NOT_USEFUL = "x"
    FOLLOW = "f"


@dataclass(frozen=True, slots=True)
class ButtonData:
    """The data of one button.

    Attributes:
        action: what it does.
        token: of the exchange that it belongs to.
        number: of a passage, from 1; for MORE, how many have been shown; for ARTICLES and BACK, the
            first one of the message.
        page: of an article, from 1; for ARTICLES and BACK, the last passage of the message.
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
    exchange: Exchange,
    messages: Messages,
    first: int = 1,
    last: int | None = None,
    citation: Citation | None = None,
) -> InlineKeyboardMarkup:
    """Return the buttons below a page of an answer, six at most.

    Args:
        exchange: the exchange, this page included.
        messages: texts of the language of the labels.
        first: number of the page's first passage.
        last: number of its last passage; None: it is the newest page.
        citation: of the best passage, for a button that copies it; None: there is no such button.
    """
    newest = len(exchange.passages)
    last = newest if last is None else last
    if len(_best_passages(exchange, first, last)) == 1:
        label, data = "button_article_only", ButtonData(Action.ARTICLE, exchange.token, first)
    else:
        label, data = "button_articles", ButtonData(Action.ARTICLES, exchange.token, first, last)
    rows: Rows = [[_button(messages.text(label), data)]]
    if exchange.more and last == newest:
        data = ButtonData(Action.MORE, exchange.token, newest)
        rows[0].append(_button(messages.text("button_more"), data))
    second = []
    if first == 1:
        why = ButtonData(Action.WHY, exchange.token)
        second.append(_button(messages.text("button_why"), why))
    if copied := copied_citation(citation, messages) if citation else None:
        copy = CopyTextButton(copied)
        second.append(InlineKeyboardButton(messages.text("button_copy"), copy_text=copy))
    if second:
        rows.append(second)
    if first == 1:
        rows.append(feedback_row(exchange, messages))
        if sum(map(len, rows)) < _MOST:
            rows[0].append(_follow_button(exchange, messages))
    return InlineKeyboardMarkup(rows)


def articles_keyboard(
    exchange: Exchange, messages: Messages, first: int, last: int
) -> InlineKeyboardMarkup:
    """Return the buttons that open the articles of a page of an answer, in place of its buttons.

    Args:
        exchange: the exchange.
        messages: texts of the language of the labels.
        first: number of the page's first passage.
        last: number of its last passage.
    """
    row = [
        _button(
            messages.text("button_article", number=number),
            ButtonData(Action.ARTICLE, exchange.token, number),
        )
        for number in _best_passages(exchange, first, last)
    ]
    rows = [
        _in_reading_order(row[start : start + _ROW], messages) for start in range(0, len(row), _ROW)
    ]
    back = ButtonData(Action.BACK, exchange.token, first, last)
    last_row = [_button(messages.text("button_back"), back)]
    if first == 1 and sum(map(len, rows)) + len(last_row) < _MOST:
        last_row.append(_follow_button(exchange, messages))
    return InlineKeyboardMarkup([*rows, last_row])


def _best_passages(exchange: Exchange, first: int, last: int) -> list[int]:
    """Return the number of the best passage of each article on a page."""
    numbers: dict[str, int] = {}
    for number, passage in enumerate(exchange.passages[first - 1 : last], start=first):
        numbers.setdefault(passage.article_id, number)
    return list(numbers.values())


def _in_reading_order(
    row: list[InlineKeyboardButton], messages: Messages
) -> list[InlineKeyboardButton]:
    """Return a row whose first button stands where its reader begins.

    Telegram's apps lay out buttons from left to right in every language. So in Persian "next" is on
    the left, where the next page of a Persian book is.
    """
    return row[::-1] if messages.language == PERSIAN else row


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
    return InlineKeyboardMarkup([_in_reading_order(turns, messages)]) if turns else None


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


def _follow_button(exchange: Exchange, messages: Messages) -> InlineKeyboardButton:
    return _button(messages.text("follow_button"), ButtonData(Action.FOLLOW, exchange.token))


def _button(label: str, data: ButtonData) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data.pack())
