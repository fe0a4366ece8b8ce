"""Sending and replacing messages."""

import logging
from collections.abc import Sequence

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError

from bot.views.render import render_text

_NOT_MODIFIED = "message is not modified"

_logger = logging.getLogger(__name__)


async def reply(
    message: Message, html: Sequence[str], keyboard: InlineKeyboardMarkup | None = None
) -> tuple[int, ...]:
    """Send messages in order, the first one as a reply.

    Questions are handled at the same time, so that an answer must show which one it belongs to. It
    is sent even when the question has been deleted in the meantime.

    Args:
        message: the message to reply to.
        html: the texts of the messages, as Telegram HTML.
        keyboard: buttons under the last message.

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
    sent: Sequence[int],
    html: Sequence[str],
    keyboard: InlineKeyboardMarkup | None = None,
) -> tuple[int, ...]:
    """Edit messages that were sent before.

    A message that cannot be edited any more, or that is missing, is sent; surplus ones are deleted.

    Args:
        message: the message to reply to.
        sent: ids of the messages that were sent before.
        html: the new texts, as Telegram HTML.
        keyboard: buttons under the last message.

    Returns:
        The ids of the messages.

    Raises:
        TelegramError: one of them could not be sent.
    """
    bot, chat = message.get_bot(), message.chat_id
    ids = []
    for position, text in enumerate(html):
        markup = keyboard if position == len(html) - 1 else None
        if position < len(sent) and await _edit(message, sent[position], text, markup):
            ids.append(sent[position])
        else:
            ids += await reply(message, [text], markup)
    for message_id in sent[len(html) :]:
        try:
            await bot.delete_message(chat, message_id)
        except BadRequest as error:  # too old, or already deleted
            _logger.debug("a message could not be deleted: %s", error)
    return tuple(ids)


async def send_text(
    message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Send plain text.

    Raises:
        TelegramError: it could not be sent.
    """
    await reply(message, render_text(text), keyboard)


async def send(bot: Bot, chat_id: int, text: str) -> None:
    """Send plain text that replies to nothing.

    Raises:
        TelegramError: it could not be sent.
    """
    for html in render_text(text):
        await bot.send_message(chat_id, html, parse_mode=ParseMode.HTML)


async def answer_callback(
    query: CallbackQuery, text: str | None = None, *, alert: bool = False
) -> None:
    """Answer the press of a button, with an optional notice above the chat.

    Telegram accepts this for seconds only, and not after a restart. A failure is logged, so that
    the button works all the same.
    """
    try:
        await query.answer(text, show_alert=alert)
    except NetworkError as error:
        _logger.debug("a pressed button was answered too late: %s", error)


def is_not_modified(error: BadRequest) -> bool:
    """Return whether an edit failed because it changed nothing."""
    return _NOT_MODIFIED in str(error).lower()


def language_code(update: Update) -> str | None:
    """Return the language of the user's Telegram app; None: unknown."""
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
