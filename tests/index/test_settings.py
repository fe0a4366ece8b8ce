"""Settings: the file, the environment above it, and one line for every mistake."""

import tomllib
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from index.errors import EncoderError, SettingsError
from index.settings import IndexSettings, Settings
from tests.support.paths import ROOT

NUMBER = "unable to parse string as an integer"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # The suite's own choice.
    monkeypatch.delenv("KHAZAR_INDEX__PRECISION")


def write(text: str) -> Path:
    path = Path("config.toml")
    path.write_text(text, encoding="utf-8")
    return path


def fail(path: Path | None = None, settings: type[Settings] = IndexSettings) -> str:
    with pytest.raises(SettingsError) as caught:
        settings.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = IndexSettings.load()
    assert settings == IndexSettings()
    assert settings.path(settings.directory) == tmp_path / "data" / "index"


def test_the_projects_configuration_names_every_default() -> None:
    path = ROOT / "config.toml"
    assert IndexSettings.load(path).model_dump() == IndexSettings().model_dump()
    written = set(tomllib.loads(path.read_text(encoding="utf-8"))["index"])
    commented = {name for name in IndexSettings.model_fields if f"# {name} = " in path.read_text()}
    assert written | commented == set(IndexSettings.model_fields)


def test_the_file_in_this_folder_is_read_and_others_tables_are_left_alone() -> None:
    write('[index]\nsources = ["a", "b"]\nbatch_size = 7\n[bot]\nanything = 1\n')
    settings = IndexSettings.load()
    assert [source.path for source in settings.sources] == ["a", "b"]
    assert (settings.batch_size, settings.threads) == (7, 0)


def test_a_file_without_the_table_leaves_the_defaults() -> None:
    assert IndexSettings.load(write("")) == IndexSettings()


def test_the_environment_is_above_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write('[index]\nbatch_size = 7\nsources = ["a"]\nencoder = "b"\n')
    monkeypatch.setenv("KHAZAR_INDEX__BATCH_SIZE", "9")
    monkeypatch.setenv("khazar_index__sources", '["دریا", "c"]')
    monkeypatch.setenv("KHAZAR_INDEX__DIRECTORY", "/srv/khazar")
    settings = IndexSettings.load(path)
    assert settings.batch_size == 9
    assert [source.path for source in settings.sources] == ["دریا", "c"]
    assert settings.encoder == "b"
    assert settings.path(settings.directory) == Path("/srv/khazar")


def test_relative_paths_are_relative_to_the_files_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    path = write('[index]\ndirectory = "here"\n')
    monkeypatch.chdir("/")
    settings = IndexSettings.load(tmp_path / path)
    assert settings.path(settings.directory) == tmp_path / "here"
    assert settings.path("/absolute") == Path("/absolute")
    assert settings.path("~/seeds") == Path("/home/someone/seeds")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[index]\ndirectroy = 1", "config.toml: index.directroy: unknown key"),
        (
            '[index]\nbatch_size = "many"',
            f"config.toml: index.batch_size: Input should be a valid integer, {NUMBER}",
        ),
        (
            "[index]\nbatch_size = 0",
            "config.toml: index.batch_size: Input should be greater than or equal to 1",
        ),
        (
            "[index]\nmax_passage_tokens = 31",
            "config.toml: index.max_passage_tokens: Input should be greater than or equal to 32",
        ),
        (
            '[index]\nsources = "seeds"',
            "config.toml: index.sources: Input should be a valid tuple",
        ),
        (
            '[index]\nsources = ["a", 1]',
            "config.toml: index.sources.1: Input should be a valid string or a table",
        ),
        (
            '[index]\nencoder = ""',
            "config.toml: index.encoder: String should have at least 1 character",
        ),
        (
            '[index]\nprecision = "f16"',
            "config.toml: index.precision: Input should be 'auto', 'bf16' or 'f32'",
        ),
        ("index = 1", "config.toml: index must be a table, written [index]"),
        ("[[index]]", "config.toml: index must be a table, written [index]"),
        (
            "[index\n",
            "config.toml: cannot be read: Expected ']' at the end of a table declaration (at line "
            "1, column 7)",
        ),
    ],
)
def test_a_mistake_in_the_file_is_one_line(text: str, message: str) -> None:
    assert fail(write(text)) == message
    assert fail() == message


def test_a_file_that_cannot_be_read() -> None:
    assert fail(Path("other.toml")) == "other.toml: no such configuration file"
    Path("latin.toml").write_bytes(b"# \xff")
    assert fail(Path("latin.toml")).startswith("latin.toml: cannot be read: 'utf-8' codec can't")
    assert fail(Path("/")) == "/: cannot be read: [Errno 21] Is a directory: '/'"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "KHAZAR_INDEX__BATCH_SIZES",
            "1",
            "KHAZAR_INDEX__BATCH_SIZES: no such setting; config.toml lists them all",
        ),
        (
            "KHAZAR_INDEX__BATCH_SIZE",
            "many",
            f"KHAZAR_INDEX__BATCH_SIZE: Input should be a valid integer, {NUMBER}",
        ),
        (
            "KHAZAR_INDEX__SOURCES",
            "[1]",
            "KHAZAR_INDEX__SOURCES: Input should be a valid string or a table",
        ),
        (
            "KHAZAR_INDEX__SOURCES",
            "news.jsonl",
            'KHAZAR_INDEX__*: error parsing value for field "sources" from source '
            '"EnvSettingsSource"; write a list as JSON: \'["seeds"]\'',
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    write("[index]\nthreads = 1\n")
    monkeypatch.setenv(name, value)
    assert fail() == message


@pytest.mark.parametrize(
    ("asked", "native_bf16", "given"),
    [
        ("auto", True, "bf16"),
        ("auto", False, "f32"),
        ("f32", True, "f32"),
        ("f32", False, "f32"),
        ("bf16", True, "bf16"),
    ],
)
def test_the_precision_is_what_is_asked_for_or_native(
    asked: str, native_bf16: bool, given: str
) -> None:
    settings = IndexSettings.model_validate({"precision": asked})
    assert settings.inference_precision(native_bf16=native_bf16) == given


def test_bfloat16_that_is_not_native_is_refused() -> None:
    with pytest.raises(EncoderError) as caught:
        IndexSettings(precision="bf16").inference_precision(native_bf16=False)
    assert str(caught.value) == (
        '[index] precision is "bf16", which this processor does not multiply natively; set it to '
        '"auto" or "f32"'
    )


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        IndexSettings().threads = 3  # type: ignore[misc]


class SecretSettings(Settings):
    """A table with a secret, as a package that has one would write it."""

    table = "door"
    secrets = frozenset({"key"})
    model_config = SettingsConfigDict(env_prefix="KHAZAR_DOOR__")

    key: str = ""


def test_a_secret_comes_only_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write('[door]\nkey = "hunter2"\n')
    assert fail(path, SecretSettings) == (
        "config.toml: door.key is a secret and comes only from the environment; take it out of "
        "the file"
    )
    monkeypatch.setenv("KHAZAR_DOOR__KEY", "hunter2")
    assert SecretSettings.load(write("")).key == "hunter2"
