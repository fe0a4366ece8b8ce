"""Folders in a cache that are made once, and seen by others only when they are complete."""

import filecmp
import logging
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from index.checksums import is_unchanged, record_checksums, record_path
from index.files import sync

_log = logging.getLogger(__name__)
# Smaller files are not worth a link.
_LARGE = 1_000_000


def cache_directory() -> Path:
    """Return the folder of cached files: $KHAZAR_CACHE, or the user's cache folder."""
    if configured := os.environ.get("KHAZAR_CACHE"):
        return Path(configured).expanduser()
    return user_cache_path("khazar")


def get_or_create_folder(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder, made on the first call; processes may call this at the same time.

    Checksums are recorded beside it. A folder that has changed since is made again.

    Args:
        folder: its place in the cache, named after all that it is made from.
        make: fills an empty folder, which is then renamed.

    Raises:
        OSError: the cache cannot be written.
    """
    if is_unchanged(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        # Another process may have made it meanwhile.
        if not is_unchanged(folder):
            if folder.is_dir():
                _log.warning("%s is damaged and is made again", folder)
                shutil.rmtree(folder)
            _publish(folder, make)
    return folder


def _publish(folder: Path, make: Callable[[Path], None]) -> None:
    """Make the folder beside its place and rename it; the caller holds the lock."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a process that was killed
    try:
        partial.mkdir()
        make(partial)
        for path in partial.rglob("*"):
            if path.is_file():
                sync(path)
        # A record without its folder does no harm.
        record_checksums(partial, record_path(folder))
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def link_identical_files(folder: Path, others: Iterable[Path]) -> None:
    """Replace large files of a folder by hard links to the same files of others, where they are.

    On the disk and in the memory of processes that map them they are then there once.
    """
    own = [path for path in folder.iterdir() if path.stat().st_size >= _LARGE]
    for other in others:
        for path in own:
            twin = other / path.name
            if (
                twin.is_file()
                and not path.samefile(twin)
                and filecmp.cmp(path, twin, shallow=False)
            ):
                link = path.with_name(f".{path.name}.link")
                # A file system without hard links keeps both.
                with suppress(OSError):
                    link.hardlink_to(twin)
                    link.replace(path)
