"""The snapshots of an index directory: listed, published and pruned.

DIRECTORY/CURRENT            name of the published snapshot
DIRECTORY/snapshots/NAME/    complete ones; names that begin with a dot are leftovers
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index.errors import IndexCorruptError, IndexMissingError
from index.files import atomic_write
from index.snapshots.manifest import NAME, TIME_FORMAT

CURRENT = "CURRENT"
SNAPSHOTS = "snapshots"
PARTIAL = ".partial-"


def publish(folder: Path) -> None:
    """Make a written snapshot the current one of its index directory."""
    directory = folder.parent.parent
    with atomic_write(directory / CURRENT) as partial:
        partial.write_text(folder.name + "\n", encoding="utf-8")


def current_folder(directory: Path) -> Path | None:
    """Return the published snapshot's folder, or None when nothing is published.

    Raises:
        IndexCorruptError: the pointer cannot be read, or holds no name.
    """
    try:
        name = (directory / CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError):
        name = ""
    if not NAME.fullmatch(name):
        raise IndexCorruptError(
            f"{directory / CURRENT}: does not name a snapshot; run `python -m index update`, or "
            "`build` if articles.sqlite is lost, too"
        )
    return directory / SNAPSHOTS / name


def published_folder(directory: Path) -> Path:
    """Return the published snapshot's folder.

    Raises:
        IndexMissingError: nothing is published.
        IndexCorruptError: the pointer cannot be read, or holds no name.
    """
    folder = current_folder(directory)
    if folder is None:
        raise IndexMissingError(
            f"{directory}: no index here yet; run `python -m index build` first"
        )
    return folder


def snapshot_folders(directory: Path) -> list[Path]:
    """Return the complete snapshots of an index directory, oldest first."""
    folders = (directory / SNAPSHOTS).glob("*/")
    return sorted(folder for folder in folders if not folder.name.startswith("."))


def next_creation_time(directory: Path) -> datetime:
    """Return the time for a new snapshot's name: now, or just after the newest of the others.

    Names sort by age. A clock that was once wrong must not make its snapshot the newest for ever.
    """
    now = datetime.now(UTC)
    names = [folder.name for folder in snapshot_folders(directory) if NAME.fullmatch(folder.name)]
    if not names:
        return now
    newest = datetime.strptime(max(names).partition("-")[0], TIME_FORMAT).replace(tzinfo=UTC)
    return max(now, newest + timedelta(microseconds=1))


def prune(directory: Path, keep: int) -> list[Path]:
    """Remove what killed builds left, and old snapshots; the current one always stays.

    The caller holds the build lock. A process that has a removed snapshot open keeps reading it:
    its files are gone for newcomers only.

    Returns:
        The snapshots that were removed.
    """
    for leftover in (directory / SNAPSHOTS).glob(f"{PARTIAL}*/"):
        shutil.rmtree(leftover)
    try:
        current = current_folder(directory)
    except IndexCorruptError:
        current = None  # a build must be able to repair the pointer
    old = [folder for folder in snapshot_folders(directory) if folder != current]
    removed = old[: max(0, len(old) - (keep - 1))]
    for folder in removed:
        # Renamed first: a kill in between must not leave half a snapshot under its name.
        shutil.rmtree(folder.rename(folder.with_name(f"{PARTIAL}{folder.name}")))
    return removed
