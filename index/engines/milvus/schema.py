"""The collections of a snapshot S, and how a record is kept in them.

passages_S   row (key), article, first, count, lead, day, agency, record, source, mean, vector,
             words
articles_S   number (key), id, first, count, day, agency, code, link, record, words
terms_S      number (key), term, and how many passages and articles have it in text and in title
facts_S      one record, written last: a snapshot without it is not whole

The alias `khazar` names the published passages_S; the other names follow from it. `record` is JSON,
in pieces, since Milvus limits the length of a text. An article's first passage repeats its record,
`source`, with its index terms, and has the mean of its vectors, so that passages and what is asked
of their articles come in one call.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from pymilvus import DataType, MilvusClient

ALIAS: Final = "khazar"
FACTS_KEY: Final = 0
VECTOR: Final = "vector"
WORDS: Final = "words"
# Bytes in a text of Milvus, pieces of a record, and characters in a piece, of up to four bytes.
_MOST_BYTES: Final = 65_535
_MOST_PIECES: Final = 4096
_PIECE: Final = 16_000
_KINDS: Final = ("passages", "articles", "terms", "facts")
# A graph of so many neighbours a node, and how many nodes a search visits at least: with fewer, a
# filtered search misses some of the nearest.
_HNSW_NEIGHBOURS: Final = 16
_HNSW_BUILD: Final = 200
HNSW_VISITED: Final = 800


@dataclass(frozen=True, slots=True)
class CollectionNames:
    """The names of a snapshot's collections.

    Attributes:
        passages: of its passages; the alias names this one.
        articles: of its articles.
        terms: of its index terms.
        facts: of what it says of itself.
    """

    passages: str
    articles: str
    terms: str
    facts: str

    @classmethod
    def of_snapshot(cls, name: str) -> Self:
        """Return those of a snapshot, whose name has a hyphen, which Milvus does not allow."""
        return cls(*(f"{kind}_{name.replace('-', '_')}" for kind in _KINDS))

    @classmethod
    def of_passages(cls, collection: str) -> Self:
        """Return those that belong to a collection of passages."""
        suffix = collection.removeprefix(_KINDS[0])
        return cls(*(f"{kind}{suffix}" for kind in _KINDS))

    @property
    def all(self) -> tuple[str, str, str, str]:
        """All four; the one without which a snapshot is not whole comes first."""
        return self.facts, self.passages, self.articles, self.terms

    @property
    def snapshot(self) -> str:
        """Name of the snapshot."""
        return self.passages.removeprefix(f"{_KINDS[0]}_").replace("_", "-")


def snapshots_among(collections: Sequence[str]) -> list[CollectionNames]:
    """Return the snapshots, oldest first, of which there is any collection."""
    suffixes = {
        suffix
        for collection in collections
        for kind, separator, suffix in [collection.partition("_")]
        if separator and kind in _KINDS
    }
    return [CollectionNames.of_snapshot(suffix) for suffix in sorted(suffixes)]


def passage_schema(dimension: int, *, sparse: bool = True) -> Any:
    """Return the schema of passages, whose vectors have `dimension` numbers.

    Servers before 2.4 have no sparse vectors; `sparse` leaves them out.
    """
    schema = _keyed("row")
    for name in ("article", "first", "count"):
        schema.add_field(name, DataType.INT64)
    schema.add_field("lead", DataType.BOOL)
    _add_filtered(schema)
    for name in ("record", "source"):
        _add_record(schema, name)
    schema.add_field("mean", DataType.ARRAY, element_type=DataType.FLOAT, max_capacity=dimension)
    schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dimension)
    if sparse:
        schema.add_field(WORDS, DataType.SPARSE_FLOAT_VECTOR)
    return schema


def article_schema(*, sparse: bool = True) -> Any:
    """Return the schema of articles; see `passage_schema`."""
    schema = _keyed("number")
    for name in ("id", "code", "link"):
        schema.add_field(name, DataType.VARCHAR, max_length=_MOST_BYTES)
    for name in ("first", "count"):
        schema.add_field(name, DataType.INT64)
    _add_filtered(schema)
    _add_record(schema, "record")
    if sparse:
        schema.add_field(WORDS, DataType.SPARSE_FLOAT_VECTOR)
    else:
        _add_nothing(schema)
    return schema


def term_schema() -> Any:
    """Return the schema of terms."""
    schema = _keyed("number")
    schema.add_field("term", DataType.VARCHAR, max_length=_MOST_BYTES)
    for name in ("passage_text", "passage_title", "article_text", "article_title"):
        schema.add_field(name, DataType.INT64)
    _add_nothing(schema)
    return schema


def facts_schema() -> Any:
    """Return the schema of facts."""
    schema = _keyed("number")
    _add_record(schema, "record")
    _add_nothing(schema)
    return schema


# A collection needs a vector, which has to be indexed: one without either cannot be loaded.
NOTHING: Final = {VECTOR: [0.0, 0.0]}


def _keyed(name: str) -> Any:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(name, DataType.INT64, is_primary=True)
    return schema


def _add_filtered(schema: Any) -> None:
    for name in ("day", "agency"):
        schema.add_field(name, DataType.INT32)


def _add_record(schema: Any, name: str) -> None:
    schema.add_field(
        name,
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_length=_MOST_BYTES,
        max_capacity=_MOST_PIECES,
    )


def _add_nothing(schema: Any) -> None:
    schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=2)


def vector_index(*, exact: bool) -> tuple[str, dict[str, int]]:
    """Return the kind of index of the passages' vectors, and its parameters."""
    if exact:
        return "FLAT", {}
    return "HNSW", {"M": _HNSW_NEIGHBOURS, "efConstruction": _HNSW_BUILD}


def to_pieces(record: object) -> list[str]:
    """Return a record as the texts that a field of pieces takes."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return [text[begin : begin + _PIECE] for begin in range(0, len(text), _PIECE)]


def from_pieces(pieces: Sequence[str]) -> Any:
    """Return the record of some pieces."""
    return json.loads("".join(pieces))


def quoted(text: str) -> str:
    """Return a text as a literal of a condition."""
    return json.dumps(text, ensure_ascii=False)
