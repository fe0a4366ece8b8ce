"""Opening the published index and its model beside each other, and beside what is imported."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from index.encoders.encoder import PassageEncoder, load_encoder
from index.settings import IndexSettings
from index.snapshots.snapshot_pointer import published_folder

if TYPE_CHECKING:
    from index.snapshots.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PendingIndex:
    """An index that is being opened.

    Attributes:
        encoder: see `load_encoder`.
        snapshot: see `Snapshot.open_current`.
    """

    encoder: Future[PassageEncoder]
    snapshot: "Future[Snapshot]"


def start_loading(settings: IndexSettings, warmup_texts: Sequence[str] = ()) -> PendingIndex:
    """Begin to load the configured model and to open the published snapshot.

    Args:
        settings: which they are.
        warmup_texts: see `load_encoder`.

    Raises:
        IndexMissingError: nothing has been published; all else is raised by what is returned.
    """
    directory = settings.path(settings.directory)
    # Whether there is one is known before anything is loaded.
    published_folder(directory)
    pool = ThreadPoolExecutor(2)
    # Imported here and not in the thread: threads that import wait for each other, and what is left
    # for this one, reading and compiling, holds no lock of Python.
    import_module("index.encoders.openvino.openvino_encoder")
    encoder = pool.submit(load_encoder, settings, warmup_texts)
    from index.snapshots.snapshot import Snapshot

    snapshot = pool.submit(Snapshot.open_current, directory)
    pool.shutdown(wait=False)
    return PendingIndex(encoder, snapshot)
