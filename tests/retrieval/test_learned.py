import json
from pathlib import Path

import pytest

from index.errors import SettingsError
from retrieval.learned import SHIPPED_FILE, LearnedParameters


def test_a_saved_file_is_the_same_again(tmp_path: Path) -> None:
    learned = LearnedParameters.load()
    learned.save(tmp_path / "learned.json")
    assert (tmp_path / "learned.json").read_text("utf-8") == SHIPPED_FILE.read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["learned.json"]


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("fusion", "fa", "articles"), 2, "fusion.fa.articles: must be"),
        (("confidence", "en", "coefficients"), {}, "coverage is missing or unknown among the"),
        (("followup", "coefficients", "joins"), 1.0, "joins is missing or unknown among the"),
        (("followup",), None, "followup: must be a table"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, place: tuple[str, ...], value: object, message: str
) -> None:
    record = json.loads(SHIPPED_FILE.read_text("utf-8"))
    part = record
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    path = tmp_path / "learned.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        LearnedParameters.load(path)
    assert str(error.value).startswith(f"{path}: {message}")
    assert str(error.value).endswith("; `python -m retrieval calibrate` writes a valid file")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nope.json: No such file or directory"):
        LearnedParameters.load(tmp_path / "nope.json")
