"""`python -m retrieval`: the prompt, one answer, a file of answers."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO

import typer
from platformdirs import user_state_path
from rich.console import Console
from rich.progress import Progress

from index.console import application, run
from retrieval.errors import QuestionFileError
from retrieval.records import BatchReport, answer_file, answer_record
from retrieval.retriever import Retriever

app = application("Ask the archive.", needs_command=False)

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
        help="Passages in an answer.",
        show_default="[retrieval] limit",
    ),
]

QuestionFile = Annotated[
    Path, typer.Argument(help="Questions whose answers are known (JSON Lines).")
]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="Only this language: fa, en or fa-Latn.")
]


@app.callback(
    invoke_without_command=True,
    epilog="Examples: python -m retrieval · "
    "python -m retrieval ask 'چند دانشجو در آستراخان درس می‌خوانند؟'",
)
def prompt_command(context: typer.Context, config: Config = None, limit: Limit = None) -> None:
    """Ask the archive; without a command, open the prompt."""
    if context.invoked_subcommand is not None:
        return
    if not sys.stdin.isatty():
        raise QuestionFileError(
            "the prompt needs a terminal; use `python -m retrieval ask QUESTION`, or "
            "`ask --questions IN.jsonl` for many"
        )
    # The prompt's own parts are of no use to scripts.
    from retrieval.repl import Prompt

    with _open(config) as retriever:
        Prompt(retriever, Console(), limit).run(user_state_path("khazar") / "history")


@app.command(
    "ask",
    epilog="Examples: python -m retrieval ask 'How many students study in Astrakhan?' --json · "
    "python -m retrieval ask --questions in.jsonl --out out.jsonl",
)
def ask_command(
    question: Annotated[list[str] | None, typer.Argument(help="The question.")] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            help='A file of {"id": ..., "question": ...} lines to answer; - for standard input.'
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where their answers go, one JSON a line.", show_default="standard output"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    limit: Limit = None,
    config: Config = None,
) -> None:
    """Answer one QUESTION, or a file of them.

    The exit status is 0 also when the archive has no answer; it is 1 when a line of the file is
    no question.
    """
    if (questions is None) == (not question):
        raise typer.BadParameter("give either a QUESTION or --questions FILE")
    if questions is not None:
        _answer_questions(questions, out, limit, config)
        return
    if out is not None:
        raise typer.BadParameter("--out goes with --questions")
    with _open(config) as retriever:
        answer = retriever.ask(" ".join(question or ()), limit=limit)
    if as_json:
        typer.echo(json.dumps(answer_record(answer), ensure_ascii=False, indent=2))
    else:
        from retrieval.display import show_answer

        show_answer(Console(), answer)


@app.command(
    "eval",
    epilog="Examples: python -m retrieval eval dev.jsonl --save before.json · "
    "python -m retrieval eval dev.jsonl --compare before.json · "
    "python -m retrieval eval dev.jsonl --baseline baseline.json",
)
def eval_command(
    file: QuestionFile,
    language: Languages = None,
    save: Annotated[Path | None, typer.Option(help="Keep the run in this file.")] = None,
    against: Annotated[
        Path | None, typer.Option("--compare", help="Compare with a kept run.")
    ] = None,
    least: Annotated[
        Path | None,
        typer.Option("--baseline", help="Fail where a measure is below this file's."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    config: Config = None,
) -> None:
    """Measure the answers to a FILE of questions over the index.

    P@k: share of the first k passages that are right. R@k: share of questions with a right
    passage among the first k. auc, missed, invented: how well found is told from not found.
    The exit status is 1 when a measure is below the baseline.
    """
    # The measures take a second to import, and nobody who asks needs them.
    from retrieval.evaluation import (
        check_archive,
        read_questions,
        run_questions,
        stand_alone,
    )
    from retrieval.quality import (
        below_baseline,
        load_baseline,
        load_run,
        print_comparison,
        print_run,
        run_record,
        save_run,
    )

    languages = _known(language)
    before = load_run(against) if against else None
    baseline = load_baseline(least, file.name) if least else {}
    questions = stand_alone(read_questions(file), languages)
    with _open(config) as retriever, _progress() as progress:
        check_archive(questions, retriever)
        answers = run_questions(retriever, questions)
        outcomes = list(progress.track(answers, total=len(questions), description="asking"))
    if save:
        save_run(save, outcomes)
    if as_json:
        typer.echo(json.dumps(run_record(outcomes), ensure_ascii=False, indent=2))
    else:
        console = Console(width=None if sys.stdout.isatty() else 160)
        print_run(console, outcomes)
        if before is not None:
            print_comparison(console, before, outcomes)
    if missed := below_baseline(outcomes, baseline):
        for line in missed:
            typer.echo(line, err=True)
        raise typer.Exit(1)


@app.command(
    "calibrate", epilog="Example: python -m retrieval calibrate dev.jsonl, then edit config.toml"
)
def calibrate_command(
    file: QuestionFile,
    language: Languages = None,
    config: Config = None,
) -> None:
    """Learn the channels' weights and when to say "found" from a FILE of questions.

    Prints tables for config.toml; nothing is changed. The file is as for `eval`, with answerable
    and unanswerable questions.
    """
    from retrieval.calibration import as_toml, calibrate
    from retrieval.evaluation import check_archive, read_questions, stand_alone

    languages = _known(language)
    questions = read_questions(file)
    with _open(config) as retriever:
        for name in languages:
            if not (asked := stand_alone(questions, [name])):
                continue
            check_archive(asked, retriever)
            learned = calibrate(retriever, asked)
            typer.echo(
                f"# {name}: MRR@10 {learned.reciprocal_rank:.3f}; "
                f"AUC of found {learned.auc:.3f} in ten-fold cross-validation"
            )
            typer.echo(as_toml(name, learned))


def _known(languages: list[str] | None) -> Sequence[str]:
    from retrieval.evaluation import LANGUAGES

    if unknown := set(languages or ()) - set(LANGUAGES):
        raise typer.BadParameter(f"no language {min(unknown)}; known are {', '.join(LANGUAGES)}")
    return languages or LANGUAGES


def _answer_questions(
    questions: Path, out: Path | None, limit: int | None, config: Path | None
) -> None:
    if out is not None and out.exists() and questions.exists() and out.samefile(questions):
        raise typer.BadParameter("--out is the file of questions")
    report = BatchReport(0, ())
    with (
        _read(questions) as source,
        # Before the answers' file, which a mistake in the configuration must not empty.
        _open(config) as retriever,
        _write(out) as sink,
        # Answers that go to the terminal show the progress themselves.
        _progress(hidden=out is None) as progress,
    ):
        task = progress.add_task("answering", total=None)
        for report in answer_file(retriever, source, str(questions), sink, limit):
            progress.update(task, completed=report.answered)
    for problem in report.problems:
        typer.echo(problem, err=True)
    typer.echo(f"{report.answered:,} answered, {len(report.problems):,} problems", err=True)
    if report.problems:
        raise typer.Exit(1)


def _open(config: Path | None) -> Retriever:
    """Open the retriever, which takes seconds: a person at a terminal is told so."""
    console = Console(stderr=True)
    waiting = console.status("Opening the index…") if console.is_terminal else nullcontext()
    with waiting:
        return Retriever.open(config)


def _progress(*, hidden: bool = False) -> Progress:
    """Return a progress display on standard error; nothing where that is not a terminal."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=hidden or not console.is_terminal)


def _read(path: Path) -> AbstractContextManager[BinaryIO]:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None


def _write(path: Path | None) -> AbstractContextManager[TextIO]:
    if path is None:
        return nullcontext(sys.stdout)
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None


if __name__ == "__main__":
    run(app)
