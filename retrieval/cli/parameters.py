"""Parameters that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option(help="The configuration file.", show_default="./config.toml")
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        "-k",
        min=1,
        max=100,
        help="Number of passages in an answer.",
        show_default="[retrieval] limit",
    ),
]
