"""Translations of answers: cached, only for English questions, and never in an answer's way."""

import sqlite3
from pathlib import Path

import pytest

from index.errors import SettingsError
from index.snapshots.snapshot import Snapshot
from retrieval import Retriever
from retrieval.errors import TranslationError
from retrieval.presentation import bidi
from retrieval.presentation.messages import messages_for
from retrieval.presentation.notes import answer_notes, translation_line
from retrieval.presentation.serialization import answer_record
from retrieval.settings import RetrievalSettings
from retrieval.translation.cache import TranslationCache
from retrieval.translation.settings import TranslationSettings
from retrieval.translation.translator import PassageTranslator, open_translator
from tests.retrieval.support.archive import ARCHIVE
from tests.retrieval.translation.conftest import Service
from tests.support.paths import ROOT


@pytest.fixture
def translated(build_index, word_encoder, service: Service, tmp_path: Path) -> Retriever:
    """A retriever whose passages the service translates: "en:" and the text."""
    service.reply = lambda texts: {"translatedText": [f"en: {text}" for text in texts]}
    index_settings, _ = build_index(*ARCHIVE, min_passage_tokens=0)
    settings = TranslationSettings(url=service.url, timeout=1, cache=tmp_path / "t.sqlite")
    return Retriever(
        Snapshot.open_current(index_settings.directory),
        word_encoder,
        RetrievalSettings(),
        translator=PassageTranslator.open(settings),
    )


def test_titles_and_sentences_are_translated_once(translated: Retriever, service: Service) -> None:
    answer = translated.ask("students in Astrakhan", limit=2)
    first = answer.passages[0]
    start, end = first.highlight
    assert first.translation.title == f"en: {first.citation.title}"
    assert first.translation.sentence == f"en: {first.text[start:end]}"
    told = bidi.isolate(f"en: {first.citation.title} — en: {first.text[start:end]}")
    assert translation_line(first, messages_for("en")) == f"Machine translation: {told}"
    record = answer_record(answer)
    assert record["passages"][0]["translation"]["title"] == f"en: {first.citation.title}"
    assert translated.ask("students in Astrakhan", limit=2) == answer
    assert len(service.asked) == 1
    sent = service.asked[0][2]["q"]
    assert len(sent) == len(set(sent))


def test_only_english_questions_are_translated(translated: Retriever, service: Service) -> None:
    answer = translated.ask("دانشجویان آستراخان")
    assert answer.passages[0].translation is None
    assert not answer.untranslated
    assert service.asked == []


def test_without_the_service_the_answer_is_there(translated: Retriever, service: Service) -> None:
    service.status = 500
    answer = translated.ask("students in Astrakhan")
    assert answer.passages
    assert answer.passages[0].translation is None
    assert answer_record(answer)["untranslated"] is True
    assert list(answer_notes(answer, messages_for("en"))) == [
        "The translation service did not answer; there is no translation this time."
    ]
    service.status = 200
    assert translated.ask("students in Astrakhan").passages[0].translation


def test_the_cache_keeps_the_newest_of_each_service(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "t.sqlite"
    cache = TranslationCache(path, 2, "one")
    for text in "abc":
        cache.put({text: f"en {text}"})
    assert cache.get(["a", "b", "c", "\ud800"]) == {"b": "en b", "c": "en c"}
    assert TranslationCache(path, 2, "one").get(["c"]) == {"c": "en c"}
    assert TranslationCache(path, 2, "two").get(["c"]) == {}
    assert TranslationCache(path, 2, "two").get([]) == {}


def test_a_file_that_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "t.sqlite").write_text("not a database, but long enough to be read as one" * 9)
    settings = TranslationSettings(url="http://localhost", cache=tmp_path / "t.sqlite")
    with pytest.raises(TranslationError, match="file is not a database"):
        PassageTranslator.open(settings)


def test_a_cache_that_fails_is_no_translation(translated: Retriever, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.sqlite") as connection:
        connection.execute("DROP TABLE translations")
    assert translated.ask("students in Astrakhan").untranslated


def test_off_by_default(tmp_path: Path) -> None:
    assert open_translator(ROOT / "config.toml") is None
    stated = TranslationSettings.load(ROOT / "config.toml")
    assert stated.model_dump() == TranslationSettings().model_dump()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('url = "ftp://host"', "translation.url: must be an http:// or https:// address"),
        ('url = "http://"', "translation.url: must be an http:// or https:// address"),
        ('url = "http://h"\nkind = "openai"', 'kind = "openai" needs a model'),
        ('key = "s3cret"', "translation.key is a secret and comes only from the environment"),
        ('uri = "http://h"', "translation.uri: "),
    ],
)
def test_wrong_settings(tmp_path: Path, text: str, message: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[translation]\n{text}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        TranslationSettings.load(config)
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)
