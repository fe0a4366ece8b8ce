"""Output of the commands: reports, status, verification and the doctor's checks."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from index.console import counted, echo, echo_json
from index.readers.errors import printable

if TYPE_CHECKING:
    from index.indexing.builder import BuildReport
    from index.indexing.change_log import Event, Run
    from index.indexing.pruning import PruneReport
    from index.operations.doctor import Check
    from index.operations.inspection import IndexStatus, Verification
    from index.operations.watch import WatchRound

_SHOWN_AGENCIES = 5
_SHOWN_ARTICLES = 5


def print_report(report: "BuildReport", *, as_json: bool) -> None:
    """Print what a command did, and on standard error what it left out.

    Raises:
        typer.Exit: with status 1 if something was left out.
    """
    changes = report.changes
    if as_json:
        echo_json(report_record(report))
    else:
        _print_outcome(report)
        if changes.problems:
            echo(f"{counted(len(changes.problems), 'problem')}:", err=True)
            for problem in changes.problems:
                echo(f"  {problem}", err=True)
        for reference in changes.unknown:
            echo(f"{reference}: no article has this id, address or code", err=True)
        for reference, ids in changes.ambiguous:
            echo(f"{reference}: several articles: {_name_list(ids)}; name one", err=True)
    if changes.problems or changes.unknown or changes.ambiguous:
        raise typer.Exit(1)


def print_round(last: "WatchRound", *, as_json: bool) -> None:
    """Print what a round of `watch` did in one line, and its problems on standard error."""
    if as_json:
        echo_json(asdict(last))
    else:
        echo(f"{last.time}  {round_line(last)}")
        for problem in last.first_problems:
            echo(f"  {problem}", err=True)
        if (more := last.problems - len(last.first_problems)) > 0:
            echo(f"  and {more:,} more", err=True)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def round_line(last: "WatchRound") -> str:
    """Return what a round of `watch` did in one line."""
    if last.error is not None:
        return f"failed: {last.error}"
    changed = f"{last.added:,} added, {last.replaced:,} replaced" if last.published else "no change"
    problems = f", {counted(last.problems, 'problem')}" if last.problems else ""
    return f"{counted(last.articles, 'article')}, {changed}{problems}, {last.seconds:.1f} s"


def report_record(report: "BuildReport") -> dict[str, object]:
    """Return what a command did as a JSON object."""
    changes = report.changes
    return {
        "event": "done",
        "snapshot": report.snapshot.name,
        "published": report.published,
        "articles": report.articles,
        "passages": report.passages,
        "encoded": report.encoded,
        "added": changes.added,
        "replaced": changes.replaced,
        "unchanged": changes.unchanged,
        "repeated": changes.repeated,
        "withheld": changes.withheld,
        "removed": changes.removed,
        "restored": changes.restored,
        "unknown": list(changes.unknown),
        "ambiguous": {reference: list(ids) for reference, ids in changes.ambiguous},
        "problems": [str(problem) for problem in changes.problems],
        "seconds": report.seconds,
    }


def status_record(status: "IndexStatus") -> dict[str, object]:
    """Return the content of an index as a JSON object."""
    manifest = status.manifest
    first, last = status.first_date, status.last_date
    return {
        "directory": str(status.directory),
        "snapshot": status.folder.name,
        "created": manifest.created.isoformat(timespec="seconds"),
        "articles": manifest.articles,
        "passages": manifest.passages,
        "dates": [first.isoformat(), last.isoformat()] if first and last else None,
        "agencies": dict(status.agencies),
        "duplicates": [list(group) for group in status.duplicate_groups],
        "sources": list(manifest.sources),
        "encoder": manifest.encoder,
        "fingerprint": manifest.fingerprint,
        "dimension": manifest.dimension,
        "bytes": manifest.bytes,
        "cache_bytes": status.cache_bytes,
        "snapshots": [one.name for one in status.snapshots],
        "snapshot_bytes": {one.name: one.bytes for one in status.snapshots},
        "damaged": {one.name: one.damage for one in status.snapshots if one.damage},
        "last_change": None
        if status.last_run is None
        else {
            "time": status.last_run.time,
            "command": status.last_run.command,
            "sources": list(status.last_run.sources),
            **status.last_run.counts,
            "articles": [event_record(event) for event in status.last_events],
        },
        "watch": None if status.watched is None else asdict(status.watched),
    }


def status_table(status: "IndexStatus") -> dict[str, object]:
    """Return the content of an index as names and values, for people."""
    record = status_record(status)
    groups = status.duplicate_groups
    articles = sum(map(len, groups))
    older = [one for one in status.snapshots if not one.published]
    del record["snapshot_bytes"], record["damaged"]
    return {
        **record,
        "dates": f"{status.first_date} to {status.last_date}" if status.first_date else "none",
        "agencies": _agency_list(status.agencies),
        "duplicates": (
            f"{counted(articles, 'article')} in {counted(len(groups), 'group')}"
            if groups
            else "none"
        ),
        "sources": ", ".join(status.manifest.sources),
        "snapshots": ", ".join(
            f"{one.name} (damaged)" if one.damage else f"{one.name} ({one.bytes:,} bytes)"
            for one in older
        )
        or "no other",
        "last_change": _last_change(status),
        "watch": (
            f"{moment(status.watched.time)}: {round_line(status.watched)}"
            if status.watched
            else "never"
        ),
        "bytes": f"{status.manifest.bytes:,}",
        "cache_bytes": f"{status.cache_bytes:,}",
    }


def print_pruned(report: "PruneReport", *, as_json: bool) -> None:
    """Print what was removed and how much space that freed, in one line."""
    if as_json:
        record: dict[str, object] = {"removed": list(report.snapshots)}
        counts = {"vectors": report.vectors, "pages": report.pages}
        echo_json({**record, **counts, "freed_bytes": report.freed_bytes})
        return
    removed = [counted(len(report.snapshots), "snapshot")]
    if report.vectors:
        removed.append(f"{counted(report.vectors, 'vector')} that no snapshot needs")
    if report.pages:
        removed.append(f"{counted(report.pages, 'web page')} not read for long")
    echo(f"Removed {', '.join(removed)}; {report.freed_bytes / 1e6:,.1f} MB freed")


def print_verification(result: "Verification", *, as_json: bool) -> None:
    """Print what is wrong with a snapshot, or that it is OK."""
    if as_json:
        record = {
            "snapshot": result.folder.name,
            "passages": result.passages,
            "findings": list(result.findings),
        }
        echo_json(record)
    elif result.findings:
        for finding in result.findings:
            echo(f"{result.folder.name}: {finding}", err=True)
    else:
        compared = counted(result.passages, "passage")
        echo(f"{result.folder.name}: OK; {compared} compared with the articles")


def print_checks(checks: "list[Check]", *, as_json: bool) -> None:
    """Print a doctor's checks."""
    for check in checks:
        if as_json:
            record = {
                "check": check.name,
                "grade": check.status.value,
                "found": check.found,
                "remedy": check.fix,
            }
            echo_json(record)
        else:
            echo(f"{check.status.value:<8} {check.name}: {check.found}")
            if check.fix:
                echo(f"{'':<8} → {check.fix}")


def _print_outcome(report: "BuildReport") -> None:
    changes = report.changes
    counts = f"{counted(report.articles, 'article')}, {counted(report.passages, 'passage')}"
    if report.published:
        kept = report.passages - report.encoded
        echo(
            f"Published {report.snapshot.name}: {counts} ({report.encoded:,} encoded, {kept:,} "
            f"from the cache), {report.seconds:.1f} s"
        )
    else:
        echo(
            f"Nothing has changed; {report.snapshot.name} stays published: {counts}, "
            f"{report.seconds:.1f} s"
        )
    if changes.replaced:
        echo(f"Replaced {counted(changes.replaced, 'article')} with a newer version")
    if changes.repeated:
        echo(_repetition_line(changes.repeated_ids))
    if changes.withheld:
        withheld = counted(changes.withheld, "removed article")
        echo(f"Ignored {withheld}; `restore ID` puts it back")
    if changes.removed:
        echo(f"Removed {counted(changes.removed, 'article')}")
    if changes.restored:
        echo(f"Restored {counted(changes.restored, 'article')}")


def _repetition_line(ids: tuple[str, ...]) -> str:
    articles = counted(len(ids), "article")
    verb, whose = ("appears", "its") if len(ids) == 1 else ("appear", "their")
    return f"{articles} {verb} more than once; kept {whose} last version: {_name_list(ids)}"


def _name_list(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN_ARTICLES
    shown = ", ".join(names[:_SHOWN_ARTICLES])
    return f"{shown} and {more:,} more" if more > 0 else shown


def event_record(event: "Event") -> dict[str, object]:
    """Return a change of an article as a JSON object."""
    return {
        "time": event.time,
        "action": event.action,
        "id": event.id,
        "source": event.origin,
        "previous_id": event.previous_id,
        "previous_source": event.previous_origin,
    }


def event_line(event: "Event") -> str:
    """Return a change of an article in one line."""
    line = f"{event.action} {event.id}"
    if event.action in ("removed", "restored"):
        return printable(line)
    if event.previous_id != event.id:
        line += f" (before: {event.previous_id})"
    line += f": from {source_name(event.origin)}"
    if event.origin != event.previous_origin:
        line += f", before {source_name(event.previous_origin)}"
    return printable(line)


def run_line(run: "Run") -> str:
    """Return what a command changed in one line."""
    counts = ", ".join(f"{number:,} {name}" for name, number in run.counts.items())
    return f"{moment(run.time)}  {run.command}: {counts or 'done'}"


def source_name(origin: str | None) -> str:
    """Return the name of a source for people."""
    names = {None: "an unknown source", "-": "standard input"}
    return names.get(origin) or printable(str(origin))


def moment(time: str | None) -> str:
    """Return a time for people, in UTC to the minute."""
    return f"{time[:16].replace('T', ' ')} UTC" if time else "before times were kept"


def _last_change(status: "IndexStatus") -> str:
    if status.last_run is None:
        return "unknown"
    events = "; ".join(map(event_line, status.last_events))
    return run_line(status.last_run) + (f" ({events})" if events else "")


def _agency_list(agencies: tuple[tuple[str, int], ...]) -> str:
    shown = ", ".join(f"{name} {articles:,}" for name, articles in agencies[:_SHOWN_AGENCIES])
    more = len(agencies) - _SHOWN_AGENCIES
    return f"{shown} and {more:,} more" if more > 0 else shown or "none"
