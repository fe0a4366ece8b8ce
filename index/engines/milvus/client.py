"""Calls to a Milvus server: deadlines, errors in one line, released collections loaded again.

One gRPC connection serves all threads of a process: it multiplexes their calls. The client repeats
calls that could not be delivered until their deadline. `counted` counts the calls of a question.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeVar

from index.errors import IndexMissingError, IndexUnavailableError, SettingsError
from index.settings import MilvusSettings

try:
    from grpc import RpcError
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException
except ImportError as error:
    raise SettingsError(
        '[index] engine is "milvus", whose client is not installed; run '
        "`pip install 'khazar[milvus]'`"
    ) from error

T = TypeVar("T")

# What Milvus returns at most of one search or query.
MOST_ROWS: Final = 16_384
# Rows fetched in one call: vectors and texts of so many take some ten megabytes.
_FETCHED: Final = 2000
_NOT_FOUND: Final = 100
_NOT_LOADED: Final = 101
# Loading a collection reads all of it from the object store.
_LOADING_SECONDS: Final = 3600.0
# The first search of a new collection reads its index, and all index terms are read at once.
_UNHURRIED_SECONDS: Final = 300.0

# Servers end connections that send pings while they are idle.
_OPTIONS: Final = {"grpc.keepalive_permit_without_calls": False}

# It logs a traceback for every error, also for those that are handled here.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)


@dataclass(slots=True)
class RoundTrips:
    """Number of calls to a server."""

    count: int = 0


_counter: ContextVar[RoundTrips | None] = ContextVar("round_trips", default=None)


@contextmanager
def counted() -> Iterator[RoundTrips]:
    """Count the calls that this thread makes in the context."""
    trips = RoundTrips()
    token = _counter.set(trips)
    try:
        yield trips
    finally:
        _counter.reset(token)


@dataclass(frozen=True, slots=True)
class Found:
    """One entity of a search.

    Attributes:
        key: its primary key.
        score: inner product with the query.
        fields: the output fields that were asked for.
    """

    key: int
    score: float
    fields: Mapping[str, Any]


class MilvusServer:
    """One server and database; every method may be called from several threads at once."""

    def __init__(self, settings: MilvusSettings) -> None:
        """Prepare; the first call connects."""
        self.uri = settings.uri
        self._settings = settings
        self._lock = Lock()
        self._client: Any = None

    def unhurried(self) -> "MilvusServer":
        """Return the same server with a longer deadline, for calls that are not of a question."""
        seconds = max(_UNHURRIED_SECONDS, self._settings.timeout)
        return MilvusServer(self._settings.model_copy(update={"timeout": seconds}))

    def search(
        self,
        collection: str,
        field: str,
        vectors: Sequence[object],
        limit: int,
        *,
        condition: str = "",
        outputs: Sequence[str] = (),
        parameters: Mapping[str, int] | None = None,
    ) -> list[list[Found]]:
        """Return for each vector the entities with the highest inner products, best first.

        Args:
            collection: where to search.
            field: the vector field.
            vectors: of numbers, or for a sparse field dicts of numbers by dimension.
            limit: how many at most of each; Milvus has an end at `MOST_ROWS`.
            condition: a boolean expression that entities must pass; "": all pass.
            outputs: fields to return.
            parameters: of the index.
        """
        found = self._call(
            lambda client, timeout: client.search(
                collection,
                list(vectors),
                anns_field=field,
                limit=min(limit, MOST_ROWS),
                filter=condition,
                output_fields=list(outputs),
                search_params={"metric_type": "IP", "params": dict(parameters or {})},
                timeout=timeout,
            ),
            collection,
        )
        # The key goes by its field's name on newer servers and by "id" on older ones.
        return [
            [Found(int(hit.id), float(hit.distance), hit.get("entity") or {}) for hit in hits]
            for hits in found
        ]

    def fetch(
        self, collection: str, key: str, keys: Sequence[int], outputs: Sequence[str]
    ) -> dict[int, dict[str, Any]]:
        """Return entities by their primary keys; those that do not exist are left out.

        Args:
            collection: where they are.
            key: name of the primary key.
            keys: the primary keys.
            outputs: fields to return.
        """
        found: dict[int, dict[str, Any]] = {}
        for begin in range(0, len(keys), _FETCHED):
            some = list(keys[begin : begin + _FETCHED])
            found.update((int(one[key]), one) for one in self._get(collection, some, outputs))
        return found

    def _get(self, collection: str, keys: list[int], outputs: Sequence[str]) -> Any:
        return self._call(
            lambda client, timeout: client.get(
                collection, ids=keys, output_fields=list(outputs), timeout=timeout
            ),
            collection,
        )

    def query(
        self, collection: str, condition: str, outputs: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Return the entities that pass a condition, at most `MOST_ROWS`, in no order."""
        entities = self._call(
            lambda client, timeout: client.query(
                collection,
                filter=condition,
                output_fields=list(outputs),
                limit=MOST_ROWS,
                timeout=timeout,
            ),
            collection,
        )
        return list(entities)

    def query_all(
        self, collection: str, condition: str, outputs: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Return all entities that pass a condition, in no order; mostly in one call."""
        found = self.query(collection, condition, outputs)
        return found if len(found) < MOST_ROWS else list(self.scan(collection, condition, outputs))

    def scan(
        self, collection: str, condition: str, outputs: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """Yield all entities that pass a condition, in no order; each block is a call."""
        cursor = self._call(
            lambda client, timeout: client.query_iterator(
                collection,
                batch_size=MOST_ROWS,
                filter=condition,
                output_fields=list(outputs),
                timeout=timeout,
            ),
            collection,
        )
        try:
            while block := self._call(lambda _client, _timeout: cursor.next(), collection):
                yield from block
        finally:
            cursor.close()

    def count(self, collection: str) -> int:
        """Return how many entities a collection holds, every acknowledged write included."""
        [answer] = self._call(
            lambda client, timeout: client.query(
                collection,
                filter="",
                output_fields=["count(*)"],
                timeout=timeout,
                consistency_level="Strong",
            ),
            collection,
        )
        return int(answer["count(*)"])

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return list(self._call(lambda client, timeout: client.list_collections(timeout=timeout)))

    def create(self, collection: str, schema: Any) -> None:
        """Create an empty collection without an index; it is not loaded."""
        self._call(
            lambda client, timeout: client.create_collection(
                collection, schema=schema, consistency_level="Bounded", timeout=timeout
            )
        )

    def insert(self, collection: str, entities: Sequence[dict[str, object]]) -> None:
        """Add entities."""
        self._call(
            lambda client, _: client.insert(collection, list(entities), timeout=_LOADING_SECONDS)
        )

    def flush(self, collection: str) -> None:
        """Write everything that was inserted to the object store."""
        self._call(lambda client, _: client.flush(collection, timeout=_LOADING_SECONDS))

    def create_index(
        self, collection: str, field: str, kind: str, parameters: Mapping[str, int] | None
    ) -> None:
        """Begin to index a field; vectors are compared by inner product.

        Args:
            collection: the collection.
            field: the field, whose name the index gets.
            kind: Milvus' name of the kind of index.
            parameters: of a vector's index; None: it is no vector.
        """
        metric = {} if parameters is None else {"metric_type": "IP", "params": dict(parameters)}

        def create(client: Any, timeout: float) -> None:
            wanted = client.prepare_index_params()
            wanted.add_index(field, index_type=kind, index_name=field, **metric)
            client.create_index(collection, wanted, timeout=timeout)

        self._call(create)

    def index_state(self, collection: str, field: str) -> tuple[int, int]:
        """Return how many rows of a field are indexed, and how many wait for it."""
        state = self._call(
            lambda client, timeout: client.describe_index(collection, field, timeout=timeout)
        )
        return int(state["indexed_rows"]), int(state["pending_index_rows"])

    def load(self, collection: str) -> None:
        """Load a collection, so that it can be searched; return when it is."""
        self._call(lambda client, _: client.load_collection(collection, timeout=_LOADING_SECONDS))

    def drop(self, collection: str) -> None:
        """Remove a collection."""
        self._call(lambda client, timeout: client.drop_collection(collection, timeout=timeout))

    def target(self, alias: str) -> str | None:
        """Return the collection that an alias names, or None when there is no such alias."""
        try:
            answer = self._call(
                lambda client, timeout: client.describe_alias(alias, timeout=timeout)
            )
        except _AliasMissingError:
            return None
        return str(answer["collection_name"])

    def point(self, alias: str, collection: str) -> None:
        """Make an alias name a collection, whether or not it names another one now."""
        known = self.target(alias) is not None

        def point(client: Any, timeout: float) -> None:
            change = client.alter_alias if known else client.create_alias
            change(collection, alias, timeout=timeout)

        self._call(point)

    def release_alias(self, alias: str) -> None:
        """Remove an alias; the collection stays."""
        self._call(lambda client, timeout: client.drop_alias(alias, timeout=timeout))

    def version(self) -> str:
        """Return the server's version."""
        return str(self._call(lambda client, timeout: client.get_server_version(timeout=timeout)))

    def _call(self, call: Callable[[Any, float], T], collection: str | None = None) -> T:
        """Make one call; load the collection first where the server says that it is released."""
        if (trips := _counter.get()) is not None:
            trips.count += 1
        try:
            return call(self._connected(), self._settings.timeout)
        except MilvusException as error:
            if error.code != _NOT_LOADED or collection is None:
                raise self._error(error) from error
        except RpcError as error:
            raise self._error(error) from error
        # A server that was killed comes back with its collections released.
        self.load(collection)
        return self._call(call)

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                settings = self._settings
                self._client = MilvusClient(
                    uri=settings.uri,
                    token=settings.token.get_secret_value(),
                    db_name=settings.database,
                    timeout=settings.timeout,
                    grpc_options=_OPTIONS,
                )
            return self._client

    def _error(self, error: Exception) -> Exception:
        """Return what to raise for an error of the client."""
        code = getattr(error, "code", None)
        if code in _NO_ALIAS and "alias" in str(error):
            return _AliasMissingError()
        if code == _NOT_FOUND:
            return IndexMissingError(
                f"{self.uri}: the snapshot was removed or is not whole; it is opened again as soon "
                "as another one is published"
            )
        return IndexUnavailableError(f"{self.uri}: Milvus does not answer: {_reason(error)}")


class _AliasMissingError(Exception):
    """There is no such alias."""


_NO_ALIAS: Final = (_NOT_FOUND, 1600)


def _reason(error: Exception) -> str:
    """Return the first line of what the client says."""
    details = getattr(error, "details", None)
    said = details() if callable(details) else getattr(error, "message", None) or str(error)
    return str(said).splitlines()[0] if said else type(error).__name__
