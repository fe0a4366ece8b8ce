"""`ask --timeline`: a table or JSON, and the pictures asked for."""

import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from index.dates import Calendar
from index.search_index import NO_FILTER
from retrieval import Retriever
from retrieval.__main__ import app
from retrieval.cli.timeline import TimelineOptions, show_topic


def test_json_and_pictures(
    retriever: Retriever, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    svg = tmp_path / "out.svg"
    options = TimelineOptions(Calendar.GREGORIAN, {"svg": svg, "png": None}, as_json=True)
    show_topic(retriever, Console(), "دانشجو", NO_FILTER, options)
    assert json.loads(capsys.readouterr().out)["months"][0]["month"] == "2025-11"
    assert svg.read_text(encoding="utf-8").startswith("<?xml")


def test_a_table(retriever: Retriever, capsys: pytest.CaptureFixture[str]) -> None:
    shown = TimelineOptions(None, {}, as_json=False)
    show_topic(retriever, Console(), "students", NO_FILTER, shown)
    assert "2025/11" in capsys.readouterr().out.splitlines()[-1]


def test_no_topic(retriever: Retriever) -> None:
    with pytest.raises(typer.BadParameter, match="no word"):
        show_topic(retriever, Console(), "؟", NO_FILTER, TimelineOptions(None, {}, as_json=False))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--timeline", "oil", "--why"), "--timeline takes one topic"),
        (("--timeline", "oil", "--limit", "3"), "--timeline takes one topic"),
        (("--timeline", "oil", "--format", "plain"), "--timeline takes one topic"),
        (("--timeline", "oil", "--json", "--group"), "--timeline takes one topic"),
        (("oil", "--svg", "out.svg"), "only work with --timeline"),
        (("--timeline", "oil", "--calendar", "lunar"), "lunar"),
    ],
)
def test_options_that_do_not_fit(arguments: tuple[str, ...], message: str) -> None:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["ask", *arguments])
    assert result.exit_code == 2
    assert message in result.output
