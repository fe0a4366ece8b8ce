"""From sources to a published snapshot, resumable: what was encoded before is taken from the cache.

A build that is killed leaves the published snapshot as it was, and the next one encodes only what
the killed one had not reached.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from index.articles import Article
from index.embeddings import EmbeddingCache, embedding_key
from index.encoders import PassageEncoder, load_encoder
from index.errors import IndexBusyError, KhazarError, SourceError
from index.passages import Passage, split_article
from index.readers import open_sources, source_names
from index.readers.problems import SourceProblem
from index.settings import IndexSettings
from index.snapshot import prune, publish, write_snapshot

# Encoded and stored at a time: a kill loses at most this many.
_CHUNK = 256
_CACHE = "embeddings.sqlite"


class Progress(Protocol):
    """Is told how a build advances."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note that `done` of `total` units of a stage are done; None: not known yet."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        snapshot: the published folder.
        articles: articles in it.
        passages: passages in it.
        encoded: passages that had to be encoded; the others came from the cache.
        replaced: articles whose id came again later in the sources; the later one counts.
        problems: what could not be read and was left out.
        seconds: how long it took.
    """

    snapshot: Path
    articles: int
    passages: int
    encoded: int
    replaced: int
    problems: tuple[SourceProblem, ...]
    seconds: float


def build(
    settings: IndexSettings,
    sources: Sequence[str] = (),
    progress: Progress | None = None,
    load: Callable[[IndexSettings], PassageEncoder] = load_encoder,
) -> BuildReport:
    """Build an index of all sources and publish it.

    Args:
        settings: where and how.
        sources: files and folders; empty means those of the settings.
        progress: told how it advances.
        load: loads the model.

    Raises:
        IndexBusyError: another build of the same index is running.
        SourceError: no source holds an article with text that can be read; nothing was published.
        EncoderError: the model cannot be loaded.
    """
    begun = time.monotonic()
    tell = progress or _silent
    directory = settings.path(settings.directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / "build.lock", blocking=False):
            articles, replaced, problems = _read(settings, sources, tell)
            tell("loading the model", 0, None)
            encoder = load(settings)
            passages = list(_split(articles, encoder, settings, tell))
            if not passages:
                raise SourceError("no article holds any text, so nothing was published")
            with EmbeddingCache(directory / _CACHE) as cache:
                keys = [embedding_key(encoder.fingerprint, p.embedded_text) for p in passages]
                encoded = _encode(passages, keys, encoder, cache, tell)
                vectors = cache.get(keys)
            tell("writing", 0, None)
            prune(directory, settings.keep_snapshots)
            folder = write_snapshot(
                directory,
                articles,
                passages,
                vectors,
                encoder=encoder.name,
                fingerprint=encoder.fingerprint,
                sources=source_names(settings, sources),
            )
            publish(folder)
            prune(directory, settings.keep_snapshots)
    except Timeout:
        raise IndexBusyError(
            f"{directory}: another build is running; wait for it to end, or stop it"
        ) from None
    except (OSError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise KhazarError(f"{directory}: the index cannot be written: {reason or error}") from error
    except sqlite3.DatabaseError as error:
        raise KhazarError(
            f"{directory / _CACHE}: damaged ({error}); delete it and build again, which encodes "
            "everything anew"
        ) from error
    return BuildReport(
        snapshot=folder,
        articles=len(articles),
        passages=len(passages),
        encoded=encoded,
        replaced=replaced,
        problems=tuple(problems),
        seconds=time.monotonic() - begun,
    )


def _silent(stage: str, done: int, total: int | None) -> None:
    """Take no note of progress."""


def _read(
    settings: IndexSettings, sources: Sequence[str], tell: Progress
) -> tuple[list[Article], int, list[SourceProblem]]:
    articles: dict[str, Article] = {}
    problems: list[SourceProblem] = []
    read = 0
    for source in open_sources(settings, sources):
        if isinstance(source, SourceProblem):
            problems.append(source)
            continue
        for item in source.read():
            if isinstance(item, SourceProblem):
                problems.append(item)
                continue
            read += 1
            # Taken out first so that the later one also comes later in the index.
            articles.pop(item.id, None)
            articles[item.id] = item
            tell("reading", read, None)
    if not articles:
        first = f"; {problems[0]}" if problems else ""
        raise SourceError(f"no article could be read, so nothing was published{first}")
    return list(articles.values()), read - len(articles), problems


def _split(
    articles: Sequence[Article],
    encoder: PassageEncoder,
    settings: IndexSettings,
    tell: Progress,
) -> Iterator[Passage]:
    most = min(settings.max_passage_tokens, encoder.max_tokens)
    for done, article in enumerate(articles, start=1):
        yield from split_article(article, encoder.count_tokens, settings.min_passage_tokens, most)
        tell("splitting", done, len(articles))


def _encode(
    passages: Sequence[Passage],
    keys: Sequence[bytes],
    encoder: PassageEncoder,
    cache: EmbeddingCache,
    tell: Progress,
) -> int:
    """Encode what the cache lacks; return how many passages that were."""
    missing = set(cache.missing(keys))
    texts = {
        key: passage.embedded_text
        for key, passage in zip(keys, passages, strict=True)
        if key in missing
    }
    # Texts of like length share a batch, so that little of it is padding. The longest come first:
    # the rate that is shown then rises, and the time left is not promised too early.
    todo = sorted(texts, key=lambda key: -len(texts[key]))
    for at in range(0, len(todo), _CHUNK):
        tell("encoding", at, len(todo))
        chunk = todo[at : at + _CHUNK]
        cache.put(chunk, encoder.encode([texts[key] for key in chunk], "passage"))
    tell("encoding", len(todo), len(todo))
    return len(todo)
