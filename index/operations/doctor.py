"""Checks of this machine: what Khazar lacks here, and how to fix it.

Nothing is changed. A check imports what it needs itself, so the others work if that is missing.
"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path

from index.console import counted
from index.errors import IndexMissingError, KhazarError
from index.settings import IndexSettings

_OLDEST_PYTHON = (3, 11)
_ITSELF = "khazar"
_FAST_FEATURES = ("avx512_bf16", "amx_bf16", "avx512f", "avx2", "asimd")
_CPU_FACTS = Path("/proc/cpuinfo")
# Memory of a prompt over a small archive with the model loaded, and a comfortable amount.
_LEAST_MEMORY, _ENOUGH_MEMORY = 1.5e9, 3e9
_MODEL_BYTES = 700e6
_LEAST_DISK = 500e6


class Status(Enum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: what was checked.
        status: the outcome.
        found: what was found.
        fix: how to fix it; "" if nothing needs fixing.
    """

    name: str
    status: Status
    found: str
    fix: str = ""


def run_checks(config: Path | None) -> list[Check]:
    """Make all checks.

    Args:
        config: the configuration file; None means `./config.toml` where it exists.
    """
    checks = [_python(), *_packages(), _processor(), _memory()]
    try:
        settings = IndexSettings.load(config)
    except KhazarError as error:
        return [*checks, Check("configuration", Status.ERROR, str(error), "correct that line")]
    checks.append(Check("configuration", Status.OK, "valid"))
    lacking = {check.name for check in checks if check.status is Status.ERROR}
    needing: tuple[Callable[[IndexSettings], Check], ...] = (
        _directory,
        _disk,
        _precision,
        _model,
        _cached_models,
        _index,
    )
    if any(name.startswith("package") for name in lacking):
        needing = (_directory, _disk)
    return [*checks, *(check(settings) for check in needing)]


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info >= _OLDEST_PYTHON:
        return Check("Python", Status.OK, found)
    return Check("Python", Status.ERROR, found, "install Python 3.11 or newer")


def _packages() -> list[Check]:
    try:
        required = metadata.requires(_ITSELF) or []
    except metadata.PackageNotFoundError:
        return [Check("packages", Status.ERROR, "Khazar is not installed", "run `make install`")]
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return [_without(["packaging"])]
    from index.operations.timing_harness import REPORTED_PACKAGES, installed_version

    needed = [
        one
        for one in map(Requirement, required)
        if one.marker is None or one.marker.evaluate({"extra": ""})
    ]
    versions = {one.name: installed_version(one.name) for one in needed}
    missing = [str(one.name) for one in needed if versions[one.name] is None]
    if missing:
        return [_without(missing)]
    wrong = [one for one in needed if not one.specifier.contains(versions[one.name] or "", True)]
    if wrong:
        listed = ", ".join(f"{one.name} {versions[one.name]}" for one in wrong)
        pinned = " ".join(f"'{one.name}{one.specifier}'" for one in wrong)
        fix = f"run `make install`, or `pip install {pinned}`"
        return [Check("packages", Status.WARNING, f"unsuitable versions: {listed}", fix)]
    shown = ", ".join(f"{name} {versions[name]}" for name in REPORTED_PACKAGES)
    return [Check("packages", Status.OK, f"all {len(needed)} are installed, among them {shown}")]


def _without(names: Sequence[str]) -> Check:
    listed = " ".join(names)
    fix = f"run `make install`, or `pip install {listed}`"
    return Check("packages", Status.ERROR, f"not installed: {listed}", fix)


def _processor() -> Check:
    cores = os.cpu_count() or 1
    try:
        words = frozenset(_CPU_FACTS.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return Check("processor", Status.OK, f"{cores} cores; features unknown")
    features = [name for name in _FAST_FEATURES if name in words]
    found = f"{cores} cores, {' '.join(features) or 'no vector instructions'}"
    if features:
        return Check("processor", Status.OK, found)
    return Check("processor", Status.WARNING, found, "builds will be slow; use a newer processor")


def _memory() -> Check:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return Check("memory", Status.OK, "size unknown")
    found = f"{total / 1e9:.1f} GB, {free / 1e9:.1f} GB unused"
    if total < _LEAST_MEMORY:
        fix = f"{_LEAST_MEMORY / 1e9:.1f} GB is needed; add memory or swap"
        return Check("memory", Status.ERROR, found, fix)
    if total < _ENOUGH_MEMORY:
        return Check("memory", Status.WARNING, found, "set [index] batch_size = 8 for builds")
    return Check("memory", Status.OK, found)


def _directory(settings: IndexSettings) -> Check:
    directory = settings.path(settings.directory)
    existing = _existing(directory)
    if os.access(existing, os.W_OK | os.X_OK) and existing.is_dir():
        return Check("index directory", Status.OK, f"{directory} is writable")
    fix = "make it writable for this user, or set [index] directory; questions work without"
    return Check("index directory", Status.WARNING, f"{directory} is not writable", fix)


def _disk(settings: IndexSettings) -> Check:
    directory = settings.path(settings.directory)
    free = shutil.disk_usage(_existing(directory)).free
    used = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    # A build writes a whole snapshot beside the existing ones.
    needed = max(_LEAST_DISK, used)
    found = f"{free / 1e9:.1f} GB free; the index takes {used / 1e9:.2f} GB"
    if free >= needed:
        return Check("disk", Status.OK, found)
    fix = f"free {needed / 1e9:.1f} GB; `python -m index prune --keep 1` may be enough"
    return Check("disk", Status.WARNING, found, fix)


def _precision(settings: IndexSettings) -> Check:
    from index.encoders.openvino.openvino_model import inference_precision

    try:
        found = inference_precision(settings)
    except KhazarError as error:
        return Check("precision", Status.ERROR, str(error), "see the message")
    return Check("precision", Status.OK, f"{found} ([index] precision is {settings.precision})")


def _model(settings: IndexSettings) -> Check:
    from index.cache import cache_directory
    from index.encoders.bundled.unpacking import ENCODER_ADAPTER, unpacked_folder
    from index.encoders.model_resolver import BUNDLED, ORIGINAL, resolve_model

    if settings.encoder not in (BUNDLED, ORIGINAL):
        try:
            return Check("model", Status.OK, str(resolve_model(settings).path))
        except KhazarError as error:
            return Check("model", Status.ERROR, str(error), "see the message")
    cache = cache_directory()
    try:
        folder = unpacked_folder(cache, ENCODER_ADAPTER if settings.encoder == BUNDLED else None)
    except (KhazarError, OSError) as error:
        return Check("model", Status.ERROR, str(error), "run `make install`")
    if folder.is_dir():
        return Check("model", Status.OK, f"unpacked in {folder}")
    found = f"not unpacked yet; the first build or question unpacks it into {cache}"
    if shutil.disk_usage(_existing(cache)).free < _MODEL_BYTES:
        fix = "free 0.7 GB there, or set KHAZAR_CACHE to another folder"
        return Check("model", Status.ERROR, found, fix)
    return Check("model", Status.OK, found)


def _cached_models(settings: IndexSettings) -> Check:  # noqa: ARG001
    """Read every file of the cache's folders, which a start does only where it has changed."""
    from index.cache import cache_directory
    from index.checksums import changed_files, record_path

    cache = cache_directory()
    folders = [path for path in sorted(cache.glob("*")) if record_path(path).is_file()]
    for folder in folders:
        if changed := changed_files(folder):
            found = f"{folder} is damaged: {', '.join(changed)}"
            return Check("cache", Status.ERROR, found, "remove this folder; it is made again")
    return Check("cache", Status.OK, f"{cache}: {counted(len(folders), 'folder')}, undamaged")


def _index(settings: IndexSettings) -> Check:
    from index.encoders.model_resolver import resolve_model
    from index.engines.opening import open_engine

    remote = settings.engine == "milvus"
    place = settings.milvus.uri if remote else settings.path(settings.directory)
    try:
        facts = open_engine(settings).open_published().facts
        made_here = resolve_model(settings).fingerprint == facts.fingerprint
    except IndexMissingError:
        return Check("index", Status.WARNING, f"none in {place} yet", "run `python -m index build`")
    except KhazarError as error:
        return Check("index", Status.ERROR, str(error), "see the message")
    articles, passages = counted(facts.articles, "article"), counted(facts.passages, "passage")
    found = f"{facts.snapshot}: {articles}, {passages}" + (f", at {place}" if remote else "")
    if made_here:
        return Check("index", Status.OK, found)
    fix = f"it was built with {facts.encoder}: run `python -m index update`, or set that encoder"
    return Check("index", Status.ERROR, f"{found}, built with another model", fix)


def _existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that exists."""
    return next(one for one in (path, *path.parents) if one.exists())
