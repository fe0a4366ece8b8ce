from pathlib import Path

import pytest

from index.errors import SettingsError
from retrieval.learned import SHIPPED_FILE
from retrieval.settings import RetrievalSettings
from tests.conftest import RERANKER
from tests.support.paths import ROOT


def test_config_toml_states_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RERANKER)
    stated = RetrievalSettings.load(ROOT / "config.toml")
    assert stated.model_dump() == RetrievalSettings().model_dump()


@pytest.mark.parametrize("table", ["fusion.fa", "confidence.en", "followup"])
def test_learned_numbers_in_config_toml_are_one_clear_line(tmp_path: Path, table: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[retrieval.{table}]\narticles = 0.5\n", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        RetrievalSettings.load(config)
    assert str(error.value) == (
        f"{config}: retrieval: learned numbers are no longer in config.toml: delete "
        f"[retrieval.{table.split('.')[0]}] and its like; for numbers of your own set [retrieval] "
        "learned to a file and run `python -m retrieval calibrate`"
    )


def test_the_file_of_learned_parameters_is_beside_config_toml(tmp_path: Path) -> None:
    assert RetrievalSettings().learned_file == SHIPPED_FILE
    config = tmp_path / "config.toml"
    config.write_text('[retrieval]\nlearned = "my.json"\n', encoding="utf-8")
    assert RetrievalSettings.load(config).learned_file == tmp_path / "my.json"


def test_a_wrong_value_is_named(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[retrieval]\nlimit = 0\n", encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        RetrievalSettings.load(config)
    assert str(error.value) == (f"{config}: retrieval.limit: must be 1 or more")
