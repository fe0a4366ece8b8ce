"""Opening the published index and its model beside each other, and beside what is imported."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.encoders.encoder import PassageEncoder, load_encoder
from index.engines.opening import open_engine
from index.settings import IndexSettings, TextKind

# Imported beside the model: it brings what texts are analysed with.
if TYPE_CHECKING:
    from index.search_index import SearchIndex


@dataclass(frozen=True, slots=True)
class PendingIndex:
    """An index that is being opened.

    Attributes:
        encoder: see `load_encoder`.
        index: see `IndexEngine.open_published`.
    """

    encoder: Future[PassageEncoder]
    index: "Future[SearchIndex]"


class AwaitedEncoder:
    """An encoder that is being loaded; an `Encoder` that waits for it when it is first asked."""

    def __init__(
        self, pending: Future[PassageEncoder], check: Callable[[PassageEncoder], None]
    ) -> None:
        """Wait for an encoder, and raise what `check` raises of it."""
        self._pending = pending
        self._check = check

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1; see `Encoder`.

        Raises:
            EncoderError: the model cannot be loaded.
        """
        encoder = self._pending.result()
        self._check(encoder)
        return encoder.encode(texts, kind)


def start_loading(settings: IndexSettings, warmup_texts: Sequence[str] = ()) -> PendingIndex:
    """Begin to load the configured model and to open the published index.

    Args:
        settings: which they are.
        warmup_texts: see `load_encoder`.

    Raises:
        IndexMissingError: nothing has been published; all else is raised by what is returned.
    """
    engine = open_engine(settings)
    # Whether there is one is known before anything is loaded.
    engine.current_name()
    pool = ThreadPoolExecutor(2)
    # Imported here and not in the thread: threads that import wait for each other, and what is left
    # for this one, reading and compiling, holds no lock of Python.
    import_module("index.encoders.openvino.openvino_encoder")
    encoder = pool.submit(load_encoder, settings, warmup_texts)
    index = pool.submit(engine.open_published)
    pool.shutdown(wait=False)
    return PendingIndex(encoder, index)
