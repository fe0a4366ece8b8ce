"""The command `python -m index.training.measure`: how well an adapter finds, by vectors alone.

It is meant for choosing between adapters; `python -m retrieval eval` measures the whole.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from tokenizers import Tokenizer

from index.article import Article
from index.console import application, run
from index.encoders.bundled.adapter import read_adapter
from index.encoders.bundled.unpacking import bundled_model
from index.text.passages import Passage, split_article
from index.training.data import Tokens, read_articles, read_lines
from index.training.model import TrainedEncoder

# What the index uses by default.
_MIN_TOKENS, _MAX_TOKENS = 24, 384
_LIMIT = 512


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over the answerable questions of one language."""

    precision_at_1: float
    recall_at_5: float
    reciprocal_rank_at_10: float


def measure(
    encoder: TrainedEncoder,
    tokenizer: Tokenizer,
    passages: Sequence[Passage],
    questions: Sequence[dict[str, object]],
) -> dict[str, Measures]:
    """Rank passages for questions by inner product.

    Args:
        encoder: the model.
        tokenizer: its tokenizer.
        passages: what is searched.
        questions: answerable questions, with `article`, `paragraph`, `also`, `q_fa` and `q_en`.

    Returns:
        The measures, by language.
    """
    documents = _encode(encoder, tokenizer, "passage", [p.embedded_text for p in passages])
    places = {
        (passage.article_id, number): row
        for row, passage in enumerate(passages)
        for number in passage.paragraphs or (None,)
    }
    right = [_answers(question, places) for question in questions]
    result = {}
    for language in ("fa", "en"):
        texts = [str(question[f"q_{language}"]) for question in questions]
        scores = _encode(encoder, tokenizer, "query", texts) @ documents.T
        best = np.argsort(-scores, axis=1, kind="stable")[:, :10]
        ranks = [
            next((rank for rank, row in enumerate(rows, start=1) if row in answers), None)
            for rows, answers in zip(best.tolist(), right, strict=True)
        ]
        result[language] = Measures(
            float(np.mean([rank == 1 for rank in ranks])),
            float(np.mean([rank is not None and rank <= 5 for rank in ranks])),
            float(np.mean([1 / rank if rank else 0.0 for rank in ranks])),
        )
    return result


def _answers(
    question: dict[str, object], places: dict[tuple[str, int | None], int]
) -> set[int | None]:
    numbers = [question["paragraph"], *list(question.get("also") or ())]  # type: ignore[call-overload]
    return {places.get((str(question["article"]), number)) for number in numbers} - {None}


@torch.no_grad()
def _encode(
    encoder: TrainedEncoder, tokenizer: Tokenizer, prompt: str, texts: Sequence[str]
) -> NDArray[np.float32]:
    tokens: list[Tokens] = [tuple(tokenizer.encode(f"{prompt}: {text}").ids) for text in texts]
    vectors: NDArray[np.float32] = encoder.encode(tokens).cpu().numpy()
    return vectors


def _choose(
    articles: dict[str, Article], questions: Sequence[dict[str, object]], distractors: int | None
) -> list[Article]:
    """Return the articles that are asked about, and so many of the others (None: all)."""
    asked = {str(question["article"]) for question in questions}
    others = sorted(articles.keys() - asked)
    if distractors is not None:
        chosen = np.random.default_rng(0).permutation(len(others))[:distractors]
        others = [others[number] for number in chosen]
    return [article for name, article in articles.items() if name in asked or name in set(others)]


app = application("Measure adapters by vectors alone (docs/training.md).")


@app.command(
    epilog="Example: python -m index.training.measure --articles archive.jsonl.gz "
    "--questions dev.jsonl --adapter runs/mine/adapter.safetensors"
)
def main(
    articles: Annotated[Path, typer.Option(help="the archive: a file or folder of articles")],
    questions: Annotated[Path, typer.Option(help="questions in the format of `retrieval eval`")],
    adapter: Annotated[list[Path], typer.Option(help="adapters; none: the original")] = [],  # noqa: B006
    scale: Annotated[list[float], typer.Option(help="shares of the adapters to try")] = [1.0],  # noqa: B006
    distractors: Annotated[
        int | None, typer.Option(help="search so many articles beside those asked about")
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0: all")] = 0,
) -> None:
    """Measure adapters on a question file, by vectors alone."""
    if threads:
        torch.set_num_threads(threads)
    folder = bundled_model(adapter=None)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def count(texts: Sequence[str]) -> list[int]:
        return [len(e.ids) for e in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    asked = [line for line in read_lines(questions) if line.get("kind") == "answerable"]
    passages = [
        passage
        for article in _choose(read_articles(articles), asked, distractors)
        for passage in split_article(article, count, _MIN_TOKENS, _MAX_TOKENS)
    ]
    tokenizer.enable_truncation(_LIMIT)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    console = Console(soft_wrap=True)
    console.print(f"{len(passages)} passages, {len(asked)} questions", highlight=False)
    trials: list[tuple[Path | None, float]] = [(path, share) for path in adapter for share in scale]
    for path, share in trials or [(None, 0.0)]:
        encoder = TrainedEncoder(folder, device)
        if path is not None:
            encoder.add(read_adapter(path, share))
        for language, found in measure(encoder, tokenizer, passages, asked).items():
            line = {"adapter": str(path), "scale": share, "language": language}
            line |= {
                "P@1": round(found.precision_at_1, 3),
                "R@5": round(found.recall_at_5, 3),
                "MRR@10": round(found.reciprocal_rank_at_10, 3),
            }
            console.print_json(json.dumps(line), indent=None)


if __name__ == "__main__":
    run(app)
