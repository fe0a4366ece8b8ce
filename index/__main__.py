"""`python -m index`: build the index, keep it up to date, look after it.

Commands import what they need when they run: `--help` answers at once, and `doctor` runs where
packages are missing.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from index.console import application, counted, echo, echo_json, print_table, run
from index.operations import output
from index.operations.article_commands import Config, Events, Json, add_article_commands
from index.operations.display import display
from index.operations.export_format import ExportFormat
from index.settings import IndexSettings, RerankerSettings
from index.sqlite_files import GRACE_DAYS

app = application(
    "Build, update and inspect the index of the archive.\n\n"
    "Exit status: 0 for success; 1 if something was left out, is missing or is wrong (the output "
    "names it); 2 if the command failed (the message says why)."
)

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders, globs and web addresses; docs/sources.md lists the formats. - is "
        "standard input.",
        show_default="[index] sources of config.toml",
    ),
]

Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Encode on a Ray cluster: auto, local, HOST:PORT or ray://HOST:PORT; docs/scale.md.",
        show_default="this process",
    ),
]


@app.command(
    "build", epilog="Examples: python -m index build · python -m index build news.jsonl.gz"
)
def build_command(
    sources: Sources = None, ray: Ray = None, config: Config = None, as_json: Events = False
) -> None:
    """Build an index of all SOURCES and publish it.

    The index is built from scratch and holds only what is in SOURCES. The current index stays in
    use until the new one is complete. To resume an interrupted build, run the same command again.
    The exit status is 1 when something could not be read and was left out.
    """
    from index.encoders.cluster.connection import open_batch_encoder
    from index.encoders.reranker import prepare_reranker
    from index.indexing import builder

    settings = IndexSettings.load(config)
    with (
        display(as_json=as_json) as shown,
        open_batch_encoder(ray, settings, shown.update) as encoder,
    ):
        prepare_reranker(RerankerSettings.load(config), settings, shown.update)
        report = builder.build(settings, sources or (), shown.update, batch_encoder=encoder)
    output.print_report(report, as_json=as_json)


@app.command(
    "update", epilog="Examples: python -m index update · python -m index update --wait today.jsonl"
)
def update_command(
    sources: Sources = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait while another command changes the index.")
    ] = False,
    ray: Ray = None,
    config: Config = None,
    as_json: Events = False,
) -> None:
    """Read SOURCES again and publish what is new.

    Articles that are in the index but not in SOURCES stay. When nothing is new, nothing is
    published. The exit status is 1 when something could not be read and was left out.
    """
    from index.encoders.cluster.connection import open_batch_encoder
    from index.indexing import builder

    settings = IndexSettings.load(config)
    with (
        display(as_json=as_json) as shown,
        open_batch_encoder(ray, settings, shown.update) as encoder,
    ):
        report = builder.update(
            settings, sources or (), shown.update, batch_encoder=encoder, wait=wait
        )
    output.print_report(report, as_json=as_json)


add_article_commands(app)


@app.command(
    "watch",
    epilog="Examples: python -m index watch · python -m index watch --every 5 · "
    "python -m index watch --once --metrics /var/lib/node_exporter/khazar.prom",
)
def watch_command(
    every: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="Minutes from one update to the next.",
            show_default="[index] watch_minutes",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Update once, and end.")] = False,
    metrics: Annotated[
        Path | None,
        typer.Option(help="Write metrics to this file, for Prometheus' textfile collector."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Update the index from [index] sources again and again, until it is stopped.

    A source that cannot be read is named, and the others are read. While another command changes
    the index, it waits. `status` shows the last round; a running bot takes up what is new.
    """
    from functools import partial

    from index.indexing import builder
    from index.operations.watch import watch

    settings = IndexSettings.load(config)
    last = watch(
        settings,
        every or settings.watch_minutes,
        partial(builder.update, settings, wait=True),
        partial(output.print_round, as_json=as_json),
        metrics=metrics,
        rounds=1 if once else None,
    )
    if last is not None and last.error is not None:
        raise typer.Exit(2)


@app.command("status", epilog="Examples: python -m index status · python -m index status --json")
def status_command(config: Config = None, as_json: Json = False) -> None:
    """Show what the published index contains. The exit status is 1 when there is none."""
    from index.engines.opening import open_engine
    from index.errors import IndexMissingError
    from index.operations.inspection import inspect

    settings = IndexSettings.load(config)
    directory = settings.path(settings.directory)
    try:
        status = inspect(directory)
    except IndexMissingError as error:
        if as_json:
            echo_json({"directory": str(directory), "snapshot": None})
        else:
            echo(str(error))
        raise typer.Exit(1) from None
    described = open_engine(settings).description()
    engine = {"engine": described} if described else {}
    if as_json:
        echo_json({**output.status_record(status), **engine})
    else:
        print_table({**output.status_table(status), **engine})


@app.command(
    "verify", epilog="Examples: python -m index verify · python -m index verify --all --json"
)
def verify_command(
    every: Annotated[
        bool, typer.Option("--all", help="Check all snapshots, not only the published one.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Check the index: checksums, row counts, vectors, and each passage against its article.

    Of another engine than the local one, a sample is compared with the snapshot, too.

    The exit status is 1 when something is wrong.
    """
    from index.engines.opening import open_engine
    from index.errors import IndexCorruptError
    from index.operations.inspection import Verification, verify_snapshot
    from index.snapshots.snapshot_pointer import published_folder, snapshot_folders

    settings = IndexSettings.load(config)
    directory = settings.path(settings.directory)
    published = published_folder(directory)
    engine = open_engine(settings)
    results = []
    for folder in snapshot_folders(directory) if every else [published]:
        try:
            result = verify_snapshot(folder)
            results.append(replace(result, findings=(*result.findings, *engine.findings(folder))))
        except IndexCorruptError as error:
            results.append(Verification(folder, 0, (str(error),)))
    for result in results:
        output.print_verification(result, as_json=as_json)
    if any(result.findings for result in results):
        raise typer.Exit(1)


@app.command(
    "rollback",
    epilog="Examples: python -m index rollback · "
    "python -m index rollback 20251118T093000000000-0123456789abcdef",
)
def rollback_command(
    name: Annotated[
        str | None,
        typer.Argument(help="A snapshot.", show_default="the one before the published one"),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Publish an older snapshot again, and restore the archive to its articles."""
    from index.indexing import builder

    made = builder.rollback(IndexSettings.load(config), name)
    if as_json:
        record = {"snapshot": made.folder.name, "articles": made.articles}
        echo_json({**record, "passages": made.passages})
    else:
        echo(
            f"Published {made.folder.name} again: {counted(made.articles, 'article')}, "
            f"{counted(made.passages, 'passage')}"
        )


@app.command(
    "prune",
    epilog="Examples: python -m index prune · python -m index prune --keep 1 --days 0",
)
def prune_command(
    keep: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Snapshots to keep, including the published one.",
            show_default="[index] keep_snapshots",
        ),
    ] = None,
    days: Annotated[
        int,
        typer.Option(
            min=0,
            help="Days that vectors and web pages stay in the caches after they were last needed.",
        ),
    ] = GRACE_DAYS,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Remove old snapshots, leftovers of interrupted commands, and what the caches do not need."""
    from index.indexing.pruning import prune_index

    settings = IndexSettings.load(config)
    report = prune_index(settings, keep or settings.keep_snapshots, days)
    output.print_pruned(report, as_json=as_json)


@app.command(
    "export",
    epilog="Examples: python -m index export > all.jsonl · python -m index export all.jsonl.gz · "
    "python -m index export all.csv",
)
def export_command(
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="The file to write; - is standard output.",
            show_default="standard output",
        ),
    ] = None,
    form: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="The format.", show_default="by the file's name, else jsonl"),
    ] = None,
    config: Config = None,
) -> None:
    """Write all articles of the published index, as `build` reads them."""
    from index.operations.export import export
    from index.snapshots.snapshot import Snapshot

    settings = IndexSettings.load(config)
    snapshot = Snapshot.open_current(settings.path(settings.directory))
    written = export(snapshot, target, sys.stdout, form)
    echo(f"Wrote {counted(written, 'article')}", err=True)


@app.command("doctor", epilog="Examples: python -m index doctor · python -m index doctor --json")
def doctor_command(config: Config = None, as_json: Json = False) -> None:
    """Check whether this machine can run Khazar, what is missing, and how to fix it.

    The exit status is 1 when something is missing.
    """
    from index.operations.doctor import Status, run_checks

    checks = run_checks(config)
    output.print_checks(checks, as_json=as_json)
    if any(check.status is Status.ERROR for check in checks):
        raise typer.Exit(1)


@app.command("report", epilog="Example: python -m index report --html report.html")
def report_command(
    html: Annotated[Path, typer.Option(help="The page to write; an existing file is replaced.")],
    config: Config = None,
) -> None:
    """Write a page about the archive: months, agencies, lengths, near-duplicates, topics."""
    from index.operations.report import write_report
    from index.snapshots.snapshot import Snapshot

    settings = IndexSettings.load(config)
    snapshot = Snapshot.open_current(settings.path(settings.directory))
    write_report(snapshot, html)
    echo(f"Wrote {html}")


@app.command("bench", epilog="Example: python -m index bench --passages 128 --repetitions 5")
def bench_command(
    passages: Annotated[int, typer.Option(min=1, help="Passages of the index to encode.")] = 64,
    repetitions: Annotated[
        int, typer.Option(min=1, help="Number of measurements, each library in turn.")
    ] = 5,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Measure the processor and the encoding of passages, beside other libraries.

    Compared are sentence-transformers and, where it is installed, txtai.
    """
    from dataclasses import asdict

    from rich.console import Console

    from index.operations.bench.encoding import bench_encoding
    from index.operations.bench.processor import processor_features
    from index.operations.bench.tables import print_encoding, print_processor
    from index.operations.timing_harness import machine_info

    measured = bench_encoding(IndexSettings.load(config), passages, repetitions)
    features = processor_features()
    if as_json:
        record = {"machine": machine_info(), "features": features, "encoding": asdict(measured)}
        echo_json(record, indent=2)
    else:
        print_processor(Console(), features, measured.peak)
        print_encoding(Console(), measured)


if __name__ == "__main__":
    run(app)
