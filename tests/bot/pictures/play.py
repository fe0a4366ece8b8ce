"""Conversations with the real bot, played against the tests' Bot API server."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from bot.asking.async_retriever import RetrieverSource
from index.errors import KhazarError
from tests.bot.support.api_people import group
from tests.bot.support.api_server import ApiServer, Sent
from tests.bot.support.running import running_bot


@dataclass(frozen=True, slots=True)
class Written:
    """A message to the bot."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press of a button, under the newest message that has it.

    Attributes:
        button: the button's text.
        silent: whether the press sends no message.
        toast: the notice above the chat after the press.
    """

    button: str
    silent: bool = False
    toast: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot is added to the group of the conversation, whose administrator is the person."""

    note: str


Event = Written | Pressed | Joined | Sent


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of a conversation, shown in one picture.

    Attributes:
        name: name of the picture's file; "": the scene is in the transcript only.
        events: actions of the user; after `play`, the bot's messages too.
    """

    name: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation in one language, in a group if it begins with `Joined`."""

    language: str
    title: str
    person: str
    scenes: tuple[Scene, ...]


CONVERSATIONS = (
    Conversation(
        "fa",
        "Persian",
        "سارا",
        (
            Scene("", (Written("/start"),)),
            Scene(
                "",
                (
                    Written("دستیار اول ویلموتس در تیم ملی ایران کیست؟"),
                    Pressed("مفید بود", silent=True),
                ),
            ),
            Scene("", (Written("/settings"), Pressed("۱ بخش", silent=True))),
            Scene("follow-up", (Written("مربی دروازه‌بان‌ها کیست؟"), Pressed("چرا این پاسخ؟"))),
            Scene("", (Pressed("بخش‌های بیشتر"),)),
            Scene(
                "not-found",
                (Written("گران‌ترین کتاب چاپ‌شده در ژاپن چیست؟"),),
            ),
            Scene(
                "one-agency",
                (
                    Written("/source ایلنا"),
                    Written("بابوشکین درباره بنادر ترکمنستان چه گفت؟"),
                ),
            ),
        ),
    ),
    Conversation(
        "fa",
        "Persian, following subjects",
        "سارا",
        (
            Scene(
                "following",
                (
                    Written("/follow نفت -فوتبال"),
                    Pressed("شب‌ها نفرست", silent=True),
                    Written("/follow ایلنا"),
                    Pressed("کی بفرستم؟", silent=True),
                    Pressed("هر روز ساعت ۸", silent=True),
                    Written("/following"),
                ),
            ),
        ),
    ),
    Conversation(
        "fa",
        "Persian, in a group",
        "سارا",
        (
            Scene(
                "group",
                (
                    Joined("خزر به گروه اضافه شد"),
                    Written("/period آبان ۱۴۰۴"),
                    Written("/ask بابوشکین درباره بنادر ترکمنستان چه گفت؟"),
                ),
            ),
        ),
    ),
    Conversation(
        "en",
        "English",
        "Tom",
        (
            Scene("", (Written("/settings"), Pressed("1 passage", silent=True))),
            Scene(
                "english",
                (
                    Written("When did Mike Tyson fight Evander Holyfield?"),
                    Written("Which ear did he bite?"),
                ),
            ),
            Scene(
                "",
                (Pressed("Full article"), Pressed("More passages"), Pressed("Why this answer?")),
            ),
            Scene("", (Written("What does a metro ticket cost in Tokyo?"), Written("/latest"))),
        ),
    ),
)

# Seconds in which further messages may follow the first; no test depends on it.
_SETTLED_AFTER = 0.5
_PATIENCE = 300.0


async def play(
    conversations: tuple[Conversation, ...], source: RetrieverSource, directory: Path
) -> list[Conversation]:
    """Play conversations, and return them with the bot's messages as at the end of each scene.

    Args:
        conversations: the conversations, each with a user of its own.
        source: the open retriever; it is closed at the end.
        directory: an empty folder for the bot's data.
    """
    async with (
        ApiServer() as server,
        running_bot(server, SimpleNamespace(open=lambda: source), directory=directory),
    ):
        return [
            replace(one, scenes=tuple([await _scene(server, one, number, s) for s in one.scenes]))
            for number, one in enumerate(conversations, start=7)
        ]


async def _scene(server: ApiServer, conversation: Conversation, user: int, scene: Scene) -> Scene:
    events: list[Event] = []
    in_group = isinstance(conversation.scenes[0].events[0], Joined)
    chat = group() if in_group else None
    for event in scene.events:
        sent, edits = len(server.sent), len(server.edits)
        if isinstance(event, Written):
            await server.write(event.text, conversation.language, user=user, chat=chat)
        elif isinstance(event, Joined):
            server.administrators[group()["id"]] = {user}
            await server.join(group(), user=user)
        elif isinstance(event, Pressed):
            event = await _press(server, conversation.language, user, event)
        events.append(event)
        if isinstance(event, Pressed) and event.silent:
            await server.until(partial(_more_edits, server, edits), _PATIENCE)
        else:
            await server.until_sent(sent + 1, _PATIENCE)
        await asyncio.sleep(_SETTLED_AFTER)
        events += server.sent[sent:]
    now = server.messages
    return replace(
        scene,
        events=tuple(
            now[event.chat_id, event.message_id] if isinstance(event, Sent) else event
            for event in events
        ),
    )


def _more_edits(server: ApiServer, before: int) -> bool:
    return len(server.edits) > before


async def _press(server: ApiServer, language: str, user: int, event: Pressed) -> Pressed:
    found = (
        (message, button["callback_data"])
        for message in _newest_first(server, user)
        for row in message.buttons
        for button in row
        if button["text"] == event.button
    )
    message, data = next(found, (None, ""))
    if message is None:
        raise KhazarError(
            f"no answer has the button {event.button!r}: is this an index of the news?"
        )
    query = await server.call_back(message, data, user, language)
    answer = await server.callback_answer(query)
    return replace(event, toast=answer.get("text") or "")


def _newest_first(server: ApiServer, user: int) -> Iterator[Sent]:
    for number in sorted(server.messages, reverse=True):
        if number[0] == user:
            yield server.messages[number]
