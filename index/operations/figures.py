"""Pictures of figures, SVG or PNG; needs the optional package matplotlib."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index.errors import KhazarError
from index.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PictureKind = Literal["svg", "png"]


class FigureError(KhazarError):
    """A picture that cannot be drawn or written."""


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty figure, width and height in inches.

    Raises:
        FigureError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise FigureError(
            "a picture needs the package matplotlib: pip install 'khazar[plot]'"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: "Figure", path: Path, kind: PictureKind) -> None:
    """Write a figure; a file that exists is replaced.

    Raises:
        FigureError: the file cannot be written.
    """
    try:
        with atomic_write(path) as partial:
            figure.savefig(partial, format=kind, dpi=150)
    except OSError as error:
        raise FigureError(f"{path}: cannot be written: {error.strerror or error}") from error
