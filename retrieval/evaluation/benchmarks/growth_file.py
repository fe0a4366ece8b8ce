"""What the scaling benchmark measured, as its file has it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from index.errors import KhazarError


class GrowthFileError(KhazarError):
    """A file of the scaling benchmark that cannot be read."""


class Percentiles(BaseModel):
    """The median and the 95th percentile of a time, in milliseconds."""

    model_config = ConfigDict(frozen=True)

    p50: float
    p95: float


class GrowthPoint(BaseModel):
    """Measurements of an index of one size; None: not measured.

    Attributes:
        passages: of the index.
        build_seconds: time that its build took, without encoding.
        peak_mb: memory that the build had at most.
        snapshot_mb: size on disk.
        ask_ms: of a question, without reranking.
        dense_ms: of the dense search for ten passages.
        recall_at_10: share of the ten nearest passages that it finds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    passages: int
    build_seconds: float | None = None
    peak_mb: float | None = None
    snapshot_mb: float | None = None
    ask_ms: Percentiles | None = None
    dense_ms: Percentiles | None = None
    recall_at_10: float | None = None


def read_growth(path: Path) -> list[GrowthPoint]:
    """Return the measurements in a file, smallest index first.

    Raises:
        GrowthFileError: it cannot be read.
    """
    try:
        points = TypeAdapter(list[GrowthPoint]).validate_json(path.read_bytes())
    except OSError as error:
        raise GrowthFileError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        raise GrowthFileError(f"{path}: no measurements of the scaling benchmark") from error
    return sorted(points, key=lambda point: point.passages)
