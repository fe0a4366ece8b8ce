"""The file of lines that were typed at the prompt, one for each archive."""

import hashlib
from pathlib import Path

from prompt_toolkit.history import FileHistory


def history_file(folder: Path, index_directory: Path) -> Path:
    """Return the file for an archive's lines.

    The one file of earlier versions, for all archives, becomes that of the first archive that is
    opened.

    Args:
        folder: where the user's state is kept.
        index_directory: the archive's index.
    """
    directory = index_directory.resolve()
    digest = hashlib.sha256(str(directory).encode("utf-8", "surrogateescape")).hexdigest()
    path = folder / "histories" / f"{directory.name}-{digest[:12]}"
    old = folder / "history"
    if old.is_file() and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        old.replace(path)
    return path


def private_history(path: Path) -> FileHistory:
    """Open a file of lines, which nobody but its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    # Earlier versions left it readable by everybody.
    path.chmod(0o600)
    return FileHistory(str(path))
