"""Sending: what is said goes out as messages in reply to the one that asked."""

from collections.abc import Sequence

from telegram import Message, Update

from bot.render import render_text


async def reply(message: Message, html: Sequence[str]) -> None:
    """Send messages in order, the first one as a reply.

    Questions are searched side by side, so an answer shows which question it belongs to; a
    question that has been deleted meanwhile still gets its answer.

    Args:
        message: what is replied to.
        html: the messages, Telegram HTML.

    Raises:
        TelegramError: one of them could not be sent; those after it are not tried.
    """
    for position, text in enumerate(html):
        await message.reply_html(text, do_quote=position == 0, allow_sending_without_reply=True)


async def say(message: Message, text: str) -> None:
    """Send the bot's own plain words.

    Raises:
        TelegramError: they could not be sent.
    """
    await reply(message, render_text(text))


def language_code(update: Update) -> str | None:
    """Return the language of the person's Telegram app, None where it does not say."""
    user = update.effective_user
    return user.language_code if user else None
