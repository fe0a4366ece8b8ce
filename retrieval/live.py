"""A retriever that follows the index: a new snapshot is in use seconds after it is published.

The new snapshot is opened beside the old one and replaces it between two questions. A question ends
on the snapshot on which it began; the old snapshot is closed after its last question.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, Unpack

from index.article import Article
from index.dates import Calendar
from index.encoders.encoder import EncoderLoader, PassageEncoder, load_encoder
from index.engines.opening import open_engine
from index.errors import KhazarError
from index.search_index import NO_FILTER, Filter, IndexInfo
from index.settings import IndexSettings
from retrieval.answers import Answer, RelatedArticle
from retrieval.errors import RetrieverClosedError
from retrieval.model_check import require_same_model
from retrieval.options import DEFAULT_OPTIONS, AskKeywords, AskOptions
from retrieval.pipeline.explanation import Explanation
from retrieval.pipeline.timeline import Timeline
from retrieval.ranking.reranking import make_rerank_service
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings
from retrieval.translation.translator import PassageTranslator, open_translator

_log = logging.getLogger(__name__)
_SECONDS = 2.0
# Longest pause between two attempts to open a snapshot that could not be opened.
_LONGEST_PAUSE = 60.0


@dataclass(slots=True)
class _Opened:
    """A retriever with the number of questions that it is answering."""

    name: str
    retriever: Retriever
    asking: int = 0
    replaced: bool = False


class LiveRetriever:
    """Answers over the published snapshot; may be used from several threads at once."""

    def __init__(
        self,
        index_settings: IndexSettings,
        settings: RetrievalSettings,
        load: EncoderLoader = load_encoder,
        seconds: float = _SECONDS,
        translator: PassageTranslator | None = None,
    ) -> None:
        """Open the published snapshot and start watching for new ones.

        Args:
            index_settings: where the index is, and its model.
            settings: how questions are answered.
            load: loads the model; called again only for an index built with another model.
            seconds: between two checks for a new snapshot.
            translator: as for `Retriever`.

        Raises:
            As `Retriever.open` does.
        """
        self._index_settings = index_settings
        self._settings = settings
        self._load = load
        self._reranker = make_rerank_service(settings.reranker, index_settings)
        self._translator = translator
        self._encoder: PassageEncoder | None = None
        self._engine = open_engine(index_settings)
        self._told = ""
        self._behind_since: float | None = None
        # Held for moments only, never while a snapshot is opened or a question answered.
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._current = self._open()
        self._closing = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, args=(seconds,), name="snapshots", daemon=True
        )
        self._thread.start()

    @classmethod
    def open(cls, config: Path | str | None = None) -> Self:
        """Open the published index of a configuration file and follow it.

        Raises:
            As `Retriever.open` does.
        """
        index_settings, settings = IndexSettings.load(config), RetrievalSettings.load(config)
        return cls(index_settings, settings, translator=open_translator(config))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching and release the index; all that asks it afterwards raises an error.

        Questions that are being answered, and what is on lease, go on to their end.
        """
        self._closing.set()
        self._thread.join()
        self._retire(self._current)

    @property
    def snapshot(self) -> str:
        """Name of the snapshot that the next question is asked of."""
        return self._current.name

    @property
    def facts(self) -> IndexInfo:
        """Facts about the open index: its counts, dates and model."""
        with self.lease() as retriever:
            return retriever.facts

    @property
    def behind_seconds(self) -> float:
        """Seconds since another snapshot than the open one was seen to be published; 0: none."""
        since = self._behind_since
        return 0.0 if since is None else time.monotonic() - since

    @contextmanager
    def lease(self) -> Iterator[Retriever]:
        """Lend the retriever of the current snapshot, which stays open until it is returned.

        Raises:
            RetrieverClosedError: this was closed.
        """
        with self._lock:
            if self._closing.is_set():
                raise RetrieverClosedError
            opened = self._current
            opened.asking += 1
        try:
            yield opened.retriever
        finally:
            with self._lock:
                opened.asking -= 1
                last = opened.replaced and not opened.asking
            if last:
                opened.retriever.close()

    def ask(
        self,
        question: str,
        options: AskOptions = DEFAULT_OPTIONS,
        **changes: Unpack[AskKeywords],
    ) -> Answer:
        """Answer a question; see `Retriever.ask`."""
        with self.lease() as retriever:
            return retriever.ask(question, options, **changes)

    def explain(
        self,
        question: str,
        options: AskOptions = DEFAULT_OPTIONS,
        **changes: Unpack[AskKeywords],
    ) -> Explanation | None:
        """Explain the first passages of an answer; see `Retriever.explain`."""
        with self.lease() as retriever:
            return retriever.explain(question, options, **changes)

    def filter(
        self,
        words: str = "",
        *,
        since: str | dt.date | None = None,
        until: str | dt.date | None = None,
        source: str | None = None,
    ) -> Filter:
        """Make a filter of dates and agencies; see `Retriever.filter`."""
        with self.lease() as retriever:
            return retriever.filter(words, since=since, until=until, source=source)

    def latest(
        self, language: str, options: AskOptions = DEFAULT_OPTIONS, **changes: Unpack[AskKeywords]
    ) -> Answer:
        """List the newest articles; see `Retriever.latest`."""
        with self.lease() as retriever:
            return retriever.latest(language, options, **changes)

    def agency_names(self) -> Mapping[str, Sequence[str]]:
        """Return each agency of the index with all names that it is known by, in plain words."""
        with self.lease() as retriever:
            return retriever.agency_names()

    def article(self, article_id: str) -> Article | None:
        """Return an article of the index by its id, or None."""
        with self.lease() as retriever:
            return retriever.article(article_id)

    def related(self, article_id: str, limit: int = 5) -> tuple[RelatedArticle, ...]:
        """Return the articles nearest in meaning to another; see `Retriever.related`."""
        with self.lease() as retriever:
            return retriever.related(article_id, limit)

    def timeline(
        self, topic: str, filter: Filter = NO_FILTER, calendar: Calendar | None = None
    ) -> Timeline | None:
        """Count the articles about a topic, by month; see `Retriever.timeline`."""
        with self.lease() as retriever:
            return retriever.timeline(topic, filter, calendar)

    def refresh(self) -> bool:
        """Switch to the published snapshot; return whether it is a new one.

        The watching thread calls this. A snapshot that cannot be opened is logged once, and the
        open one stays in use until a later call succeeds.

        Raises:
            RetrieverClosedError: this was closed.
        """
        if self._closing.is_set():
            raise RetrieverClosedError
        with self._refreshing:
            try:
                return self._refresh()
            except (KhazarError, OSError) as error:
                # It may pass: too many open files, a disk that is mounted again.
                self._tell(str(error))
                self._behind_since = self._behind_since or time.monotonic()
                return False

    def _refresh(self) -> bool:
        if self._engine.current_name() == self._current.name:
            self._behind_since = None
            return False
        self._behind_since = self._behind_since or time.monotonic()
        opened = self._open()
        with self._lock:
            old, self._current = self._current, opened
        self._retire(old)
        self._told, self._behind_since = "", None
        _log.info("asking snapshot %s from now on", opened.name)
        return True

    def _tell(self, reason: str) -> None:
        if self._told != reason:
            _log.warning("the published index is not used: %s", reason)
        self._told = reason

    def _watch(self, seconds: float) -> None:
        pause = seconds
        while not self._closing.wait(pause):
            try:
                self.refresh()
            except RetrieverClosedError:
                return
            except Exception as error:  # noqa: BLE001
                # The thread must outlive every error: nobody would notice its end.
                if self._told != repr(error):
                    _log.exception("looking for a new index failed")
                self._told = repr(error)
            behind = self._behind_since is not None
            pause = min(2 * pause, max(seconds, _LONGEST_PAUSE)) if behind else seconds

    def _retire(self, opened: _Opened) -> None:
        with self._lock:
            opened.replaced = True
            unused = not opened.asking
        if unused:
            opened.retriever.close()

    def _open(self) -> _Opened:
        index = self._engine.open_published()
        facts = index.facts
        if self._encoder is None or self._encoder.fingerprint != facts.fingerprint:
            encoder = self._load(self._index_settings)
            require_same_model(facts, encoder)
            self._encoder = encoder
        retriever = Retriever(
            index,
            self._encoder,
            self._settings,
            reranker=self._reranker,
            today=self._index_settings.today,
            translator=self._translator,
        )
        retriever.warm_up()
        return _Opened(facts.snapshot, retriever)
