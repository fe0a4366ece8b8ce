"""Settings: the file, the environment above it, and one line for every mistake."""

import tomllib
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from index.errors import EncoderError, SettingsError
from index.settings import IndexSettings, Settings
from tests.support.paths import ROOT


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
        (
            "[index]\ndirectroy = 1",
            "config.toml: index.directroy: unknown key; did you mean directory?",
        ),
        (
            '[index]\nbatch_size = "many"',
            "config.toml: index.batch_size: must be a whole number",
        ),
        (
            "[index]\nbatch_size = 0",
            "config.toml: index.batch_size: must be 1 or more",
        ),
        (
            "[index]\nmax_passage_tokens = 31",
            "config.toml: index.max_passage_tokens: must be 32 or more",
        ),
        (
            '[index]\nsources = "seeds"',
            "config.toml: index.sources: must be a list",
        ),
        (
            '[index]\nsources = ["a", 1]',
            "config.toml: index.sources.1: must be a path or an address, or a table",
        ),
        (
            '[index]\nencoder = ""',
            "config.toml: index.encoder: must not be empty",
        ),
        (
            '[index]\nprecision = "f16"',
            "config.toml: index.precision: must be 'auto', 'bf16' or 'f32'",
        ),
        (
            '[index]\nsources = [{path = "a", agancy = "x"}]',
            "config.toml: index.sources.0.agancy: unknown key; did you mean agency?",
        ),
        (
            '[index]\nsources = [{path = "a", columns = {titel = "x"}}]',
            "config.toml: index.sources.0.columns.titel: must be 'id', 'title', 'paragraphs', "
            "'abstract', 'kicker', 'agency', 'date', 'time', 'code', 'link', 'cat' or 'tags'",
        ),
        (
            "[index.web]\nuser_agnet = 1",
            "config.toml: index.web.user_agnet: unknown key; did you mean user_agent?",
        ),
        (
            "[index]\nexact_passages = 1.5",
            "config.toml: index.exact_passages: must be a whole number",
        ),
        (
            "[retreival]\nlimit = 1",
            "config.toml: retreival: unknown table; did you mean retrieval?",
        ),
        ("[door]\nkey = 1", "config.toml: door: unknown table"),
        ('directory = "data"', "config.toml: directory: unknown key outside of the tables"),
        ("[index]\n[index]\n", "config.toml: not TOML: see line 2, column 7"),
        ("[index]\nthreads =", "config.toml: not TOML: see its end"),
        ("index = 1", "config.toml: index must be a table, written [index]"),
        ("[[index]]", "config.toml: index must be a table, written [index]"),
        (
            "[index\n",
            "config.toml: not TOML: see line 1, column 7",
        ),
    ],
)
def test_a_mistake_in_the_file_is_one_line(text: str, message: str) -> None:
    assert fail(write(text)) == message
    assert fail() == message


def test_a_file_that_cannot_be_read() -> None:
    assert fail(Path("other.toml")) == "other.toml: no such configuration file"
    Path("latin.toml").write_bytes(b"# \xff")
    assert fail(Path("latin.toml")) == "latin.toml: not UTF-8 (byte 3)"
    assert fail(Path("/")) == "/: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "KHAZAR_INDEX__BATCH_SIZES",
            "1",
            "KHAZAR_INDEX__BATCH_SIZES: no such setting; did you mean KHAZAR_INDEX__BATCH_SIZE?",
        ),
        (
            "KHAZAR_INDEX__COLOUR",
            "1",
            "KHAZAR_INDEX__COLOUR: no such setting; config.toml lists them all",
        ),
        (
            "KHAZAR_INDEX_DIRECTORY",
            "1",
            "KHAZAR_INDEX_DIRECTORY: no such variable; did you mean KHAZAR_INDEX__DIRECTORY?",
        ),
        (
            "khazar_retreival__limit",
            "1",
            "khazar_retreival__limit: no such variable; did you mean KHAZAR_RETRIEVAL__LIMIT?",
        ),
        (
            "KHAZAR_INDEX__WEB__DELLAY",
            "1",
            "KHAZAR_INDEX__WEB__DELLAY: unknown key; did you mean delay?",
        ),
        (
            "KHAZAR_INDEX__WEB",
            '{"delay": -1}',
            "KHAZAR_INDEX__WEB: delay: must be 0 or more",
        ),
        (
            "KHAZAR_INDEX__BATCH_SIZE",
            "many",
            "KHAZAR_INDEX__BATCH_SIZE: must be a whole number",
        ),
        (
            "KHAZAR_INDEX__SOURCES",
            "[1]",
            "KHAZAR_INDEX__SOURCES: 0: must be a path or an address, or a table",
        ),
        (
            "KHAZAR_INDEX__SOURCES",
            "news.jsonl",
            "KHAZAR_INDEX__SOURCES: not JSON; write a list as '[\"seeds\"]', a table as "
            "'{\"delay\": 2}'",
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
