"""The commands `python -m index.training …`; docs/training.md tells in which order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from tokenizers import Tokenizer

from index.console import application, run
from index.encoders.bundled.adapter import Adapter, read_adapter
from index.encoders.bundled.unpacking import bundled_model, packed_file
from index.training.config import ENCODER, RERANKER, STUDENT, Precision, TrainingConfig
from index.training.dataset import read_lines, read_training_set, write_training_set
from index.training.measures import (
    encode_questions,
    rank_by_vectors,
    read_eval_questions,
    rerank,
    score_first,
    summary,
)
from index.training.models import use_device
from index.training.portable import write_trimmed_model
from index.training.reporting import progress, say, show, written
from index.training.runs import (
    ADAPTER,
    Workplace,
    train_encoder,
    train_reranker,
    write_trained,
)
from index.training.stages import TokenizedSet
from index.training.tokens import ModelTokenizer

app = application("Train the encoder and the reranker (docs/training.md).")
# What the reranker reads in an index.
_RERANKED = 8
_LAYERS = "1,3,5,7,9,11"

Data = Annotated[Path, typer.Option(help="the folder that `prepare` wrote")]
Output = Annotated[Path, typer.Option(help="the run's folder; a stopped run goes on there")]
Start = Annotated[Path | None, typer.Option(help="weights to begin with; left out: the original")]
Miner = Annotated[
    Path | None, typer.Option(help="encoder that mines negatives; left out: the original")
]
Steps = Annotated[
    int | None, typer.Option(min=1, help="stop after so many steps of the run; left out: all")
]
Seconds = Annotated[
    float | None, typer.Option(min=1, help="end after so many seconds of training, if not before")
]
Epochs = Annotated[float | None, typer.Option(min=0, help="times that every question is seen")]
Batch = Annotated[int | None, typer.Option(min=2, help="questions in a step")]
Rate = Annotated[float | None, typer.Option(min=0, help="learning rate at its peak")]
Seed = Annotated[int, typer.Option(help="of all random choices")]
Rank = Annotated[int, typer.Option(min=1, help="of the differences that are written")]
Kind = Annotated[Precision, typer.Option(help="bfloat16 where it is fast, or as told")]
Threads = Annotated[int, typer.Option(min=0, help="CPU threads; 0: all")]


@app.command()
def prepare(
    articles: Annotated[list[Path], typer.Option(help="articles: files or folders")],
    output: Annotated[Path, typer.Option(help="the folder to write")],
    pairs: Annotated[
        list[Path], typer.Option(help="English titles and abstracts, questions in both languages")
    ] = [],  # noqa: B006
    questions: Annotated[list[Path], typer.Option(help="further questions")] = [],  # noqa: B006
    pquad: Annotated[list[Path], typer.Option(help="questions on an encyclopaedia")] = [],  # noqa: B006
    spans: Annotated[list[Path], typer.Option(help="answering spans of questions")] = [],  # noqa: B006
    held_out: Annotated[
        list[Path], typer.Option(help="development questions, which training must not see")
    ] = [],  # noqa: B006
    lead_sentence: Annotated[
        bool, typer.Option(help="put the lead's first sentence in front of each passage")
    ] = False,
) -> None:
    """Cut articles into passages and find the rows of the questions."""
    from index.training.prepare import Preparation, read_articles

    tokenizer = Tokenizer.from_file(str(bundled_model(adapter=None) / "tokenizer.json"))

    def count(texts: Sequence[str]) -> list[int]:
        return [
            len(one.ids) for one in tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]

    held = [line for path in held_out for line in read_lines(path)]
    preparation = Preparation(read_articles(articles), count, held, lead_sentence=lead_sentence)
    for path in pairs:
        preparation.add_parallel(path)
    for path in questions:
        preparation.add_questions(path)
    for path in pquad:
        preparation.add_pquad(path)
    training = preparation.finish(spans)
    write_training_set(output, training)
    say(f"wrote {len(training.passages)} passages and {len(training.questions)} questions")


@app.command()
def encoder(
    data: Data,
    output: Output,
    start: Start = None,
    miner: Miner = None,
    epochs: Epochs = None,
    batch_size: Batch = None,
    learning_rate: Rate = None,
    steps: Steps = None,
    seconds: Seconds = None,
    rank: Rank = 96,
    scale: Annotated[
        float, typer.Option(min=0, max=1, help="share of the differences that is written")
    ] = 0.85,
    seed: Seed = 1,
    precision: Kind = "auto",
    threads: Threads = 0,
) -> None:
    """Train the encoder; stopped, the same command goes on from the last checkpoint."""
    config = _config(ENCODER, epochs, batch_size, learning_rate, seed, precision, seconds)
    place = _workplace(data, precision, threads)
    mined = _mined(place, miner, config, output)
    model = place.encoder(*_adapters(start))
    with progress("encoder") as on_step:
        train_encoder(place, model, mined, config, output, on_step, steps)
    written(write_trained(place, model, output / ADAPTER, rank, scale))


@app.command()
def reranker(
    data: Data,
    output: Output,
    start: Start = None,
    miner: Miner = None,
    epochs: Epochs = None,
    batch_size: Batch = None,
    learning_rate: Rate = None,
    steps: Steps = None,
    seconds: Seconds = None,
    rank: Rank = 96,
    seed: Seed = 1,
    precision: Kind = "auto",
    threads: Threads = 0,
) -> None:
    """Train the reranker, best from the encoder's weights (`encoder … --scale 1`)."""
    config = _config(RERANKER, epochs, batch_size, learning_rate, seed, precision, seconds)
    place = _workplace(data, precision, threads)
    mined = _mined(place, miner, config, output)
    model = place.reranker(*_adapters(start))
    with progress("reranker") as on_step:
        train_reranker(place, model, mined, config, output, on_step, steps)
    written(write_trained(place, model, output / ADAPTER, rank))


@app.command()
def student(
    data: Data,
    output: Output,
    teacher: Annotated[list[Path], typer.Option(help="rerankers; their mean is learned")],
    layers: Annotated[str, typer.Option(help="the first teacher's layers to keep")] = _LAYERS,
    miner: Miner = None,
    epochs: Epochs = None,
    batch_size: Batch = None,
    learning_rate: Rate = None,
    steps: Steps = None,
    seconds: Seconds = None,
    rank: Rank = 96,
    seed: Seed = 1,
    precision: Kind = "auto",
    threads: Threads = 0,
) -> None:
    """Train a smaller reranker on the scores of others."""
    config = _config(STUDENT, epochs, batch_size, learning_rate, seed, precision, seconds)
    place = _workplace(data, precision, threads)
    mined = _mined(place, miner, config, output)
    kept = [int(number) for number in layers.split(",")]
    model = place.reranker(read_adapter(teacher[0]), layers=kept)
    teachers = [place.reranker(read_adapter(path)) for path in teacher]
    with progress("student") as on_step:
        train_reranker(place, model, mined, config, output, on_step, steps, teachers)
    written(write_trained(place, model, output / ADAPTER, rank))


@app.command()
def measure(
    data: Data,
    questions: Annotated[Path, typer.Option(help="questions in the format of `retrieval eval`")],
    encoder: Annotated[Path | None, typer.Option(help="encoder; left out: the original")] = None,
    reranker: Annotated[Path | None, typer.Option(help="reranker of the first eight")] = None,
    scale: Annotated[float, typer.Option(help="share of the encoder's differences")] = 1.0,
    weight: Annotated[float, typer.Option(help="of the reranker's logits")] = 1.0,
    precision: Kind = "auto",
    threads: Threads = 0,
) -> None:
    """Measure by vectors alone, and with a reranker; `retrieval eval` measures the whole."""
    place = _workplace(data, precision, threads)
    tokenizer, passages = place.data.tokenizer, place.data.passages
    model = place.encoder(*([read_adapter(encoder, scale)] if encoder else []))
    vectors = model.vectors([tokenizer.single(tokens, 512) for tokens in passages])
    judge = place.reranker(read_adapter(reranker)) if reranker else None
    asked = read_eval_questions(questions, place.data.training)
    for language in ("fa", "en"):
        chosen = [one for one in asked if one.language == language]
        texts = [one.text for one in chosen]
        found, scaled = rank_by_vectors(encode_questions(model, tokenizer, texts), vectors)
        show({"language": language, "by": "vectors"} | summary(found.measures(chosen)))
        if judge is not None:
            rows = found.rows[:, :_RERANKED]
            limits = (RERANKER.max_question_tokens, RERANKER.max_tokens)
            logits = score_first(judge, tokenizer, texts, passages, rows, limits)
            better = rerank(found, scaled, logits, weight)
            show({"language": language, "by": "reranker"} | summary(better.measures(chosen)))


@app.command()
def pack(data: Data, output: Annotated[Path, typer.Option(help="the file to write")]) -> None:
    """Write the packed model with the tokens of the data only, for another machine."""
    place = _workplace(data, "float32", 0)
    used = {int(token) for one in (*place.data.passages, *place.data.questions) for token in one}
    count = write_trimmed_model(packed_file(), output, used)
    say(f"wrote {output}: {count} tokens, {output.stat().st_size / 1e6:.1f} MB")


def _config(
    defaults: TrainingConfig,
    epochs: float | None,
    batch_size: int | None,
    learning_rate: float | None,
    seed: int,
    precision: Precision,
    seconds: float | None,
) -> TrainingConfig:
    told = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    given: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    return replace(defaults, seed=seed, precision=precision, seconds=seconds, **given)


def _workplace(data: Path, precision: Precision, threads: int) -> Workplace:
    if threads:
        torch.set_num_threads(threads)
    folder = bundled_model(adapter=None)
    tokenizer = ModelTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
    tokenized = TokenizedSet(read_training_set(data), tokenizer)
    return Workplace(folder, use_device(), precision, tokenized)


def _adapters(path: Path | None) -> list[Adapter]:
    return [read_adapter(path)] if path else []


def _mined(
    place: Workplace, miner: Path | None, config: TrainingConfig, output: Path
) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Mine negatives, or take those that the run began with."""
    path = output / f"mined-{place.data.digest}.npy"
    if not path.exists():
        output.mkdir(parents=True, exist_ok=True)
        mined = place.mine(place.encoder(*_adapters(miner)), config.max_tokens)
        partial = output / ".mined.partial.npy"
        np.save(partial, mined)
        partial.replace(path)
    found: np.ndarray[Any, np.dtype[np.int32]] = np.load(path)
    return found


if __name__ == "__main__":
    run(app)
