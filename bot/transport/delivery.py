"""Sending: what is said goes out as messages, in reply to others or in their place."""

import logging
from collections.abc import Sequence

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest, NetworkError

from bot.views.render import render_text

_NOT_MODIFIED = "message is not modified"

_logger = logging.getLogger(__name__)


async def reply(
    message: Message, html: Sequence[str], keyboard: InlineKeyboardMarkup | None = None
) -> tuple[int, ...]:
    """Send messages in order, the first one as a reply.

    Questions are searched side by side, so an answer shows which question it belongs to; a
    question that has been deleted meanwhile still gets its answer.

    Args:
        message: what is replied to.
        html: the messages, Telegram HTML.
        keyboard: buttons under the last one.

    Returns:
        The ids of the messages.

    Raises:
        TelegramError: one of them could not be sent; those after it are not tried.
    """
    last = len(html) - 1
    return tuple(
        [
            (
                await message.reply_html(
                    text,
                    do_quote=position == 0,
                    allow_sending_without_reply=True,
                    reply_markup=keyboard if position == last else None,
                )
            ).message_id
            for position, text in enumerate(html)
        ]
    )


async def replace(
    message: Message,
    shown: Sequence[int],
    html: Sequence[str],
    keyboard: InlineKeyboardMarkup | None = None,
) -> tuple[int, ...]:
    """Put messages in the place of those that were sent before; arguments as for `reply`.

    What is too few is sent, what is too many or cannot be edited any more is deleted or sent anew.

    Args:
        message: what they reply to.
        shown: ids of the messages sent before.
        html: the messages, Telegram HTML.
        keyboard: buttons under the last one.

    Returns:
        The ids of the messages.

    Raises:
        TelegramError: one of them could not be sent.
    """
    bot, chat = message.get_bot(), message.chat_id
    ids = []
    for position, text in enumerate(html):
        markup = keyboard if position == len(html) - 1 else None
        if position < len(shown) and await _edit(message, shown[position], text, markup):
            ids.append(shown[position])
        else:
            ids += await reply(message, [text], markup)
    for message_id in shown[len(html) :]:
        try:
            await bot.delete_message(chat, message_id)
        except BadRequest as error:  # too old, or gone already
            _logger.debug("a message could not be deleted: %s", error)
    return tuple(ids)


async def send_text(
    message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Send the bot's own plain words.

    Raises:
        TelegramError: they could not be sent.
    """
    await reply(message, render_text(text), keyboard)


async def answer_callback(
    query: CallbackQuery, text: str | None = None, *, alert: bool = False
) -> None:
    """Let a button that was pressed stop waiting, and show words over the chat.

    Telegram takes this for seconds only, and after a restart not at all: what the button does is
    done all the same.
    """
    try:
        await query.answer(text, show_alert=alert)
    except NetworkError as error:
        _logger.debug("a pressed button was answered too late: %s", error)


def is_not_modified(error: BadRequest) -> bool:
    """Tell whether an edit was refused because the message is like that already."""
    return _NOT_MODIFIED in str(error).lower()


def language_code(update: Update) -> str | None:
    """Return the language of the person's Telegram app, None where it does not say."""
    user = update.effective_user
    return user.language_code if user else None


async def _edit(
    message: Message, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None
) -> bool:
    try:
        await message.get_bot().edit_message_text(
            html,
            message.chat_id,
            message_id,
            parse_mode="HTML",
            reply_markup=keyboard,
        )
    except BadRequest as error:
        if is_not_modified(error):
            return True
        _logger.debug("a message could not be edited: %s", error)
        return False
    return True
