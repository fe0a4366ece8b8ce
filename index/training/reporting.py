"""What the training commands tell: progress, files, figures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from index.console import echo_json
from index.training.loop import Step


@contextmanager
def progress(name: str) -> Iterator[Callable[[Step], None]]:
    """Yield what a run calls after each step: a bar on a terminal, else a line a step."""
    console = Console(stderr=True)
    with Progress(
        TextColumn(name),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("loss {task.fields[loss]}"),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(name, loss="–")

        def on_step(step: Step) -> None:
            bar.update(task, completed=step.number, total=step.total, loss=step.loss)
            if not console.is_terminal:
                console.print(
                    f"step {step.number}/{step.total} loss {step.loss:.4f} {step.seconds:.1f} s"
                )

        yield on_step


def written(path: Path) -> None:
    """Tell of a file that was written."""
    say(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")


def say(text: str) -> None:
    """Print a line for a person."""
    Console(stderr=True, soft_wrap=True).print(text, highlight=False)


def show(line: dict[str, Any]) -> None:
    """Print a line for a script: one JSON object."""
    echo_json(line)
