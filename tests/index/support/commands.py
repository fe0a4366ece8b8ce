"""Results of a command, and files for its sources."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


def write_articles(path: Path, *about: dict[str, str]) -> None:
    records = (
        {"id": f"{number}", "title": "t", "paragraphs": ["p"], **fields}
        for number, fields in enumerate(about)
    )
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
