"""The commands that measure and learn: eval, calibrate, glossary; bench has its own module."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from index.console import echo, echo_json
from retrieval.cli.bench import bench_command
from retrieval.cli.parameters import Config

QuestionFile = Annotated[Path, typer.Argument(help="Questions with known answers (JSON Lines).")]
QuestionFiles = Annotated[
    list[Path], typer.Argument(help="Questions with known answers (JSON Lines).")
]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="Only this language: fa, en or fa-Latn.")
]


def add_evaluation_commands(app: typer.Typer) -> None:
    """Add the commands to an application."""
    for name, command, examples in (
        (
            "eval",
            eval_command,
            ("dev.jsonl --save before.jsonl", "dev.jsonl --compare before.jsonl"),
        ),
        ("calibrate", calibrate_command, ("dev.jsonl unanswerable.jsonl --out learned.json",)),
        ("glossary", glossary_command, ("news_parallel.jsonl --out fa_en.tsv.gz",)),
        ("bench", bench_command, ("dev.jsonl --quick", "dev.jsonl --out bench")),
    ):
        shown = " · ".join(f"python -m retrieval {name} {example}" for example in examples)
        app.command(name, epilog=f"Example{'s' * (len(examples) > 1)}: {shown}")(command)


def eval_command(
    file: QuestionFile,
    language: Languages = None,
    save: Annotated[Path | None, typer.Option(help="Save the run in this file.")] = None,
    against: Annotated[
        Path | None, typer.Option("--compare", help="Compare with a saved run.")
    ] = None,
    graded: Annotated[
        Path | None, typer.Option("--grades", help="Passages graded by hand (JSON Lines).")
    ] = None,
    in_a_conversation: Annotated[
        bool,
        typer.Option(
            "--in-conversation", help="Ask each question after another one from the file."
        ),
    ] = False,
    variants: Annotated[
        bool, typer.Option("--variants", help="What is lost in some forty ways of typing.")
    ] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Number of questions per language, at most.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    config: Config = None,
) -> None:
    """Evaluate the answers to a FILE of questions.

    P@k: share of the first k passages that are correct. R@k: share of questions with a correct
    passage among the first k. auc, missed, invented: how well "found" is separated from "not
    found". follows: share of questions treated as follow-ups. sentence: share of correct first
    passages whose highlighted sentence has the answer. answer EM, answer F1: exact match and token
    F1 of the likeliest answer in correct first passages. marked: share of questions whose answer
    is marked. marked right: share of marked answers with an F1 of .5 or more. reranked: share of
    questions that were reranked. Intervals are bootstrap intervals over questions, differences
    between runs are tested by a paired permutation test.
    """
    # Imported here: the measures take a second to import, and `ask` does not need them.
    from rich.console import Console

    from retrieval.cli.ask import open_retriever, progress_display
    from retrieval.evaluation.eval_report import EvalReport
    from retrieval.evaluation.eval_runs import load_run, run_questions, save_run
    from retrieval.evaluation.grades import load_grades
    from retrieval.evaluation.questions import (
        check_archive,
        followups,
        read_questions,
        standalone_queries,
        with_unrelated_turn,
    )
    from retrieval.evaluation.variants.runs import draw_sample, report_variants

    languages = _known(language)
    before = load_run(against) if against else None
    grades = load_grades(graded) if graded else None
    lines = read_questions(file)
    questions = draw_sample(standalone_queries(lines, languages), sample)
    if in_a_conversation:
        questions = with_unrelated_turn(questions)
    questions += [] if variants else draw_sample(followups(lines, languages), sample)
    with open_retriever(config) as retriever, progress_display() as progress:
        check_archive(questions, retriever)
        if variants:
            report_variants(retriever, questions, progress.track, as_json=as_json)
            return
        answers = run_questions(retriever, questions)
        results = list(progress.track(answers, total=len(questions), description="asking"))
    if save:
        save_run(save, results)
    report = EvalReport.of(results, before, grades)
    if as_json:
        echo_json(report.record(), indent=2)
    else:
        report.print(Console(width=None if sys.stdout.isatty() else 180))


def calibrate_command(
    files: QuestionFiles,
    language: Languages = None,
    turns: Annotated[
        Path | None,
        typer.Option(help="More pairs of questions to learn follow-ups from (JSON Lines)."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write.", show_default="[retrieval] learned, or the shipped file"
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Learn the channels' weights and when to say "found" from FILES of questions.

    Writes a file of learned parameters, which [retrieval] learned in config.toml names. What FILES
    have no questions for keeps its numbers. They are as for `eval`, with answerable and
    unanswerable questions; a question that is in several of them counts once.
    """
    from retrieval.cli.ask import open_retriever
    from retrieval.evaluation.calibration import (
        calibrate,
        calibrate_followup_confidence,
        calibrate_followups,
        read_turns,
        turn_pairs,
    )
    from retrieval.evaluation.questions import (
        check_archive,
        followups,
        read_questions,
        standalone_queries,
        with_unrelated_turn,
    )
    from retrieval.evaluation.span_calibration import calibrate_spans

    languages = _known(language)
    questions = [question for file in files for question in read_questions(file)]
    pairs = read_turns(turns) if turns else []
    with open_retriever(config) as retriever:
        learned = retriever.learned
        for name in languages:
            asked = list({q.text: q for q in standalone_queries(questions, [name])}.values())
            if not asked:
                continue
            check_archive(asked, retriever)
            found = calibrate(retriever, asked)
            echo(
                f"{name}: {_listed(found.measures)}; "
                f"AUC of found {found.auc:.3f} in ten-fold cross-validation"
            )
            learned = learned.with_language(name, found.weights, found.model)
            if (reranked := found.reranked) is not None:
                echo(
                    f"{name}, reranked: {_listed(reranked.measures)}; "
                    f"AUC of found {reranked.auc:.3f} in ten-fold cross-validation"
                )
                learned = learned.with_reranking(name, reranked.weight, reranked.model)
        if later := followups(questions, languages):
            later += with_unrelated_turn(standalone_queries(questions, languages))
            model, auc = calibrate_followups(retriever, turn_pairs(later), pairs)
            echo(f"follow-ups: AUC {auc:.3f} in ten-fold cross-validation")
            learned = learned.model_copy(update={"followup": model})
            answered = calibrate_followup_confidence(retriever, followups(questions, languages))
            echo(f"follow-ups answered: AUC {answered.auc:.3f} in ten-fold cross-validation")
            learned = learned.model_copy(update={"followup_confidence": answered.model})
            if (again := answered.reranked) is not None:
                echo(
                    f"follow-ups, reranked: {_listed(again.measures)}; "
                    f"AUC of answered {again.auc:.3f} in ten-fold cross-validation"
                )
                learned = learned.model_copy(
                    update={
                        "followup_rerank_weight": again.weight,
                        "reranked_followup_confidence": again.model,
                    }
                )
        if retriever.reranks:
            spans = calibrate_spans(retriever, standalone_queries(questions, languages))
            for name, share in spans.shares.items():
                echo(
                    f"{name}, answers marked: {share.marked:.3f}, of which right "
                    f"{share.right:.3f} in ten-fold cross-validation"
                )
            echo(f"answers marked: AUC {spans.auc:.3f} in ten-fold cross-validation")
            learned = learned.model_copy(update={"answer_span": spans.model})
        path = out or retriever.settings.learned_file
    learned.save(path)
    echo(f"written to {path}")


def glossary_command(
    file: Annotated[Path, typer.Argument(help="English titles and abstracts (JSON Lines).")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    config: Config = None,
) -> None:
    """Learn which English words gloss Persian ones, from articles with English titles in FILE.

    The articles are those of the index. A line of FILE has "id", "title_en" and "abstract_en". The
    result is the file that ships as retrieval/data/fa_en.tsv.gz.
    """
    from index.settings import IndexSettings
    from index.snapshots.snapshot import Snapshot
    from retrieval.evaluation.gloss_learning import learn_glossary, read_parallel, write_glossary

    settings = IndexSettings.load(config)
    snapshot = Snapshot.open_current(settings.path(settings.directory))
    glossary = learn_glossary(read_parallel(file, snapshot.article))
    write_glossary(glossary, out)
    echo(f"{len(glossary):,} entries written to {out}")


def _listed(measures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {measures[name]:.3f}" for name in ("P@1", "R@5", "MRR@10"))


def _known(languages: list[str] | None) -> Sequence[str]:
    from retrieval.evaluation.questions import LANGUAGES

    if unknown := set(languages or ()) - set(LANGUAGES):
        raise typer.BadParameter(f"no language {min(unknown)}; known are {', '.join(LANGUAGES)}")
    return languages or LANGUAGES
