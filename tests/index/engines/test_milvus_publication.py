"""Building on Milvus: published by an alias, all or nothing; faults; what people are told."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from index.article import Article
from index.engines.opening import open_engine
from index.errors import IndexMissingError, IndexUnavailableError, SettingsError
from index.indexing.builder import build, rollback, update
from index.indexing.pruning import prune_index
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings, MilvusSettings
from tests.index.engines.support.archive import ARTICLES, SETTINGS
from tests.index.engines.support.servers import MilvusProcess
from tests.support.paths import ROOT
from tests.support.word_encoder import WordEncoder

# A busy machine must not fail a test.
SECONDS = 120
FEW, MORE = ARTICLES[:2], ARTICLES[:3]


@pytest.fixture
def settings(lite: MilvusProcess, tmp_path: Path) -> IndexSettings:
    """Settings of an index of its own, on the server that all tests share."""
    from index.engines.milvus.client import MilvusServer

    server = MilvusServer(MilvusSettings(uri=lite.uri))
    for collection in server.collections():
        server.drop(collection)
    return IndexSettings(
        directory=tmp_path / "index",
        encoder="words",
        engine="milvus",
        milvus=MilvusSettings(uri=lite.uri, timeout=SECONDS),
        **SETTINGS,
    )


def source(folder: Path, articles: tuple) -> list[str]:
    path = folder / "articles.jsonl"
    lines = (json.dumps(to_record(article), ensure_ascii=False) for article in articles)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [str(path)]


def built(settings: IndexSettings, articles: tuple, run=build) -> str:
    """Build or update; return the name of what is published."""
    files = source(settings.directory.parent, articles)
    extra = {"find": lambda _: WordEncoder()} if run is update else {}
    report = run(settings, files, load=lambda _: WordEncoder(), **extra)
    return report.snapshot.name


def test_a_snapshot_is_published_updated_rolled_back_and_pruned(settings: IndexSettings) -> None:
    engine = open_engine(settings)
    with pytest.raises(IndexMissingError, match="no index here yet"):
        engine.current_name()
    first = built(settings, FEW)
    assert engine.current_name() == first
    reader = engine.open_published()
    second = built(settings, MORE, update)
    assert engine.current_name() == second != first
    assert engine.open_published().facts.articles == 3
    # Who has the old one open goes on reading it.
    assert reader.facts.articles == 2
    assert reader.passages([0])[0].article_id == FEW[0].id
    assert built(settings, MORE, update) == second
    assert rollback(settings).folder.name == first == engine.current_name()
    assert "Milvus milvus_lite" in engine.description()
    assert prune_index(settings, 1).snapshots == (second,)
    assert engine.current_name() == first
    assert len({name.partition("_")[2] for name in engine._server.collections()}) == 1


@pytest.mark.parametrize("lost", ["", "terms_"])
def test_an_update_copies_again_what_the_server_has_lost(
    settings: IndexSettings, lost: str
) -> None:
    name = built(settings, FEW)
    engine = open_engine(settings)
    for collection in engine._server.collections():
        if collection.startswith(lost):
            engine._server.drop(collection)
    assert engine.findings(settings.directory / "snapshots" / name) == [
        f"{settings.milvus.uri} does not hold all of snapshot {name}, or in another format; "
        "`python -m index update` copies it again"
    ]
    assert built(settings, FEW, update) == name == engine.current_name()
    assert engine.findings(settings.directory / "snapshots" / name) == []


def test_what_differs_is_not_published(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.engines.milvus import engine as engines
    from index.errors import IndexCorruptError

    first = built(settings, FEW)
    monkeypatch.setattr(engines, "differences", lambda *_: iter(["it holds another passage 0"]))
    with pytest.raises(IndexCorruptError, match="not published: it holds another passage 0"):
        built(settings, MORE, update)
    monkeypatch.undo()
    engine = open_engine(settings)
    assert engine.current_name() == first
    assert engine.open_published().facts.articles == 2
    # The next command removes what is not whole.
    second = built(settings, MORE, update)
    assert engine.current_name() == second
    known = {name.partition("_")[2] for name in engine._server.collections()}
    assert known == {name.replace("-", "_") for name in (first, second)}


KILLED = """
import os, signal, sys
from index.engines.milvus import client
from tests.index.engines.test_milvus_publication import built, settings_of
from tests.index.engines.support.archive import ARTICLES
from index.indexing.builder import update
method, count = getattr(client.MilvusServer, sys.argv[3]), int(sys.argv[4])
calls = []
def killing(self, *arguments):
    calls.append(1)
    if len(calls) == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return method(self, *arguments)
setattr(client.MilvusServer, sys.argv[3], killing)
built(settings_of(sys.argv[1], sys.argv[2]), ARTICLES[:3], update)
"""


def settings_of(directory: str, uri: str) -> IndexSettings:
    return IndexSettings(
        directory=Path(directory),
        encoder="words",
        engine="milvus",
        milvus=MilvusSettings(uri=uri, timeout=SECONDS),
        **SETTINGS,
    )


@pytest.mark.slow
@pytest.mark.parametrize("place", ["create 2", "insert 1", "load 3", "insert 4", "point 1"])
def test_a_killed_build_leaves_the_published_snapshot(settings: IndexSettings, place: str) -> None:
    first = built(settings, FEW)
    killed = subprocess.run(
        [
            *(sys.executable, "-c", KILLED, str(settings.directory), settings.milvus.uri),
            *place.split(),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    engine = open_engine(settings)
    assert engine.current_name() == first
    assert engine.open_published().facts.articles == 2
    assert built(settings, MORE, update) == engine.current_name() != first
    assert engine.open_published().facts.articles == 3


@pytest.mark.slow
def test_a_killed_server_comes_back_with_everything(
    settings: IndexSettings, lite: MilvusProcess
) -> None:
    name = built(settings, MORE)
    engine = open_engine(replace_timeout(settings, 2))
    reader = engine.open_published()
    vectors = reader.vectors(range(3))
    lite.kill()
    try:
        with pytest.raises(IndexUnavailableError) as caught:
            reader.search_vectors(vectors[0], 1)
        assert str(caught.value).startswith(f"{lite.uri}: Milvus does not answer: ")
        assert "\n" not in str(caught.value)
    finally:
        lite.start()
    # It has released every collection; they are loaded again.
    assert reader.search_vectors(vectors[1], 1).scores[0] == pytest.approx(1, abs=1e-5)
    assert engine.findings(settings.directory / "snapshots" / name) == []


READER = """
import sys
from tests.index.engines.test_milvus_publication import WordEncoder, settings_of
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
retrieval = RetrievalSettings(reranker="none")
with LiveRetriever(settings_of(*sys.argv[1:]), retrieval, lambda _: WordEncoder(), 0.1) as live:
    seen = []
    while not seen or "دوم" not in seen[-1]:
        # Which of the two wordings each passage has that is shown.
        shown = {one.text.split()[0] for one in live.ask("سد گیلان", limit=5).passages}
        assert len(shown) == 1, shown
        if [*shown] != seen[-1:]:
            seen += shown
            print(*shown, flush=True)
"""


@pytest.mark.slow
def test_two_readers_follow_what_a_third_publishes(settings: IndexSettings) -> None:
    def wording(name: str) -> tuple[Article, ...]:
        return tuple(
            Article(f"a{at}", f"سد گیلان {at}", tuple(f"{name} سد {at} گیلان {n}" for n in "آبپت"))
            for at in range(5)
        )

    built(settings, wording("اول"))
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(settings.directory), settings.milvus.uri],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for _ in range(2)
    ]
    try:
        assert [reader.stdout.readline() for reader in readers] == ["اول\n"] * 2
        built(settings, wording("دوم"), update)
        # Each goes over from all of the first to all of the second.
        assert [reader.communicate()[0] for reader in readers] == ["دوم\n"] * 2
        assert [reader.returncode for reader in readers] == [0, 0]
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()


def replace_timeout(settings: IndexSettings, seconds: float) -> IndexSettings:
    return settings.model_copy(
        update={"milvus": settings.milvus.model_copy(update={"timeout": seconds})}
    )


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("pymilvus", reason="pymilvus is not installed")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{closed.getsockname()[1]}"
        settings = replace_timeout(settings_of(str(tmp_path), uri), 1)
        with pytest.raises(IndexUnavailableError) as caught:
            open_engine(settings).current_name()
    assert str(caught.value).startswith(f"{uri}: Milvus does not answer: ")
    assert "\n" not in str(caught.value)


def test_a_token_comes_only_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[index.milvus]\ntoken = "root:Milvus"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"index\.milvus\.token is a secret"):
        IndexSettings.load(config)
    config.write_text('[index]\nengine = "milvus"\n', encoding="utf-8")
    monkeypatch.setenv("KHAZAR_INDEX__MILVUS__TOKEN", "root:Milvus")
    settings = IndexSettings.load(config)
    assert settings.milvus.token.get_secret_value() == "root:Milvus"
    assert "root:Milvus" not in repr(settings)


def test_round_trips_are_counted(settings: IndexSettings) -> None:
    from index.engines.milvus.client import counted

    built(settings, MORE)
    index = open_engine(settings).open_published()
    with counted() as trips:
        [vector] = WordEncoder().encode(["سد گیلان"], "query")
        rows = index.search_vectors(vector, 5).rows.tolist()
        assert trips.count == 1
        # One more call brings what is asked of the candidates, and the articles they are from.
        vectors = index.vectors(rows)
        passages = index.passages(rows)
        assert [index.article(one.article_id).id for one in passages]
        assert len(index.passage_terms(rows)) == len(index.dates(rows)) == len(vectors)
        assert trips.count == 2
