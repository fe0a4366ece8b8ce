"""Access: which users and chats get answers, and who the operators are."""

from collections.abc import Set
from enum import Enum, auto

from telegram import Update
from telegram.constants import ChatType

from bot.settings import BotSettings


class AccessDecision(Enum):
    """Decision about an update: answer it, refuse it in words, or ignore it."""

    ADMITTED = auto()
    REFUSED = auto()
    BLOCKED = auto()


class Access:
    """The lists of operators, allowed and blocked ids; /reload reads them again."""

    def __init__(self, settings: BotSettings) -> None:
        self._former_ids: dict[int, int] = {}
        self._current_ids: dict[int, int] = {}
        self.reload(settings)

    def follow(self, old_id: int, new_id: int) -> None:
        """Let the lists' entry of a group count for the supergroup that it has become."""
        self._former_ids[new_id] = old_id
        self._current_ids[old_id] = new_id

    def current_id(self, chat_id: int) -> int:
        """Return the id of the supergroup that a group has become; that of any other chat."""
        return self._current_ids.get(chat_id, chat_id)

    def names(self, chat_id: int) -> bool:
        """Return whether the lists of allowed or blocked ids name a chat."""
        return chat_id in self._allowed or chat_id in self._blocked

    def reload(self, settings: BotSettings) -> None:
        """Use the lists of these settings from now on."""
        self._operators = frozenset(settings.operators)
        self._allowed = frozenset(settings.allowed)
        self._blocked = frozenset(settings.blocked)

    @property
    def operators(self) -> frozenset[int]:
        """User ids of the operators."""
        return self._operators

    def is_operator(self, update: Update) -> bool:
        """Return whether an update comes from an operator in their private chat.

        In a group others would read along, and an administrator may write in the group's name.
        """
        user, chat = update.effective_user, update.effective_chat
        return (
            user is not None
            and chat is not None
            and chat.type == ChatType.PRIVATE
            and user.id in self._operators
        )

    def decide(self, update: Update) -> AccessDecision:
        """Decide about the user and the chat of an update."""
        user, chat = update.effective_user, update.effective_chat
        # Who writes in the name of a chat counts as that chat.
        ids = {one.id for one in (update.effective_sender, chat) if one is not None}
        if user is not None and user.id in self._operators:
            return AccessDecision.ADMITTED
        return self.decide_ids(ids)

    def decide_ids(self, ids: Set[int]) -> AccessDecision:
        """Decide about the ids of somebody and the chat; of operators like of everybody."""
        ids = ids | {self._former_ids[one] for one in ids if one in self._former_ids}
        if ids & self._blocked:
            return AccessDecision.BLOCKED
        if self._allowed and not ids & self._allowed:
            return AccessDecision.REFUSED
        return AccessDecision.ADMITTED
