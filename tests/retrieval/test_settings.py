from pathlib import Path

import pytest

from index.errors import SettingsError
from retrieval.settings import RetrievalSettings
from tests.support.paths import ROOT


def test_config_toml_states_the_defaults() -> None:
    stated = RetrievalSettings.load(ROOT / "config.toml")
    assert stated.model_dump() == RetrievalSettings().model_dump()


def test_the_environment_reaches_nested_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHAZAR_RETRIEVAL__FUSION__EN__ARTICLES", "0.9")
    loaded = RetrievalSettings.load(ROOT / "config.toml")
    assert loaded.fusion.of("en").articles == 0.9
    assert loaded.fusion.of("en").passages == RetrievalSettings().fusion.en.passages


def test_a_wrong_value_is_named(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[retrieval]\nlimit = 0\n", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        RetrievalSettings.load(config)
    assert str(error.value) == (
        f"{config}: retrieval.limit: Input should be greater than or equal to 1"
    )
