"""The manifest of a snapshot: what is in it, how it was made, and a checksum of every file."""

import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from index.errors import IndexCorruptError
from index.files import atomic_write, sync

FORMAT = 5
MANIFEST = "manifest.json"
# The files whose content was checked, and their states then; written by whoever opens a snapshot.
CHECKED = ".checked.json"
_DIGEST_BYTES = 8
# Longer than the ticks that times of files are taken from.
_TICK_NS = 50_000_000
# Names sort by age: microseconds keep those of one second apart.
TIME_FORMAT = "%Y%m%dT%H%M%S%f"
NAME = re.compile(rf"\d{{8}}T\d{{12}}-[0-9a-f]{{{2 * _DIGEST_BYTES}}}")


class FileEntry(BaseModel):
    """One file of a snapshot."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    blake2b: str


class Manifest(BaseModel):
    """The content and origin of a snapshot.

    Attributes:
        format: version of the files.
        created: when it was begun.
        articles: articles in it.
        passages: passages in it.
        encoder: the encoder's name as configured.
        fingerprint: the encoder's fingerprint.
        dimension: length of a vector.
        analyser: the rules behind its index terms.
        rules: see `index.indexing.article_analysis.preparation_rules`.
        archive: digest of the archive that it was made from.
        sources: what that was read from.
        files: every other file of the folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    created: datetime
    articles: int
    passages: int
    encoder: str
    fingerprint: str
    dimension: int
    analyser: str
    rules: str
    archive: str
    sources: tuple[str, ...]
    files: dict[str, FileEntry]

    @property
    def bytes(self) -> int:
        """Size of all files together, the manifest itself not counted."""
        return sum(entry.bytes for entry in self.files.values())


class _FileState(BaseModel):
    """A file as it was when its content was found to be what was written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    changed_ns: int
    number: int


_FileStates = TypeAdapter(dict[str, _FileState])


class _Version(BaseModel):
    """The part that manifests of all formats share."""

    format: int


def list_files(folder: Path) -> dict[str, FileEntry]:
    """Return the size and checksum of every file below a folder, by its path there."""
    return {path.relative_to(folder).as_posix(): _entry(path) for path in _files(folder)}


def write_manifest(folder: Path, manifest: Manifest) -> str:
    """Write a manifest, make the whole folder durable and return the name that it must get."""
    content = manifest.model_dump_json(indent=2)
    (folder / MANIFEST).write_text(content, encoding="utf-8")
    for path in [*folder.rglob("*"), folder]:
        sync(path)
    return f"{manifest.created:{TIME_FORMAT}}-{_digest(content.encode())}"


def read_manifest(folder: Path) -> Manifest:
    """Return a snapshot's manifest.

    Raises:
        IndexCorruptError: it is missing or is not one of this format.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        version = _Version.model_validate_json(content).format
        if version != FORMAT:
            raise corrupt(folder, f"its format is {version}, this version reads {FORMAT}")
        if not folder.name.endswith(f"-{_digest(content)}"):
            raise corrupt(folder, f"{MANIFEST} has changed since it was written")
        return Manifest.model_validate_json(content)
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a manifest"
        raise corrupt(folder, f"{MANIFEST}: {reason}") from error


def verify(folder: Path, *, always_read: bool = False) -> Manifest:
    """Check every file of a snapshot against its manifest.

    A file is read when it is checked for the first time, and again when it may have changed since:
    the system sets its time of change anew with every change, also of its other times.

    Args:
        folder: the snapshot's.
        always_read: read all files anyway; a disk may lose what nobody changes.

    Raises:
        IndexCorruptError: a file is missing, or is not what was written.
    """
    manifest = read_manifest(folder)
    checked = {} if always_read else _checked(folder)
    begun = time.time_ns()
    states = {name: _state(folder, name) for name in manifest.files}
    changed = {name for name in states if states[name] is None or states[name] != checked.get(name)}
    compare(folder, {name: manifest.files[name] for name in manifest.files if name in changed})
    # A change within one tick of the system's clock would not show.
    settled = {
        name: state
        for name, state in states.items()
        if state is not None and begun - state.changed_ns > _TICK_NS
    }
    if settled != checked:
        # Where nothing can be written, files are read at each opening.
        with suppress(OSError), atomic_write(folder / CHECKED) as partial:
            partial.write_bytes(_FileStates.dump_json(settled))
    return manifest


def compare(folder: Path, files: Mapping[str, FileEntry]) -> None:
    """Check some files of a snapshot.

    Raises:
        IndexCorruptError: one is missing, or is not what was written.
    """
    for name, expected in files.items():
        try:
            found = _entry(folder / name)
        except OSError as error:
            raise corrupt(folder, f"{name}: {error.strerror}") from error
        if found != expected:
            raise corrupt(folder, f"{name} has changed since it was written")


def corrupt(folder: Path, reason: str) -> IndexCorruptError:
    """Return the error for a damaged snapshot."""
    return IndexCorruptError(f"{folder}: damaged: {reason}; run `python -m index build` again")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
        return FileEntry(bytes=file.tell(), blake2b=checksum)


def _state(folder: Path, name: str) -> _FileState | None:
    try:
        stat = (folder / name).stat()
    except OSError:
        return None
    return _FileState(bytes=stat.st_size, changed_ns=stat.st_ctime_ns, number=stat.st_ino)


def _checked(folder: Path) -> dict[str, _FileState]:
    """Return the states in which files were found to be what was written."""
    try:
        return _FileStates.validate_json((folder / CHECKED).read_bytes())
    except (OSError, ValidationError):
        return {}


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
