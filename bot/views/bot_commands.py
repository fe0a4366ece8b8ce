"""The menus of commands that Telegram shows, in each language."""

import logging
from collections.abc import Collection

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.views.messages import load
from retrieval.presentation.messages import LANGUAGES
from retrieval.query.query import ENGLISH

PRIVATE = (
    *("ask", "latest", "follow", "following", "source", "settings", "language"),
    *("help", "privacy", "forget"),
)
GROUPS = ("ask", "latest", "follow", "following", "help", "settings", "privacy", "forget")
OPERATORS = ("stats", "reload", "remove")

_logger = logging.getLogger(__name__)


async def set_menus(bot: Bot, operators: Collection[int]) -> None:
    """Send the menus to Telegram; the bot works without them, too."""
    try:
        for language in LANGUAGES:
            # English is the default, for apps in any other language.
            code = None if language == ENGLISH else language
            for scope, names in (
                (BotCommandScopeAllPrivateChats(), PRIVATE),
                (BotCommandScopeAllGroupChats(), GROUPS),
            ):
                await bot.set_my_commands(_commands(names, language), scope, code)
    except TelegramError as error:
        _logger.warning("the menus could not be set: %s", error)
        return
    for operator in operators:
        for language in LANGUAGES:
            code = None if language == ENGLISH else language
            try:
                await bot.set_my_commands(
                    _commands((*PRIVATE, *OPERATORS), language), BotCommandScopeChat(operator), code
                )
            except TelegramError as error:
                # An operator who has never written to the bot has no chat with it.
                _logger.info("the menu of operator %d could not be set: %s", operator, error)


def _commands(names: Collection[str], language: str) -> list[BotCommand]:
    messages = load(language)
    return [BotCommand(name, messages.text(f"command_{name}")) for name in names]
