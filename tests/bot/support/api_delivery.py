"""Delivery of updates to the bot: by getUpdates or webhook, in order or not."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from typing import Any

import httpx

from tests.bot.support.api_parameters import ApiError, bad
from tests.bot.support.api_people import People

_DEFAULT_UNWANTED = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass
class Disorder:
    """Delivery of updates out of order, and twice.

    Attributes:
        chance: the random numbers.
        repeated: probability that a reply to getUpdates, or a webhook call, repeats old updates.
        shuffled: whether the updates of one reply are shuffled.
    """

    chance: random.Random
    repeated: float = 0.2
    shuffled: bool = True


class Deliveries(People):
    """The updates that wait for delivery.

    Attributes:
        disorder: the disorder of delivery; None: updates come in order and once.
        webhook: the arguments of setWebhook; None: no webhook is set.
        proxied: the address to which the reverse proxy passes webhook calls.
        webhook_statuses: status codes of the bot's replies to these, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.disorder: Disorder | None = None
        self.webhook: dict[str, Any] | None = None
        self.proxied = ""
        self.webhook_statuses: list[int] = []
        self._updates: deque[dict[str, Any]] = deque()
        self._old: deque[dict[str, Any]] = deque(maxlen=100)
        self._update_number = 1000
        self._allowed: list[str] = []
        self._changed = asyncio.Condition()
        self._poll: asyncio.Task[Any] | None = None
        self._bringing: asyncio.Task[None] | None = None

    async def deliver(self, update: dict[str, Any]) -> int:
        """Queue an update for the bot; return its number."""
        self._update_number += 1
        number = self._update_number
        async with self._changed:
            self._updates.append({"update_id": number, **update})
            self._changed.notify_all()
        return number

    async def deliver_raw(self, update: dict[str, Any]) -> None:
        """Queue raw content, with or without a number."""
        async with self._changed:
            self._updates.append(update)
            self._changed.notify_all()

    async def delete_webhook(self, drop_pending_updates: bool = False) -> bool:
        self.webhook = None
        if self._bringing is not None:
            self._bringing.cancel()
            self._bringing = None
        if drop_pending_updates:
            self._updates.clear()
        return True

    async def set_webhook(
        self, url: str, drop_pending_updates: bool = False, **others: Any
    ) -> bool:
        if not url:
            return await self.delete_webhook(drop_pending_updates)
        if not url.startswith("https://"):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        await self.delete_webhook(drop_pending_updates)
        self.webhook = {"url": url, **others}
        self._bringing = asyncio.create_task(self._bring(url, others))
        return True

    async def _bring(self, url: str, given: dict[str, Any]) -> None:
        """Call the webhook, through a reverse proxy to `proxied`."""
        self._allowed = given.get("allowed_updates") or self._allowed
        path = "/" + url.split("/", 3)[3]
        headers = {"X-Telegram-Bot-Api-Secret-Token": given.get("secret_token", "")}
        async with httpx.AsyncClient(trust_env=False, headers=headers, timeout=5) as client:
            while True:
                async with self._changed:
                    self._drop_unwanted()
                    await self._changed.wait_for(lambda: self._updates)
                    batch = list(self._updates)[: given.get("max_connections", 40)]
                brought = self._disordered(batch)
                replies = await asyncio.gather(
                    *(self._bring_one(client, path, update) for update in brought)
                )
                taken = [id(u) for u, taken in zip(brought, replies, strict=True) if taken]
                async with self._changed:
                    self._old.extend(u for u in self._updates if id(u) in taken)
                    kept = [update for update in self._updates if id(update) not in taken]
                    self._updates = deque(kept)
                    self._changed.notify_all()
                if not all(replies):
                    # Telegram, too, waits before it calls an unreachable webhook again.
                    await asyncio.sleep(0.1)

    async def _bring_one(self, client: httpx.AsyncClient, path: str, update: Any) -> bool:
        try:
            reply = await client.post(f"{self.proxied}{path}", json=update)
        except httpx.TransportError:
            return False
        async with self._changed:
            self.webhook_statuses.append(reply.status_code)
            self._changed.notify_all()
        return reply.is_success

    async def get_updates(
        self,
        offset: int = 0,
        limit: int = 100,
        timeout: int = 0,
        allowed_updates: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook "
                "to delete the webhook first",
            )
        if self._poll is not None:
            self._poll.cancel("conflict")
        self._poll = asyncio.current_task()
        if allowed_updates is not None:
            self._allowed = allowed_updates
        try:
            async with self._changed:
                while self._updates and self._updates[0].get("update_id", 0) < offset:
                    self._old.append(self._updates.popleft())
                self._changed.notify_all()
                self._drop_unwanted()
                try:
                    async with asyncio.timeout(timeout):
                        await self._changed.wait_for(lambda: self._updates)
                except TimeoutError:
                    return []
                self._drop_unwanted()
                return self._disordered(list(self._updates)[:limit])
        except asyncio.CancelledError as error:
            if error.args != ("conflict",):
                raise
            raise ApiError(409, "Conflict: terminated by other getUpdates request") from None
        finally:
            if self._poll is asyncio.current_task():
                self._poll = None

    def _drop_unwanted(self) -> None:
        """Drop updates of kinds that the bot did not ask for; unknown kinds stay."""

        def is_wanted(update: dict[str, Any]) -> bool:
            kinds = update.keys() - {"update_id"}
            if self._allowed:
                return not kinds or bool(kinds & set(self._allowed))
            return not kinds & _DEFAULT_UNWANTED

        self._updates = deque(update for update in self._updates if is_wanted(update))

    def _disordered(self, updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
        disorder = self.disorder
        if disorder is None:
            return updates
        if self._old and disorder.chance.random() < disorder.repeated:
            updates = updates + disorder.chance.sample(list(self._old), min(3, len(self._old)))
        if disorder.shuffled:
            disorder.chance.shuffle(updates)
        return updates
