"""Watching: round after round, whatever a source or another command does."""

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from index.encoders.model_resolver import ResolvedModel
from index.errors import KhazarError
from index.indexing.builder import BuildReport, update
from index.operations.watch import WatchRound, read_summary, watch
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from tests.index.support.commands import Run, write_articles

RAIN = {"id": "rain", "title": "باران در نیلاب"}
DRUGS = {"id": "drugs", "title": "کمبود دارو"}


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    write_articles(tmp_path / "news.jsonl", RAIN)
    # Nobody listens at port 9.
    sources = ("http://127.0.0.1:9/feed", str(tmp_path / "absent"), str(tmp_path / "news.jsonl"))
    web = {"allow_private": True, "proxy": "", "delay": 0}
    return IndexSettings(directory=tmp_path / "index", sources=sources, web=web)  # type: ignore[arg-type]


@pytest.fixture
def updated(settings: IndexSettings, word_encoder) -> Callable[[], BuildReport]:
    known = ResolvedModel(word_encoder.name, Path(), word_encoder.fingerprint)
    return partial(update, settings, load=lambda _: word_encoder, find=lambda _: known, wait=True)


def test_dead_sources_do_not_keep_others_out(
    settings: IndexSettings, updated: Callable[[], BuildReport], tmp_path: Path
) -> None:
    rounds: list[WatchRound] = []

    def next_round(last: WatchRound) -> None:
        rounds.append(last)
        write_articles(tmp_path / "news.jsonl", RAIN, DRUGS)

    metrics = tmp_path / "khazar.prom"
    watch(settings, 0, updated, next_round, metrics=metrics, rounds=3)
    assert [(one.added, one.problems, one.published is None) for one in rounds] == [
        (1, 2, False), (1, 2, False), (0, 2, True),
    ]  # fmt: skip
    assert rounds[0].first_problems[0].startswith("http://127.0.0.1:9/feed: ")
    assert rounds[0].first_problems[1] == f"{tmp_path / 'absent'}: no such file or folder"
    snapshot = Snapshot.open_current(settings.directory)
    assert [article.id for article in snapshot.articles()] == ["rain", "drugs"]
    assert read_summary(settings.directory) == rounds[-1]
    lines = metrics.read_text(encoding="utf-8").splitlines()
    assert {"khazar_watch_success 1.0", "khazar_watch_problems 2.0"} <= set(lines)


def test_a_round_that_fails_is_told_and_the_next_one_comes(
    settings: IndexSettings, updated: Callable[[], BuildReport], tmp_path: Path
) -> None:
    outcomes: list[Callable[[], BuildReport]] = [updated, _fail, updated]
    rounds: list[WatchRound] = []
    metrics = tmp_path / "khazar.prom"

    def tell(last: WatchRound) -> None:
        rounds.append(last)
        if last.error is not None:
            assert "khazar_watch_success 0.0\n" in metrics.read_text(encoding="utf-8")

    watch(settings, 0, lambda: outcomes.pop(0)(), tell, metrics=metrics, rounds=3)
    assert [one.error for one in rounds] == [None, "the disk is full", None]
    assert rounds[1].last_success == rounds[0].time


def _fail() -> BuildReport:
    raise KhazarError("the disk is full")


@pytest.mark.parametrize("content", ["", "{}", "\xff", "time"])
def test_a_damaged_summary_is_one_line_and_no_reason_to_stop(
    settings: IndexSettings, updated: Callable[[], BuildReport], content: str
) -> None:
    last = watch(settings, 0, updated, lambda _: None, rounds=1)
    assert last is not None
    path = settings.directory / "watch.json"
    whole = path.read_text(encoding="utf-8")
    broken = whole.replace(last.time, "2026-13-01") if content == "time" else content
    path.write_text(broken, encoding="latin-1")
    with pytest.raises(KhazarError, match=r"watch\.json: damaged; delete it, and the next round"):
        read_summary(settings.directory)
    watch(settings, 0, updated, lambda _: None, rounds=1)
    assert read_summary(settings.directory) is not None


def test_it_waits_while_another_command_changes_the_index(
    settings: IndexSettings, updated: Callable[[], BuildReport]
) -> None:
    rounds: list[WatchRound] = []
    settings.directory.mkdir()
    with FileLock(settings.directory / "build.lock"):
        thread = threading.Thread(
            target=watch, args=(settings, 0, updated, rounds.append), kwargs={"rounds": 1}
        )
        thread.start()
        assert read_summary(settings.directory) is None
    thread.join()
    assert [one.error for one in rounds] == [None]


def test_the_command_and_the_status(run: Run, folder: Path) -> None:
    outcome = run("watch", "--once", "--metrics", "khazar.prom")
    assert (outcome.status, outcome.err) == (0, "")
    assert "  1 article, 1 added, 0 replaced, " in outcome.out
    assert "khazar_watch_articles_added 1.0\n" in (folder / "khazar.prom").read_text()
    assert ": 1 article, 1 added, 0 replaced, " in run("status").out
    again = json.loads(run("watch", "--once", "--json").out)
    assert (again["added"], again["published"]) == (0, None)
    assert json.loads(run("status", "--json").out)["watch"] == again
