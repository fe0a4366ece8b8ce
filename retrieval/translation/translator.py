"""The translator: titles and answering sentences into English, each text once."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

from retrieval.answers import PassageTranslation, RetrievedPassage
from retrieval.errors import TranslationError
from retrieval.translation.cache import TranslationCache
from retrieval.translation.settings import TranslationSettings


class TextTranslator(Protocol):
    """Translates Persian texts, as a `TranslationClient` does."""

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Return the English translations; see `TranslationClient.translate`."""


class PassageTranslator:
    """Translates what an answer shows of its passages; may be used from several threads."""

    def __init__(self, client: TextTranslator, cache: TranslationCache) -> None:
        self._client = client
        self._cache = cache

    @classmethod
    def open(cls, settings: TranslationSettings) -> Self:
        """Open the translator of some settings, which must name a service.

        Raises:
            TranslationError: the file of translations cannot be opened.
        """
        # Imported here: most archives have no translator, and httpx takes a while to load.
        from retrieval.translation.client import TranslationClient

        path = settings.path(settings.cache)
        service = f"{settings.kind} {settings.url} {settings.model}"
        try:
            cache = TranslationCache(path, settings.cache_entries, service)
        except (OSError, sqlite3.Error) as error:
            raise TranslationError(f"[translation] cache: {path}: {error}") from None
        return cls(TranslationClient(settings), cache)

    def translate(self, passages: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
        """Return passages with the translation of their titles and answering sentences.

        Raises:
            TranslationError: the service does not translate, or its cache fails.
        """
        shown = [(one.citation.title.strip(), _sentence(one)) for one in passages]
        texts = list(dict.fromkeys(text for pair in shown for text in pair if text))
        try:
            known = self._cache.get(texts)
            new = [text for text in texts if text not in known]
            found = dict(zip(new, self._client.translate(new), strict=True))
            if found:
                self._cache.put(found)
        except sqlite3.Error as error:
            raise TranslationError(f"the file of translations fails: {error}") from None
        english = {**known, **found, "": ""}
        return [
            replace(one, translation=PassageTranslation(english[title], english[sentence]))
            for one, (title, sentence) in zip(passages, shown, strict=True)
        ]


def open_translator(config: Path | str | None) -> PassageTranslator | None:
    """Open the translator of a configuration file; None where it names no service.

    Raises:
        SettingsError: the table is wrong.
        TranslationError: the file of translations cannot be opened.
    """
    settings = TranslationSettings.load(config)
    return PassageTranslator.open(settings) if settings.url else None


def _sentence(passage: RetrievedPassage) -> str:
    start, end = passage.highlight
    return passage.text[start:end].strip()
