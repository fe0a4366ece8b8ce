"""The command `python -m index.training`."""

from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer

from index.console import application, run
from index.encoders.bundled.adapter import read_adapter
from index.encoders.bundled.packed_model import PackedModel
from index.encoders.bundled.transformers_folder import write_model_folder
from index.encoders.bundled.unpacking import bundled_model, packed_file
from index.training.data import read_pairs
from index.training.model import TrainedEncoder
from index.training.trainer import Options, Step, Trainer

_DEFAULTS = Options()
app = application("Adapt the encoder to an archive (docs/training.md).")


@app.command(
    epilog="Example: python -m index.training --articles archive.jsonl.gz --pairs pairs.jsonl "
    "--output runs/mine. Stopped, the same command goes on from the last checkpoint."
)
def train(
    articles: Annotated[Path, typer.Option(help="articles, JSON Lines, .gz or not")],
    pairs: Annotated[Path, typer.Option(help="their English texts and questions, JSON Lines")],
    output: Annotated[Path, typer.Option(help="the run's folder; a stopped run goes on there")],
    start: Annotated[
        Path | None, typer.Option(help="an adapter to begin with; left out: the original model")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1)] = _DEFAULTS.epochs,
    steps: Annotated[
        int | None, typer.Option(min=1, help="stop after so many steps of the run; left out: all")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=2, help="articles in a step")] = (
        _DEFAULTS.batch_size
    ),
    learning_rate: Annotated[float, typer.Option(min=0)] = _DEFAULTS.learning_rate,
    title_share: Annotated[
        float, typer.Option(min=0, max=1, help="passages with their title in front")
    ] = _DEFAULTS.title_share,
    sibling_share: Annotated[
        float, typer.Option(min=0, max=1, help="articles with another paragraph as a negative")
    ] = _DEFAULTS.sibling_share,
    anchor_weight: Annotated[
        float, typer.Option(min=0, help="holds Persian questions in their place")
    ] = _DEFAULTS.anchor_weight,
    max_tokens: Annotated[int, typer.Option(min=8, max=512, help="longer texts are cut")] = 80,
    rank: Annotated[int, typer.Option(min=1, help="of the adapter")] = _DEFAULTS.rank,
    scale: Annotated[
        float, typer.Option(min=0, max=1, help="share of the difference that the adapter keeps")
    ] = _DEFAULTS.scale,
    seed: int = _DEFAULTS.seed,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0: all")] = 0,
) -> None:
    """Train the bundled encoder on articles and their English counterparts."""
    if threads:
        torch.set_num_threads(threads)
    options = Options(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        title_share=title_share,
        sibling_share=sibling_share,
        anchor_weight=anchor_weight,
        rank=rank,
        scale=scale,
        seed=seed,
    )
    folder = bundled_model(adapter=None)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    data = read_pairs(articles, pairs, tokenizer, max_tokens)
    encoder = TrainedEncoder(folder, "cuda" if torch.cuda.is_available() else "cpu")
    console = Console(stderr=True)
    with Progress(
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("loss {task.fields[loss]}"),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("training", loss="–")

        def report(step: Step) -> None:
            progress.update(task, completed=step.number, total=step.total, loss=step.loss)
            if not console.is_terminal:
                console.print(
                    f"step {step.number}/{step.total} loss {step.loss:.4f} {step.seconds:.1f} s"
                )

        adapter = Trainer(encoder, data, options, output, start).run(report, steps)
    model = output / "model"
    model.mkdir(exist_ok=True)
    write_model_folder(PackedModel(packed_file()), read_adapter(adapter), model)
    console.print(f"wrote {adapter} ({adapter.stat().st_size / 1e6:.1f} MB) and {model}")


if __name__ == "__main__":
    run(app)
