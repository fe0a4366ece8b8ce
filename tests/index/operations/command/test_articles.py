"""Commands for single articles: list, show, diff, log, remove and restore."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.text.special_characters import without_controls
from tests.index.support.commands import Outcome, Run, write_articles

RAIN = {
    "id": "rain", "title": "باران در نیلاب", "agency": "ساحل", "date": "2025-11-17", "code": "17",
    "link": "https://sahel.example/17",
}  # fmt: skip
DRUGS = {"id": "telegram-77-5", "title": "كمبود دارو", "link": "https://t.me/khazar_news/5"}


@pytest.fixture
def news(run: Run, folder: Path) -> Path:
    path = folder / "news.jsonl"
    write_articles(path, RAIN, DRUGS)
    assert run("build", "news.jsonl").status == 0
    return path


def listed(run: Run, *options: str) -> list[str]:
    return [
        json.loads(line)["id"]
        for line in run("list", "--format", "json", *options).out.splitlines()
    ]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], ["rain", "telegram-77-5"]),
        (["--date", "۱۴۰۴/۸/۲۶"], ["rain"]),
        (["--since", "2025-11-18"], []),
        (["--until", "2025-11-17"], ["rain"]),
        (["--agency", "ساحل"], ["rain"]),
        (["--text", "کمبود  دارو"], ["telegram-77-5"]),
        (["--source", "news.jsonl"], ["rain", "telegram-77-5"]),
        (["--source", "other"], []),
        (["--limit", "1"], ["rain"]),
        (["--removed"], []),
    ],
)
def test_articles_are_listed_by_what_is_known_of_them(
    run: Run, news: Path, options: list[str], ids: list[str]
) -> None:
    assert listed(run, *options) == ids


def test_a_list_is_a_table_or_csv(run: Run, news: Path) -> None:
    outcome = run("list")
    assert outcome.err == "2 articles\n"
    first, second = outcome.out.splitlines()
    assert first == f"rain           2025-11-17  17  {news}  ساحل  باران در نیلاب"
    assert second.startswith("telegram-77-5  -           -   ")
    rows = list(csv.DictReader(io.StringIO(run("list", "--format", "csv").out)))
    assert [(row["id"], row["date"], row["source"]) for row in rows] == [
        ("rain", "2025-11-17", str(news)),
        ("telegram-77-5", "", str(news)),
    ]
    assert run("list", "--date", "hardly") == Outcome(
        2, "", "Error: --date: 'hardly' is not a date, as 2025-11-18 or ۱۴۰۴/۸/۲۷ is\n"
    )


@pytest.mark.parametrize("name", ["rain", "۱۷", "http://www.sahel.example/17/"])
def test_an_article_is_shown_by_any_of_its_names(run: Run, news: Path, name: str) -> None:
    outcome = run("show", name)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "id: rain\ntitle: باران در نیلاب\nagency: ساحل\ndate: 2025-11-17\n"
    )
    assert f"\n\np\n\nfrom {news}, read 20" in outcome.out
    shown = json.loads(run("show", name, "--json").out)
    assert (shown["article"]["id"], shown["source"]) == ("rain", str(news))
    assert run("show", "nothing") == Outcome(
        2, "", "Error: nothing: no article has this id, address or code\n"
    )


def test_what_was_corrected_is_told(run: Run, news: Path) -> None:
    write_articles(news, {**RAIN, "abstract": "سه روز"}, DRUGS)
    run("update", "news.jsonl")
    history = run("show", "rain", "--history").out
    assert "\nuntil 20" in history
    assert history.count("title: باران در نیلاب") == 2
    difference = run("diff", "rain")
    assert difference.status == 0
    assert difference.out.splitlines()[1:] == ["+سه روز"]
    assert json.loads(run("diff", "rain", "--json").out)["lines"] == ["+سه روز"]
    assert run("diff", "telegram-77-5").out == "telegram-77-5: no earlier wording\n"
    assert run("show", "telegram-77-5", "--history").out.endswith("\nno earlier wording\n")
    log = run("log").out.splitlines()
    assert log[0].endswith("UTC  update: 1 replaced")
    assert log[1] == f"    replaced rain: from {news}"
    assert log[2].endswith("UTC  build: 2 added")
    [event] = map(json.loads, run("log", "rain", "--json").out.splitlines())
    assert (event["action"], event["previous_source"]) == ("replaced", str(news))
    assert run("log", "rain").out.endswith(f"  replaced rain: from {news}\n")


def test_removed_articles_are_listed_and_come_back(run: Run, news: Path) -> None:
    outcome = run("remove", "https://t.me/c/77/5")
    assert (outcome.status, outcome.out.splitlines()[-1]) == (0, "Removed 1 article")
    assert (listed(run), listed(run, "--removed")) == (["rain"], ["telegram-77-5"])
    assert "removed telegram-77-5" in run("log").out
    back = run("restore", "t.me/khazar_news/5", "nothing")
    assert (back.status, back.out.splitlines()[-1]) == (1, "Restored 1 article")
    assert back.err == "nothing: no article has this id, address or code\n"
    assert (listed(run), listed(run, "--removed")) == (["rain", "telegram-77-5"], [])
    assert "2 articles" in run("update", "news.jsonl").out


def test_a_code_of_several_articles_removes_none(run: Run, folder: Path) -> None:
    write_articles(
        folder / "news.jsonl", {"agency": "x", "code": "7"}, {"agency": "y", "code": "7"}, {}
    )
    run("build", "news.jsonl")
    outcome = run("remove", "7")
    assert (outcome.status, outcome.err) == (1, "7: several articles: 0, 1; name one\n")
    assert listed(run) == ["0", "1", "2"]


def test_different_articles_of_one_id_are_told_and_kept(run: Run, folder: Path) -> None:
    for name, title in (("one", "باران در نیلاب"), ("two", "کمبود دارو")):
        line = json.dumps({"id": "5", "title": title, "paragraphs": [f"متن {title}"], "code": "-"})
        (folder / f"{name}.jsonl").write_text(line, encoding="utf-8")
    outcome = run("build", "one.jsonl", "two.jsonl")
    assert outcome.status == 1
    assert outcome.err == (
        "1 problem:\n"
        f"  two.jsonl: not the article with the same id from {folder / 'one.jsonl'}: both are "
        "kept, as one/5 and two/5\n"
    )
    assert listed(run) == ["one/5", "two/5"]
    assert run("update", "one.jsonl", "two.jsonl").status == 0


def test_without_an_article_store(run: Run, news: Path, folder: Path) -> None:
    for path in (folder / "data" / "index").glob("articles.sqlite*"):
        path.unlink()
    assert run("list") == Outcome(
        2,
        "",
        f"Error: {folder}/data/index/articles.sqlite: missing; `python -m index update` restores "
        "it from the published snapshot\n",
    )


@pytest.mark.parametrize(
    "command", ["list", "list --removed", "show rain", "log", "remove rain", "restore rain"]
)
@pytest.mark.parametrize(
    ("name", "named", "mending"),
    [
        ("CURRENT", "does not name a snapshot; run `python -m index update`", "update"),
        ("articles.sqlite", "delete it, and the next update restores it", "delete, update"),
    ],
)
def test_damage_is_one_line_and_what_it_names_mends_it(
    run: Run, news: Path, folder: Path, command: str, name: str, named: str, mending: str
) -> None:
    before = run("show", "rain").out.partition("\n\nfrom ")[0]
    path = folder / "data" / "index" / name
    for companion in path.parent.glob(f"{name}-*"):
        companion.unlink()
    path.write_bytes(b"?" * 2000)
    outcome = run(*command.split())
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"Error: {path}: ")
    assert named in outcome.err
    assert outcome.err.count("\n") == 1
    if "delete" in mending:
        path.unlink()
    assert run("update", "news.jsonl").status == 0
    assert run("show", "rain").out.partition("\n\nfrom ")[0] == before
    assert run(*command.split()).status == (1 if command == "restore rain" else 0)


def test_a_store_that_cannot_be_opened_or_lacks_a_table_is_one_line(
    run: Run, news: Path, folder: Path
) -> None:
    path = folder / "data" / "index" / "articles.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE removed")
    damaged = "damaged (no such table: removed); delete it, and the next update restores it from"
    for command in ("list --removed", "update news.jsonl"):
        outcome = run(*command.split())
        assert outcome.status == 2
        assert outcome.err == f"Error: {path}: {damaged} the published snapshot\n"
    path.unlink()
    path.mkdir()
    message = "cannot be read: unable to open database file"
    assert run("list") == Outcome(2, "", f"Error: {path}: {message}\n")


EVIL = "الف\x1b]52;c;YQ==\x07ب\x9b2Jپ\u202eت\u2066ث\x00"
COMMANDS = [
    *("list", "list --format json", "list --format csv", "list --removed", "log", "log --json"),
    *("status", "status --json", "verify", "verify --json", "export", "prune", "update --json"),
    *("show 1", "show 1 --json", "show 1 --history", "diff 1", "diff 1 --json", "update"),
]


def test_nothing_that_a_terminal_obeys_comes_out(run: Run, folder: Path) -> None:
    fields = ("title", "kicker", "abstract", "agency", "code", "link", "cat")
    about = {field: f"{EVIL}{field}" for field in fields}
    path = folder / "news\x1b]0;x\x07\x9b\u202e.jsonl"
    write_articles(path, {"id": f"{EVIL}id"}, {"id": "1"}, {"id": "2"})
    run("build", str(path))
    write_articles(path, {"id": f"{EVIL}id", **about}, {"id": "1", "title": EVIL, "agency": EVIL})
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{EVIL} is no record\n")
    outcomes = {"update": run("update", str(path)), "remove": run("remove", "2", EVIL)}
    assert outcomes["update"].status == outcomes["remove"].status == 1
    outcomes |= {command: run(*command.split()) for command in COMMANDS}
    outcomes |= {f"bad {name}": run(name, EVIL) for name in ("show", "diff", "rollback")}
    outcomes["bad date"] = run("list", "--date", EVIL)
    outcomes["bad file"] = run("build", EVIL)
    outcomes["bad folder"] = run("export", f"{EVIL[:-1]}/{EVIL[:-1]}.jsonl")
    for command, outcome in outcomes.items():
        printed = outcome.out + outcome.err
        assert printed, command
        assert without_controls(printed) == printed, command
