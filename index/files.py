"""Files that a kill or a power cut leaves whole: the old content or the new, never a part."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Replace a file when its new content is complete and on the disk.

    Yields:
        A hidden path in the same folder, to write the content to. If the block raises, what was
        written there is removed and `path` stays as it was.

    Raises:
        OSError: the file cannot be written.
    """
    # Processes may write the same file at once: each writes its own, and the last one stays.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        sync(partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush a file's content, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
