"""What Telegram shows of the bot in each language: menus of commands, and its descriptions.

They are set at the start where they have changed.
"""

import logging
from collections.abc import Collection

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.views.messages import MENU_LANGUAGES, load

PRIVATE = (
    *("ask", "latest", "follow", "following", "source", "period", "settings", "language"),
    *("link", "help", "privacy", "export", "forget"),
)
GROUPS = (
    *("ask", "latest", "follow", "following", "help", "settings", "source", "period"),
    *("privacy", "forget"),
)
OPERATORS = ("stats", "reload", "remove")
UNANSWERED = "unanswered"

_logger = logging.getLogger(__name__)


async def set_profile(
    bot: Bot, operators: Collection[int], operator_commands: Collection[str] = OPERATORS
) -> None:
    """Send Telegram the menus and descriptions; the bot works without them, too.

    Args:
        bot: sends them.
        operators: user ids of those whose menus have the operators' commands.
        operator_commands: names of these commands.
    """
    try:
        for code in MENU_LANGUAGES:
            await _describe(bot, code)
            await _set_menu(bot, BotCommandScopeAllPrivateChats(), PRIVATE, code)
            await _set_menu(bot, BotCommandScopeAllGroupChats(), GROUPS, code)
    except TelegramError as error:
        _logger.warning("menus and descriptions could not be set: %s", error)
        return
    for operator in operators:
        names = (*PRIVATE, *operator_commands)
        for code in MENU_LANGUAGES:
            try:
                await _set_menu(bot, BotCommandScopeChat(operator), names, code)
            except TelegramError as error:
                # An operator who has never written to the bot has no chat with it.
                _logger.info("the menu of operator %d could not be set: %s", operator, error)


async def _describe(bot: Bot, code: str | None) -> None:
    """Set the text of an empty chat, and that of the bot's profile."""
    messages = load(MENU_LANGUAGES[code])
    description = messages.text("description").strip()
    if (await bot.get_my_description(code)).description != description:
        await bot.set_my_description(description, code)
    short = messages.text("short_description")
    if (await bot.get_my_short_description(code)).short_description != short:
        await bot.set_my_short_description(short, code)


async def _set_menu(
    bot: Bot, scope: BotCommandScope, names: Collection[str], code: str | None
) -> None:
    messages = load(MENU_LANGUAGES[code])
    commands = tuple(BotCommand(name, messages.text(f"command_{name}")) for name in names)
    if await bot.get_my_commands(scope, code) != commands:
        await bot.set_my_commands(commands, scope, code)
