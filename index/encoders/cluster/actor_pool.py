"""The actors of a cluster: who encodes which batch, and what becomes of it when one is lost."""

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import (
    ActorUnavailableError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayActorError,
    RayTaskError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from index.encoders.batch_encoder import EncodedBatch
from index.encoders.cluster.actor import ActorLocation, EncodingActor, installed_code
from index.encoders.cluster.address import CLIENT, knock, last_line, one_line
from index.errors import KhazarError
from index.progress import ACTORS, NODES, ProgressCallback
from index.settings import IndexSettings

_log = logging.getLogger(__name__)
# Batches that an actor has: one is encoded, and the next one is there when it is finished.
_AHEAD = 2
# How often an actor is started again, and a batch sent again, before it is their own fault.
_RESTARTS, _RESENDS = 10, 5
# How often nodes are looked for that have come, and whether the head is there.
_LOOK_SECONDS = 5.0
# While all actors are being started: how long none may come. A model is loaded in some seconds, but
# exported first, once on each node, in a minute or two.
_PATIENCE_SECONDS = 300.0
_LOST = (
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayActorError,
    WorkerCrashedError,
)
_KEPT = "what was encoded is kept; run the same command again to go on"


@dataclass(eq=False, slots=True)
class _Member:
    """An actor: its handle, the node that it was started for and its address.

    Attributes:
        location: where it is; None: it is being started.
        batches: how many it has.
        unavailable: how often it was not there yet, or no longer, when it was to load its model.
    """

    handle: Any
    node: str
    address: str
    location: ActorLocation | None = None
    batches: int = 0
    unavailable: int = 0


@dataclass(eq=False, slots=True)
class _Batch:
    """A batch of passages, and how often it was lost with an actor."""

    keys: Sequence[bytes]
    texts: Sequence[str]
    lost: int = 0


class ActorPool:
    """Encodes batches in the actors of a cluster; a `BatchEncoder`.

    A batch belongs to one actor at a time. When that is lost, the batch goes to the next one that
    has room, and the actor is started again, elsewhere if its node is gone. A node that joins the
    cluster gets actors, too.
    """

    def __init__(
        self,
        address: str,
        settings: IndexSettings,
        fingerprint: str,
        on_progress: ProgressCallback,
    ) -> None:
        """Begin; actors are started at the first batch.

        Args:
            address: the cluster's, for messages; it is connected.
            settings: the model, and how it is used; `threads` are the cores of an actor, 0 all
                those of its node.
            fingerprint: the model's.
            on_progress: is told how many nodes and actors there are, whenever that changes.
        """
        self._address = address
        self._settings = settings
        self._fingerprint = fingerprint
        self._on_progress = on_progress
        self._waiting: deque[_Batch] = deque()
        self._running: dict[Any, tuple[_Member, _Batch]] = {}
        self._starting: dict[Any, _Member] = {}
        self._ready: list[_Member] = []
        # Actors of each node that was ever seen, and the most nodes and actors at a time.
        self._capacity: dict[str, int] = {}
        self._most = (0, 0)
        self._looked = self._heard = 0.0
        self._reason = ""

    def submit(self, keys: Sequence[bytes], texts: Sequence[str]) -> Iterator[EncodedBatch]:
        """Take a batch, once there is room for it; see `BatchEncoder`.

        Raises:
            KhazarError: no actor is left.
        """
        if not self._capacity:
            self._heard = time.monotonic()
            self._look_for_nodes()
            if not self._most[1]:
                raise KhazarError(
                    f"Ray cluster {self._address}: no node has {self._settings.threads or 1} CPUs; "
                    "lower [index] threads, or start nodes with more"
                )
        self._waiting.append(_Batch(keys, texts))
        yield from self.poll()
        while self._waiting:
            yield from self._collect(_LOOK_SECONDS)

    def poll(self) -> Iterator[EncodedBatch]:
        """Return the batches that are finished; see `BatchEncoder`."""
        if self._running or self._starting:
            yield from self._collect(0)

    def drain(self) -> Iterator[EncodedBatch]:
        """Return the batches that are left; see `BatchEncoder`.

        Raises:
            KhazarError: no actor is left.
        """
        while self._waiting or self._running:
            yield from self._collect(_LOOK_SECONDS)

    def _look_for_nodes(self) -> None:
        """Start actors on the nodes that have come since the last look.

        Raises:
            KhazarError: the head is gone.
        """
        # Without it, Ray would wait for it.
        self._check_head()
        self._looked = time.monotonic()
        alive = {node["NodeID"]: node for node in ray.nodes() if node["Alive"]}
        if not alive.keys() - self._capacity.keys():
            return
        # They wait for the place that the new nodes bring.
        for started, member in list(self._starting.items()):
            if member.node not in alive:
                del self._starting[started]
                ray.kill(member.handle)
        for name, node in alive.items():
            if name not in self._capacity:
                self._start_actors(name, node)
        here = [count for name in alive if (count := self._capacity[name])]
        self._most = (max(self._most[0], len(here)), max(self._most[1], sum(here)))
        if self._ready:
            self._tell()

    def _start_actors(self, name: str, node: dict[str, Any]) -> None:
        """Start as many actors on a node as its cores allow, less those that Ray put there."""
        cores = int(node["Resources"].get("CPU", 0))
        threads = self._settings.threads or cores
        self._capacity[name] = cores // threads if threads else 0
        there = sum(one.location is not None and one.location.node == name for one in self._ready)
        # A node that is gone must not keep its actors from starting again elsewhere.
        remote = ray.remote(EncodingActor).options(
            num_cpus=threads,
            max_restarts=_RESTARTS,
            scheduling_strategy=NodeAffinitySchedulingStrategy(name, soft=True),
        )
        for _ in range(self._capacity[name] - there):
            actor = remote.remote(
                _settings_of_actor(self._settings, threads), self._fingerprint, installed_code()
            )
            self._start(_Member(actor, name, node["NodeManagerAddress"]))

    def _start(self, member: _Member) -> None:
        """Have an actor load its model, as soon as Ray has started it."""
        if member in self._ready:
            self._ready.remove(member)
        if member not in self._starting.values():
            member.location = None
            # Kept by Ray until the actor is there; other calls fail meanwhile.
            started = member.handle.load.options(max_task_retries=_RESTARTS).remote()
            self._starting[started] = member

    def _send(self) -> None:
        """Send waiting batches to the actors that have room: the idlest, each in its turn."""
        while self._waiting and (free := [one for one in self._ready if one.batches < _AHEAD]):
            member = min(free, key=lambda one: one.batches)
            self._ready.remove(member)
            self._ready.append(member)
            batch = self._waiting.popleft()
            member.batches += 1
            self._running[member.handle.encode.remote(batch.texts)] = (member, batch)

    def _collect(self, patience: float) -> Iterator[EncodedBatch]:
        """Yield what is finished, waiting for the first news, and send what is waiting."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._look_for_nodes()
        self._send()
        awaited = [*self._running, *self._starting]
        if not awaited:
            raise KhazarError(
                f"Ray cluster {self._address}: no actor is left{self._reason}; {_KEPT}"
            )
        news, _ = ray.wait(awaited, num_returns=1, timeout=patience)
        silent = time.monotonic() - self._heard
        if not news and patience and not self._running and silent > _PATIENCE_SECONDS:
            raise KhazarError(
                f"Ray cluster {self._address}: no actor has started for "
                f"{silent:.0f} s{self._reason}; `ray status` shows its nodes; {_KEPT}"
            )
        if news:
            self._heard = time.monotonic()
            news, _ = ray.wait(awaited, num_returns=len(awaited), timeout=0)
        for reference in news:
            if reference in self._starting:
                self._started(reference)
            elif (done := self._finished(reference)) is not None:
                yield done
        self._send()

    def _started(self, reference: Any) -> None:
        """Take up an actor that has loaded its model, or give it up."""
        member = self._starting.pop(reference)
        try:
            member.location = ray.get(reference)
        except _LOST as error:
            self._check_head()
            if isinstance(error, ActorUnavailableError) and member.unavailable < _RESTARTS:
                member.unavailable += 1
                self._start(member)
                return
            reason = f"node {member.address}: {last_line(error)}"
            if isinstance(error, RayActorError) and error.actor_init_failed:
                reason += "; install the same version of Khazar there"
            self._give_up(member, reason)
        except RayTaskError as error:
            self._give_up(member, _own_error(error))
        else:
            self._ready.append(member)
        self._tell()

    def _finished(self, reference: Any) -> EncodedBatch | None:
        """Return the batch of a call, or None if it was lost and is sent again."""
        member, batch = self._running.pop(reference)
        member.batches -= 1
        try:
            vectors = ray.get(reference)
        except _LOST as error:
            if member in self._ready:
                where = (member.location or member).address
                _log.warning("Ray: an actor on %s was lost; others take its passages", where)
                self._start(member)
                self._tell()
                self._check_head()
            self._resend(batch, last_line(error))
            return None
        except RayTaskError as error:
            reason = _own_error(error)
            if member in self._ready:
                self._ready.remove(member)
                self._give_up(member, reason)
                self._tell()
            self._resend(batch, reason)
            return None
        if vectors is None:
            # Restarted between two calls.
            self._start(member)
            self._resend(batch, "an actor was started again")
            return None
        return EncodedBatch(batch.keys, vectors)

    def _check_head(self) -> None:
        """Find out whether a loss is that of the head, without which Ray ends this process soon."""
        # Of a client, only the way by which it came is known to be open.
        client = self._address.startswith(CLIENT)
        try:
            knock(self._address if client else ray.get_runtime_context().gcs_address)
        except KhazarError as error:
            raise KhazarError(
                f"Ray cluster {self._address}: its head is gone: {one_line(error)}; start the "
                f"cluster again; {_KEPT}"
            ) from None

    def _resend(self, batch: _Batch, reason: str) -> None:
        batch.lost += 1
        if batch.lost > _RESENDS:
            raise KhazarError(
                f"Ray cluster {self._address}: the same passages were lost {batch.lost} times, "
                f"lastly because of: {reason}; {_KEPT}"
            )
        self._waiting.appendleft(batch)

    def _give_up(self, member: _Member, reason: str) -> None:
        _log.warning("Ray: an actor is given up: %s", reason)
        self._reason = f": {reason}"
        ray.kill(member.handle)

    def _tell(self) -> None:
        nodes, actors = self._most
        here = {member.location.node for member in self._ready if member.location}
        self._on_progress(NODES, len(here), max(nodes, len(here)))
        self._on_progress(ACTORS, len(self._ready), actors)


def _settings_of_actor(settings: IndexSettings, threads: int) -> IndexSettings:
    """Return what an actor must know; secrets stay here, and its own environment has no say."""
    folder = settings.path(settings.encoder)
    return IndexSettings.model_construct(
        encoder=str(folder) if folder.is_dir() else settings.encoder,
        query_prompt=settings.query_prompt,
        passage_prompt=settings.passage_prompt,
        batch_size=settings.batch_size,
        threads=threads,
        precision=settings.precision,
    )


def _own_error(error: RayTaskError) -> str:
    """Return an error of ours that an actor raised; another one is a bug, and raised.

    Raises:
        RayTaskError: it is not ours.
    """
    if not isinstance(error.cause, KhazarError):
        raise error
    return str(error.cause)
