"""Checksums of a folder's files, recorded beside it, and checked again when they may have changed.

Reading 300 MB at every start would take longer than answering a question. So the record also holds
each file's size and time, and the contents are read only where these differ. `changed_files` reads
them always.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from index.files import atomic_write


class _FileRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    modified_ns: int
    sha256: str


_FileRecords = TypeAdapter(dict[str, _FileRecord])


def code_fingerprint(paths: Iterable[Path], *versions: str) -> str:
    """Return a fingerprint of files of code or rules, and of what they need: other fingerprints.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.blake2b("\0".join(versions).encode(), digest_size=8)
    for path in paths:
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def record_path(folder: Path) -> Path:
    """Return the file beside a folder that holds its checksums."""
    return folder.with_name(f"{folder.name}.sums")


def record_checksums(folder: Path, record: Path | None = None) -> None:
    """Record the checksums of all files that a folder has now.

    Args:
        folder: the folder.
        record: where to write; None means `record_path(folder)`.

    Raises:
        OSError: a file cannot be read, or the record cannot be written.
    """
    entries = {path.relative_to(folder).as_posix(): _entry(path) for path in _files(folder)}
    with atomic_write(record or record_path(folder)) as partial:
        partial.write_bytes(_FileRecords.dump_json(entries, indent=2))


def is_unchanged(folder: Path) -> bool:
    """Tell whether a folder has the files that were recorded; further files do not count.

    A folder without a record counts as changed.
    """
    entries = _recorded(folder)
    if entries is None:
        return False
    if all(_has_stats(folder / name, entry) for name, entry in entries.items()):
        return True
    if _changed(folder, entries):
        return False
    # Copied, say: the next check is quick again. Where nothing can be written, it is not.
    with suppress(OSError):
        record_checksums(folder)
    return True


def changed_files(folder: Path) -> list[str]:
    """Return the recorded files of a folder that are missing or have another content.

    All of them are read. Without a record there is none.
    """
    return _changed(folder, _recorded(folder) or {})


def _recorded(folder: Path) -> dict[str, _FileRecord] | None:
    try:
        return _FileRecords.validate_json(record_path(folder).read_bytes())
    except (OSError, ValidationError):
        return None


def _changed(folder: Path, entries: dict[str, _FileRecord]) -> list[str]:
    return [name for name, entry in entries.items() if _digest(folder / name) != entry.sha256]


def _has_stats(path: Path, entry: _FileRecord) -> bool:
    try:
        stat = path.stat()
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == (entry.bytes, entry.modified_ns)


def _entry(path: Path) -> _FileRecord:
    stat = path.stat()
    return _FileRecord(bytes=stat.st_size, modified_ns=stat.st_mtime_ns, sha256=_digest(path) or "")


def _digest(path: Path) -> str | None:
    """Return a file's SHA-256; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
