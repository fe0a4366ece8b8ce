"""The commands of `python -m index` for single articles: list, show, diff, log, remove, restore."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.console import counted, echo, echo_json
from index.errors import SettingsError
from index.operations import output
from index.operations.display import display
from index.readers.errors import printable
from index.settings import IndexSettings

if TYPE_CHECKING:
    import datetime as dt

Config = Annotated[
    Path | None, typer.Option(help="The configuration file.", show_default="./config.toml")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Events = Annotated[
    bool,
    typer.Option("--json", help="Print JSON: progress lines on standard error, then the result."),
]
Reference = Annotated[
    str, typer.Argument(help="An article's id, address, code, or link to a Telegram post.")
]
References = Annotated[
    list[str],
    typer.Argument(metavar="ARTICLE...", help="Ids, addresses, codes, or links to Telegram posts."),
]


class ListFormat(StrEnum):
    """How `list` prints articles."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def add_article_commands(app: typer.Typer) -> None:
    """Add the commands to an application."""
    for name, command, examples in (
        ("list", list_command, ("list", "list --date 1404-08-27", "list --text دارو --format csv")),
        ("show", show_command, ("show ilna-1715776", "show https://t.me/khazar_news/17 --history")),
        ("diff", diff_command, ("diff ilna-1715776",)),
        ("log", log_command, ("log", "log ilna-1715776 --json")),
        ("remove", remove_command, ("remove ilna-1715776", "remove --undo ilna-1715776")),
        ("restore", restore_command, ("restore ilna-1715776", "list --removed")),
    ):
        shown = " · ".join(f"python -m index {example}" for example in examples)
        app.command(name, epilog=f"Example{'s' * (len(examples) > 1)}: {shown}")(command)


def list_command(
    date: Annotated[str | None, typer.Option(help="Only articles of this day.")] = None,
    since: Annotated[str | None, typer.Option(help="Only articles of this day or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Only articles of this day or earlier.")] = None,
    agency: Annotated[str | None, typer.Option(help="Part of the agency's name.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Part of the source's path or address.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Words in the title or text.")] = None,
    removed: Annotated[bool, typer.Option(help="List the removed articles instead.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Most articles to list.")] = None,
    form: Annotated[
        ListFormat, typer.Option("--format", help="How to print them.")
    ] = ListFormat.TABLE,
    config: Config = None,
) -> None:
    """List articles: id, date, agency, code, title and source."""
    from itertools import islice

    from index.operations import articles

    settings = IndexSettings.load(config)
    day = _day("--date", date)
    query = articles.ArticleQuery(
        since=day or _day("--since", since),
        until=day or _day("--until", until),
        agency=agency,
        source=source,
        text=text,
    )
    with articles.open_articles(settings) as store:
        found = filter(query.matches, store.entries(removed=removed))
        records = [articles.entry_record(entry) for entry in islice(found, limit)]
    if form is ListFormat.CSV:
        echo(articles.to_csv(records).removesuffix("\n"))
    elif form is ListFormat.JSON:
        for record in records:
            echo_json(record)
    else:
        _print_columns(records)


def show_command(
    article: Reference,
    history: Annotated[
        bool, typer.Option(help="Show earlier wordings too, with when they were replaced.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show one article, and where and when it was read."""
    from index.operations import articles
    from index.readers.formats.jsonl import to_record

    with articles.open_articles(IndexSettings.load(config)) as store:
        article_id = articles.find_one(store, article)
        entry = store.entry(article_id)
        wordings = store.log.wordings(article_id) if history else []
    assert entry.article is not None
    if as_json:
        earlier = [
            {"replaced": one.replaced, "source": one.origin, "article": to_record(one.article)}
            for one in wordings
        ]
        record = {
            "article": to_record(entry.article),
            "source": entry.origin,
            "changed": entry.changed,
            **({"history": earlier} if history else {}),
        }
        echo_json(record)
        return
    _print_lines(articles.article_lines(entry.article))
    echo(f"\nfrom {output.source_name(entry.origin)}, read {output.moment(entry.changed)}")
    if history and not wordings:
        echo("no earlier wording")
    for one in wordings:
        echo(f"\nuntil {output.moment(one.replaced)}, from {output.source_name(one.origin)}:")
        _print_lines(articles.article_lines(one.article))


def diff_command(article: Reference, config: Config = None, as_json: Json = False) -> None:
    """Show what changed from each earlier wording of an article to the next, and when."""
    from index.operations import articles

    with articles.open_articles(IndexSettings.load(config)) as store:
        article_id = articles.find_one(store, article)
        entry = store.entry(article_id)
        wordings = store.log.wordings(article_id)
    assert entry.article is not None
    versions = [*(one.article for one in wordings), entry.article]
    for one, new in zip(wordings, versions[1:], strict=True):
        lines = articles.difference(one.article, new)
        if as_json:
            record = {"replaced": one.replaced, "source": one.origin, "lines": lines}
            echo_json(record)
        else:
            echo(
                f"{output.moment(one.replaced)}, until then from {output.source_name(one.origin)}:"
            )
            _print_lines(lines)
    if not wordings and not as_json:
        echo(f"{article_id}: no earlier wording")


def log_command(
    article: Annotated[
        str | None, typer.Argument(help="Only what happened to this article.", show_default="all")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most lines, the newest first.")] = 20,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show what commands added, replaced, renamed, removed and restored, when, and from where."""
    from index.operations import articles

    with articles.open_articles(IndexSettings.load(config)) as store:
        if article is None:
            runs = list(store.log.runs(limit))
            events = store.log.events(limit * 10)
        else:
            runs = []
            found = store.find(article) or store.find(article, removed=True) or [article]
            events = store.log.events(limit, found[0])
    if as_json:
        for run in runs:
            record = {"time": run.time, "command": run.command, **run.counts}
            echo_json({**record, "sources": list(run.sources)})
        for event in events:
            echo_json(output.event_record(event))
        return
    if article is not None:
        for event in events:
            echo(f"{output.moment(event.time)}  {output.event_line(event)}")
        return
    for run in runs:
        echo(output.run_line(run))
        own = [event for event in events if event.time == run.time]
        for event in own[:limit]:
            echo(f"    {output.event_line(event)}")
        if len(own) > limit:
            echo(f"    and {len(own) - limit:,} more")


def remove_command(
    articles: References,
    undo: Annotated[
        bool, typer.Option(help="Allow them again; the next update adds them.")
    ] = False,
    config: Config = None,
    as_json: Events = False,
) -> None:
    """Remove articles from the index, and keep them out even if a source has them again.

    `restore` puts them back. The exit status is 1 when one is unknown, or when a code is that of
    several articles; the other articles are removed.
    """
    from index.indexing import builder

    settings = IndexSettings.load(config)
    with display(as_json=as_json) as shown:
        report = builder.remove(settings, articles, shown.update, undo=undo)
    output.print_report(report, as_json=as_json)


def restore_command(articles: References, config: Config = None, as_json: Events = False) -> None:
    """Put removed articles back as they were; `list --removed` lists them.

    The exit status is 1 when one is unknown; the other articles are restored.
    """
    from index.indexing import builder

    settings = IndexSettings.load(config)
    with display(as_json=as_json) as shown:
        report = builder.restore(settings, articles, shown.update)
    output.print_report(report, as_json=as_json)


def _day(option: str, value: str | None) -> "dt.date | None":
    from index.dates import parse_date

    try:
        return None if value is None else parse_date(value)
    except ValueError:
        raise SettingsError(
            f"{option}: {value!r} is not a date, as 2025-11-18 or ۱۴۰۴/۸/۲۷ is"
        ) from None


def _print_columns(records: Sequence[dict[str, object]]) -> None:
    names = ("id", "date", "code", "source", "agency", "title")
    rows = [[printable(str(record[name] or "-")) for name in names] for record in records]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    for row in rows:
        echo(
            "  ".join(
                [*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]
            )
        )
    echo(counted(len(rows), "article"), err=True)


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        echo(printable(line))
