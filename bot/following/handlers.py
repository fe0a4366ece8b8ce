"""/follow, /following and /unfollow, and the buttons of followed subjects."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.asking.administrators import administers
from bot.asking.message_parsing import after_command, conversation_key, is_group
from bot.context import HandlerContext
from bot.following.feeds import feed_addresses
from bot.following.schedule import zone_named
from bot.following.sources import (
    Channel,
    NamedChannel,
    channel_of_post,
    find_channel,
    find_named_channel,
    site_named,
)
from bot.store.exchanges import ConversationKey, Exchange
from bot.store.follows import DEFAULT_HOUR, Follow, FollowStore, new_token
from bot.transport import delivery
from bot.views.follow_messages import follow_text, follows_text, subject_text
from bot.views.follow_panels import (
    PATTERN,
    changed,
    follow_keyboard,
    frequency_keyboard,
    list_keyboard,
    words_keyboard,
)
from bot.views.keyboards import Action, parse_data
from bot.views.render import render_text
from index.text.persian import normalise
from retrieval.errors import QuestionError
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages
from retrieval.query.operators import find_operators
from retrieval.query.query import has_content_word

_MOST_CHARACTERS: Final = 200
_ALL: Final = frozenset({"all", "همه"})
_HOURS: Final = 24
_ANY_WORD: Final = "khazar"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where somebody follows: a chat, or one of its forum topics."""

    chat_id: int
    topic_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class _Press:
    """A press of a button of a follow by somebody who may press it."""

    query: CallbackQuery
    message: Message
    follow: Follow
    messages: Messages


class FollowHandlers:
    """Makes, shows, changes and removes follows; in a group only for its administrators."""

    def __init__(self, context: HandlerContext, follows: FollowStore) -> None:
        self._context = context
        self._follows = follows

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers; they come before that of the buttons under answers."""
        written = filters.UpdateType.MESSAGE
        return [
            CommandHandler("follow", self._follow, written),
            CommandHandler("following", self._following, written),
            CommandHandler("unfollow", self._unfollow, written),
            CallbackQueryHandler(self._on_answer_button, rf"{Action.FOLLOW}:"),
            CallbackQueryHandler(self._on_press, PATTERN),
        ]

    async def _follow(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        typed = after_command(message.text or "").strip()
        messages = await self._context.messages_for(update, typed)
        place = await self._place(update, messages)
        if place is None:
            return
        replied = message.reply_to_message
        exchange = await self._replied(message)
        if _leaves_out_only(typed):
            # Nothing, or only words to leave out, in reply to an answer: its question is meant; in
            # reply to new articles, their subject.
            meant = _subject_of(exchange) if exchange else await self._replied_label(message)
            typed = f"{meant} {typed}".strip()
        named = channel_of_post(replied) if replied and not typed else None
        if not typed and named is None:
            await delivery.send_text(message, messages.text("follow_usage"))
            return
        await self._add(message, messages, place, typed, named)

    async def _on_answer_button(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Follow the subject of an answer whose button was pressed."""
        query = update.callback_query
        assert query is not None  # the handler gets callback queries only
        data, message = parse_data(query.data or ""), query.message
        messages = await self._context.messages_for(update)
        exchange = None
        if data is not None and isinstance(message, Message):
            exchange = await self._context.exchanges.find(data.token, message.chat_id)
        if exchange is None or not isinstance(message, Message):
            await delivery.answer_callback(query, messages.text("stale"), alert=True)
            return
        if is_group(message) and not await administers(query.from_user.id, message):
            await delivery.answer_callback(query, messages.text("follow_admins"), alert=True)
            return
        await delivery.answer_callback(query)
        place = _Place(message.chat_id, _topic(message), query.from_user.id)
        await self._add(message, messages, place, _subject_of(exchange))

    async def _add(
        self,
        message: Message,
        messages: Messages,
        place: _Place,
        typed: str,
        named: NamedChannel | None = None,
    ) -> None:
        """Follow what was typed, or what of a channel is `named`, and say so."""
        operators = find_operators("" if _leaves_out_only(typed) else typed)
        named = named or find_named_channel(operators.text)
        subject = " ".join((named.words if named else operators.text).split())
        has_words = has_content_word(subject)
        channel, refusal = None, None
        if named is not None:
            channel = await self._channel(named.reference, message)
            refusal = None if channel else "follow_no_channel"
        elif not has_words:
            refusal = "follow_no_words"
        if len(subject) > _MOST_CHARACTERS:
            refusal = "follow_too_long"
        if refusal is not None:
            await delivery.send_text(message, messages.text(refusal))
            return
        wanted = await self._new(place, subject if has_words else "", channel, messages)
        async with self._context.chat_locks.hold(ConversationKey(place.chat_id, place.user_id)):
            here = await self._follows.of_chat(place.chat_id, place.topic_id)
            known = _named(here, wanted.label)
            if known is None and await self._is_full(place, here):
                limit = self._context.settings.follows
                await delivery.send_text(message, messages.text("follow_limit", count=limit))
                return
            follow = known or wanted
            words = dict.fromkeys((*follow.excluded, *operators.excluded))
            follow = replace(follow, excluded=tuple(words))
            await self._follows.save(follow)
        key = "follow_done" if known is None else "follow_changed"
        text = messages.text(key, follow=follow_text(follow, messages))
        await delivery.send_text(message, text, follow_keyboard(follow, messages))

    async def _channel(self, reference: str | int, message: Message) -> Channel | None:
        channels, retriever = self._context.settings.channels, self._context.retriever
        return await find_channel(reference, channels, retriever, message.get_bot())

    async def _new(
        self, place: _Place, subject: str, channel: Channel | None, messages: Messages
    ) -> Follow:
        """Return a new follow; its hours are those of the chat's others."""
        agencies: tuple[str, ...] = ()
        if channel is None:
            with suppress(QuestionError):  # it names no agency
                agencies = await self._context.retriever.resolve_agency(site_named(subject))
        others = await self._follows.of_chat(place.chat_id, place.topic_id)
        zone = others[-1].zone if others else self._context.settings.follow_zone
        return Follow(
            token=new_token(),
            chat_id=place.chat_id,
            user_id=place.user_id,
            topic_id=place.topic_id,
            subject=subject,
            agencies=agencies,
            channel=channel.number if channel else 0,
            channel_name=channel.name if channel else "",
            zone=zone,
            language="en" if messages.language == "en" else "fa",
            hour=others[-1].hour if others else DEFAULT_HOUR,
        )

    async def _is_full(self, place: _Place, here: Sequence[Follow]) -> bool:
        own = await self._follows.of_user(place.user_id)
        return max(len(own), len(here)) >= self._context.settings.follows

    async def _following(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        typed = after_command(message.text or "").strip()
        messages = await self._context.messages_for(update, typed)
        follows = await self._follows.of_chat(message.chat_id, _topic(message))
        if not typed:
            keyboard = list_keyboard(follows, messages)
            await delivery.send_text(message, follows_text(follows, messages), keyboard)
            return
        if await self._place(update, messages) is None:
            return
        hour, zone = _hour(typed), zone_named(typed)
        if hour is not None:
            text = messages.text("follow_hour_set", hour=messages.number(hour))
            follows = [replace(one, hour=hour) for one in follows]
        elif zone is not None:
            text = messages.text("follow_zone_set", zone=bidi.isolate(zone))
            follows = [replace(one, zone=zone) for one in follows]
        else:
            text, follows = messages.text("follow_zone_unknown"), []
        for follow in follows:
            await self._follows.save(follow)
        await delivery.send_text(message, text)

    async def _unfollow(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        typed = after_command(message.text or "").strip()
        typed = typed or await self._replied_label(message)
        if not typed:
            await self._following(update, context)
            return
        messages = await self._context.messages_for(update, typed)
        if await self._place(update, messages) is None:
            return
        here = await self._follows.of_chat(message.chat_id, _topic(message))
        if typed.casefold() in _ALL:
            await self._follows.remove([follow.token for follow in here])
            await delivery.send_text(message, messages.text("follow_removed_all"))
        elif follow := _named(here, typed) or _numbered(here, typed):
            await self._follows.remove([follow.token])
            text = messages.text("follow_removed", subject=subject_text(follow))
            await delivery.send_text(message, text)
        else:
            await delivery.send_text(message, messages.text("follow_unknown"))

    async def _on_press(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler gets callback queries only
        match, message = PATTERN.fullmatch(query.data or ""), query.message
        messages = await self._context.messages_for(update)
        if match is None or not isinstance(message, Message):
            await delivery.answer_callback(query, messages.text("stale"), alert=True)
            return
        if is_group(message) and not await administers(query.from_user.id, message):
            await delivery.answer_callback(query, messages.text("follow_admins"), alert=True)
            return
        verb, number = match["verb"], int(match["number"] or 0)
        if verb == "list":
            await delivery.answer_callback(query)
            follows = await self._follows.of_chat(message.chat_id, _topic(message))
            keyboard = list_keyboard(follows, messages, max(number, 1))
            html = render_text(follows_text(follows, messages))
            await delivery.replace(message, [message.message_id], html, keyboard)
            return
        key = ConversationKey(message.chat_id, query.from_user.id)
        async with self._context.chat_locks.hold(key):
            follow = await self._follows.find(match["token"] or "", message.chat_id)
            if follow is None:
                await delivery.answer_callback(query, messages.text("stale"), alert=True)
                return
            await delivery.answer_callback(query)
            await self._obey(_Press(query, message, follow, messages), verb, number)

    async def _obey(self, press: _Press, verb: str, number: int) -> None:
        follow, messages = press.follow, press.messages
        text = follow_text(follow, messages)
        keyboard: InlineKeyboardMarkup | None = follow_keyboard(follow, messages)
        if verb == "remove":
            await self._follows.remove([follow.token])
            text = messages.text("follow_removed", subject=subject_text(follow))
            keyboard = None
        elif verb == "when":
            text, keyboard = messages.text("follow_when"), frequency_keyboard(follow, messages)
        elif verb == "words":
            text = messages.text("follow_words", subject=subject_text(follow))
            keyboard = words_keyboard(follow, messages)
        elif verb == "feed":
            text = await self._feed_text(press)
        elif new := changed(follow, verb, number):
            await self._follows.save(new)
            text, keyboard = follow_text(new, messages), follow_keyboard(new, messages)
        if verb == "open":
            # Below new articles, which stay.
            await delivery.send_text(press.message, text, keyboard)
            return
        html = render_text(text)
        await delivery.replace(press.message, [press.message.message_id], html, keyboard)

    async def _feed_text(self, press: _Press) -> str:
        base = self._context.settings.feed_url
        if base is None:
            return press.messages.text("follow_feed_off")
        follow = press.follow
        if not follow.feed:
            follow = replace(follow, feed=new_token() + new_token())
            await self._follows.save(follow)
        rss, json = feed_addresses(base, follow)
        return press.messages.text("follow_feed", rss=rss, json=json)

    async def _replied(self, message: Message) -> Exchange | None:
        """Return the exchange whose answer a message replies to; None: there is none."""
        replied = message.reply_to_message
        if replied is None:
            return None
        return await self._context.exchanges.of_answer(message.chat_id, replied.message_id)

    async def _replied_label(self, message: Message) -> str:
        """Return the subject of the message of this bot that a message replies to; "" for none."""
        replied = message.reply_to_message
        markup = replied.reply_markup if replied else None
        for row in markup.inline_keyboard if markup else ():
            match = PATTERN.fullmatch(str(row[0].callback_data))
            if match and (follow := await self._follows.find(match["token"], message.chat_id)):
                return follow.label
        return ""

    async def _place(self, update: Update, messages: Messages) -> _Place | None:
        """Return where a message's sender may follow; None, and say so, where they may not."""
        message = _message(update)
        key = conversation_key(message)
        if key is None:
            return None
        if is_group(message) and not await administers(key.user_id, message):
            await delivery.send_text(message, messages.text("follow_admins"))
            return None
        return _Place(message.chat_id, _topic(message), key.user_id)


def _message(update: Update) -> Message:
    message = update.effective_message
    assert message is not None  # the filters admit messages only
    return message


def _topic(message: Message) -> int:
    """Return the forum topic of a message; 0 for none. A thread of replies is no topic."""
    return (message.message_thread_id or 0) if message.is_topic_message else 0


def _subject_of(exchange: Exchange) -> str:
    """Return what an exchange asked: of a follow-up together with the question before it."""
    turns = exchange.after.turns
    return turns[-1].subject if exchange.follows and turns else exchange.question


def _leaves_out_only(typed: str) -> bool:
    """Return whether a text has no words but those that it leaves out."""
    # Beside a word, since a question of nothing but exclusions has none.
    return find_operators(f"{typed} {_ANY_WORD}").text.split() in ([], [_ANY_WORD])


def _named(follows: Sequence[Follow], typed: str) -> Follow | None:
    """Return the follow of a subject; a link may stand in place of a channel's name."""
    named = find_named_channel(typed)
    wanted = _spelled(typed if named is None else f"@{named.reference} {named.words}")
    for one in follows:
        # A link of a private channel has its number.
        if wanted in (_spelled(one.label), _spelled(f"@{one.channel} {one.subject}")):
            return one
    return None


def _numbered(follows: Sequence[Follow], typed: str) -> Follow | None:
    """Return the follow with a number of the list, in any digits."""
    number = int(typed) if typed.isdecimal() else 0
    return follows[number - 1] if 1 <= number <= len(follows) else None


def _spelled(text: str) -> str:
    return normalise(text).strip().casefold()


def _hour(typed: str) -> int | None:
    """Return an hour of the day that was typed as `7` or `7:00`, in any digits."""
    number = typed.partition(":")[0]
    return int(number) if number.isdecimal() and int(number) < _HOURS else None
