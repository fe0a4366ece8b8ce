"""Who is answered, and who looks after the bot."""

from enum import Enum, auto

from telegram import Update
from telegram.constants import ChatType

from bot.settings import BotSettings


class AccessDecision(Enum):
    """Whether somebody is answered."""

    ADMITTED = auto()
    REFUSED = auto()
    BLOCKED = auto()


class Access:
    """The lists of config.toml, which an operator may have read again while the bot runs."""

    def __init__(self, settings: BotSettings) -> None:
        self.reload(settings)

    def reload(self, settings: BotSettings) -> None:
        """Hold to the lists of these settings from now on."""
        self._operators = frozenset(settings.operators)
        self._allowed = frozenset(settings.allowed)
        self._blocked = frozenset(settings.blocked)

    @property
    def operators(self) -> frozenset[int]:
        """Ids of the people who look after the bot."""
        return self._operators

    def is_operator(self, update: Update) -> bool:
        """Tell whether an update is an operator's, in the private chat with them.

        Elsewhere others read along, and in a group somebody may write in the group's name.
        """
        user, chat = update.effective_user, update.effective_chat
        return (
            user is not None
            and chat is not None
            and chat.type == ChatType.PRIVATE
            and user.id in self._operators
        )

    def admission(self, update: Update) -> AccessDecision:
        """Tell whether the person and the chat of an update are answered."""
        user, chat = update.effective_user, update.effective_chat
        ids = {one.id for one in (user, chat) if one is not None}
        if user is not None and user.id in self._operators:
            return AccessDecision.ADMITTED
        if ids & self._blocked:
            return AccessDecision.BLOCKED
        if self._allowed and not ids & self._allowed:
            return AccessDecision.REFUSED
        return AccessDecision.ADMITTED
