"""Tables of words that ship with the code."""

from collections.abc import Iterator
from importlib.resources import files


def read_table(name: str) -> Iterator[list[str]]:
    """Yield the columns of each line of a table in `index/text/data`, comments left out."""
    for line in files("index").joinpath("text", "data", name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")
