"""`python -m index`: build the index and look at it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from index.builder import BuildReport, build
from index.console import BuildDisplay, application, print_table, run
from index.settings import IndexSettings
from index.snapshot import current_folder, read_catalogue, read_manifest, snapshot_folders

app = application("Build the index of the archive and look at it.")

_SHOWN_AGENCIES = 5

Config = Annotated[
    Path | None, typer.Option(help="The configuration file.", show_default="./config.toml")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@app.command(
    "build", epilog="Examples: python -m index build · python -m index build news.jsonl.gz"
)
def build_command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files (.txt as in seeds/, .jsonl, .jsonl.gz) and folders of them.",
            show_default="[index] sources of config.toml",
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Build an index of all SOURCES and publish it.

    The index that is in use stays as it is until the new one is complete. A build that was
    interrupted goes on where it stopped: run the same command again. The exit status is 1 when
    something could not be read and was left out.
    """
    settings = IndexSettings.load(config)
    with BuildDisplay() as display:
        report = build(settings, sources or (), display.update)
    if as_json:
        typer.echo(json.dumps(_report_record(report), ensure_ascii=False))
    else:
        _print_report(report)
    if report.problems:
        raise typer.Exit(1)


@app.command("status", epilog="Examples: python -m index status · python -m index status --json")
def status_command(config: Config = None, as_json: Json = False) -> None:
    """Show what the published index holds."""
    settings = IndexSettings.load(config)
    directory = settings.path(settings.directory)
    folder = current_folder(directory)
    if folder is None:
        if as_json:
            typer.echo(json.dumps({"directory": str(directory), "snapshot": None}))
        else:
            typer.echo(f"{directory}: no index here yet; run `python -m index build` first")
        raise typer.Exit(1)
    manifest, catalogue = read_manifest(folder), read_catalogue(folder)
    first, last, agencies = catalogue.first_date, catalogue.last_date, catalogue.agencies()
    facts = {
        "directory": str(directory),
        "snapshot": folder.name,
        "created": manifest.created.isoformat(timespec="seconds"),
        "articles": manifest.articles,
        "passages": manifest.passages,
        "dates": [first.isoformat(), last.isoformat()] if first and last else None,
        "agencies": dict(agencies),
        "sources": list(manifest.sources),
        "encoder": manifest.encoder,
        "fingerprint": manifest.fingerprint,
        "dimension": manifest.dimension,
        "bytes": sum(entry.bytes for entry in manifest.files.values()),
        "snapshots": [path.name for path in snapshot_folders(directory)],
    }
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    shown = {
        **facts,
        "dates": f"{first} to {last}" if first else "none",
        "agencies": _agency_list(agencies),
        "sources": ", ".join(manifest.sources),
        "snapshots": len(facts["snapshots"]),  # type: ignore[arg-type]
        "bytes": f"{facts['bytes']:,}",
    }
    print_table(shown)


def _agency_list(agencies: list[tuple[str, int]]) -> str:
    shown = ", ".join(f"{name} {articles:,}" for name, articles in agencies[:_SHOWN_AGENCIES])
    more = len(agencies) - _SHOWN_AGENCIES
    return f"{shown} and {more:,} more" if more > 0 else shown or "none"


def _print_report(report: BuildReport) -> None:
    reused = report.passages - report.encoded
    typer.echo(
        f"Published {report.snapshot.name}: {report.articles:,} articles, {report.passages:,} "
        f"passages ({report.encoded:,} encoded, {reused:,} from the cache), "
        f"{report.seconds:.1f} s"
    )
    if report.replaced:
        typer.echo(f"{report.replaced:,} articles were replaced by later ones of the same id")
    if report.problems:
        typer.echo(f"Left out {len(report.problems):,}:", err=True)
        for problem in report.problems:
            typer.echo(f"  {problem}", err=True)


def _report_record(report: BuildReport) -> dict[str, object]:
    return {
        **asdict(report),
        "snapshot": report.snapshot.name,
        "problems": [str(problem) for problem in report.problems],
    }


if __name__ == "__main__":
    run(app)
