"""`python -m retrieval.evaluation.quality`: commands with their expected figures, run and checked.

One file of JSON has the commands and the figures, from which docs/measurements.md is made, too:

- `ok`, `near`: how many questions a figure may be off;
- `runs`: for each, `title`, `index` (a folder), `command` (of `python -m retrieval`, with `--json`
  giving measures by group of questions), `settings` (environment variables) and `expected`: the
  figures by group. Each group has `n`, its number of questions.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console
from rich.table import Table

from index.console import application, run_and_leave
from index.errors import validation_message
from index.files import atomic_write
from retrieval.errors import QuestionFileError

_BEGIN, _END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
_SHARED = "{shared}/"
_LESS_IS_BETTER = frozenset(
    {"missed", "invented", "invented_as_typed", "reranked", "found_lost", "first_lost"}
)
# Times depend on the machine; the others say the same as their neighbours.
_UNCHECKED = frozenset(
    {"p50", "p95", "P@3", "P@5", "R@10", *(f"article P@{k}" for k in (1, 3, 5))}
    | {"article R@5", "article R@10", "article MRR@10"}
)
Figures = Mapping[str, float]
# With their 95 % intervals in the document.
_WITH_INTERVAL = ("P@1", "MRR@10")


class _Group(BaseModel):
    """The figures of a group of questions."""

    model_config = ConfigDict(extra="forbid")

    figures: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}


class MeasuredRun(BaseModel):
    """A command and its figures; see the module."""

    model_config = ConfigDict(extra="forbid")

    title: str
    index: str
    command: list[str]
    settings: dict[str, str] = {}
    expected: dict[str, _Group]

    def shell(self) -> str:
        """Return the command as it is typed, with the question files by their names alone."""
        words = [word.removeprefix(_SHARED) for word in self.command]
        variables = [f"{name}={value}" for name, value in self.settings.items()]
        return " ".join([*variables, "python -m retrieval", *words])


class Measurements(BaseModel):
    """A file of runs."""

    model_config = ConfigDict(extra="forbid")

    ok: float
    near: float
    runs: list[MeasuredRun]


class Verdict(StrEnum):
    """What is said about a figure."""

    OK = "ok"
    NEAR = "near"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """A figure as it was expected and measured; `measured` is None where it was not."""

    group: str
    name: str
    expected: float
    measured: float | None
    verdict: Verdict


def load_measurements(path: Path) -> Measurements:
    """Read a file of commands with expected figures.

    Raises:
        QuestionFileError: it is missing or damaged.
    """
    try:
        return Measurements.model_validate_json(path.read_bytes())
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        raise QuestionFileError(f"{path}: {validation_message(error)}") from None


def check_figures(
    run: MeasuredRun, measured: Mapping[str, Figures], ok: float, near: float
) -> Iterator[CheckedFigure]:
    """Compare the figures of a run with the expected ones.

    A figure is "ok" or "near" if it is off by no more than what so many questions of its group
    make; a better one is "near" at worst.

    Args:
        run: with the expected figures.
        measured: the figures by group.
        ok: number of questions.
        near: number of questions.
    """
    for group, expected in run.expected.items():
        for name, value in expected.figures.items():
            found = measured.get(group, {}).get(name)
            yield CheckedFigure(
                group,
                name,
                value,
                found,
                Verdict.FAIL
                if found is None
                else _verdict(name, found - value, expected.figures["n"], ok, near),
            )


def document(measurements: Measurements) -> str:
    """Return the figures as Markdown: a table for each run, below its command."""
    return "\n".join(_run_document(run) for run in measurements.runs)


def insert_figures(text: str, figures: str) -> str:
    """Return a document with its figures replaced.

    Raises:
        QuestionFileError: it has no place for them.
    """
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise QuestionFileError(f"the document needs the lines {_BEGIN.strip()} {_END.strip()}")
    return f"{before}{begin}{figures}{end}{after}"


app = application("Check the figures of commands against the expected ones.")


@app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(help="The commands and their figures (JSON).")],
    indexes: Annotated[Path, typer.Option(help="The folder of the indexes, by name.")],
    shared: Annotated[Path, typer.Option(help="The folder of the evaluation data.")],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only the runs with this in their title.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write what is measured into FILE.")
    ] = False,
) -> None:
    """Run the commands of FILE and say of each figure whether it is ok, near or FAIL.

    The exit status is 1 if one fails.
    """
    measurements = load_measurements(file)
    console = Console(width=None if sys.stdout.isatty() else 120)
    verdicts: Counter[Verdict] = Counter()
    for run in measurements.runs:
        if only and not any(part in run.title for part in only):
            continue
        console.print(f"\n{run.title}: {run.shell()}", markup=False, highlight=False)
        record = _measured(run, indexes, shared)
        figures = {group: _figures(values) for group, values in record.items()}
        checked = list(check_figures(run, figures, measurements.ok, measurements.near))
        verdicts.update(one.verdict for one in checked)
        _print_checked(console, checked)
        if update:
            _update(run, figures, record)
            _write(file, measurements.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    console.print(f"\n{', '.join(f'{verdicts[one]} {one}' for one in Verdict)}", highlight=False)
    if verdicts[Verdict.FAIL] and not update:
        raise typer.Exit(1)


@app.command("document")
def document_command(
    file: Annotated[Path, typer.Argument(help="The commands and their figures (JSON).")],
    target: Annotated[Path, typer.Argument(help="The document that shows them (Markdown).")],
) -> None:
    """Write the figures of FILE into a document."""
    figures = document(load_measurements(file))
    _write(target, insert_figures(target.read_text(encoding="utf-8"), figures))


def _measured(run: MeasuredRun, indexes: Path, shared: Path) -> dict[str, dict[str, object]]:
    """Run a command in a process of its own, as a person would, and return what it prints."""
    words = [
        str(shared / word.removeprefix(_SHARED)) if word.startswith(_SHARED) else word
        for word in run.command
    ]
    done = subprocess.run(
        [sys.executable, "-m", "retrieval", *words, "--json"],
        env=os.environ | run.settings | {"KHAZAR_INDEX__DIRECTORY": str(indexes / run.index)},
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise QuestionFileError(f"{run.shell()} ended with status {done.returncode}")
    record: dict[str, dict[str, object]] = json.loads(done.stdout)
    return record


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _figures(values: Mapping[str, object]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and name not in _UNCHECKED
    }


def _update(
    run: MeasuredRun, figures: Mapping[str, Figures], record: Mapping[str, Mapping[str, object]]
) -> None:
    """Replace the figures of the groups that the run names, where they were measured."""
    run.expected |= {
        group: _Group.model_validate(
            {"figures": figures[group], "intervals": record[group].get("intervals", {})}
        )
        for group in run.expected
        if group in figures
    }


def _verdict(name: str, change: float, questions: float, ok: float, near: float) -> Verdict:
    better = change < 0 if name in _LESS_IS_BETTER else change > 0
    # Figures are rounded to four places.
    off = abs(change) * questions - 1e-4 * questions
    if off <= ok:
        return Verdict.OK
    return Verdict.NEAR if better or off <= near else Verdict.FAIL


def _print_checked(console: Console, checked: Sequence[CheckedFigure]) -> None:
    table = Table(box=None, padding=(0, 1))
    for column in ("", "", "expected", "measured", ""):
        table.add_column(column, justify="right" if column else "left")
    for one in checked:
        measured = "" if one.measured is None else _shown(one.name, one.measured)
        table.add_row(one.group, one.name, _shown(one.name, one.expected), measured, one.verdict)
    console.print(table)


def _run_document(run: MeasuredRun) -> str:
    names = list(dict.fromkeys(name for group in run.expected.values() for name in group.figures))
    lines = [
        f"**{run.title}**\n",
        f"    {run.shell()}\n",
        "| " + " | ".join(["questions", *names]) + " |",
        "| " + " | ".join(["---"] * (len(names) + 1)) + " |",
    ]
    for title, group in run.expected.items():
        if not group.figures:  # named, and not measured yet
            continue
        cells = [_cell(group, name) for name in names]
        lines.append("| " + " | ".join([title, *cells]) + " |")
    return "\n".join([*lines, ""])


def _cell(group: _Group, name: str) -> str:
    if name not in group.figures:
        return ""
    shown = _shown(name, group.figures[name])
    if name not in _WITH_INTERVAL or name not in group.intervals:
        return shown
    low, high = group.intervals[name]
    return f"{shown} ({low:.3f}–{high:.3f})"


def _shown(name: str, value: float) -> str:
    return f"{value:.0f}" if name == "n" else f"{value:.3f}"


if __name__ == "__main__":
    run_and_leave(app)
