"""Exports: a model's OpenVINO form, made once, compared with torch, and named when damaged."""

import logging
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.checksums import changed_files, record_path
from index.encoders.encoder import PassageEncoder, load_encoder
from index.encoders.model_resolver import resolve_model
from index.encoders.openvino import export
from index.encoders.openvino.export_cache import exported_model
from index.encoders.openvino.exported_model import ExportError
from index.encoders.torch_encoder import SentenceTransformerEncoder
from index.errors import EncoderError
from index.settings import IndexSettings
from tests.index.support.models import load_openvino


@pytest.fixture
def exported_copy(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the exported tiny model in a cache of the test's own."""
    exported = exported_model(resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder")
    copy = Path(shutil.copytree(exported, tmp_path / exported.name))
    shutil.rmtree(copy / "compiled", ignore_errors=True)
    shutil.copy2(record_path(exported), tmp_path)
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path))
    return copy


def test_a_model_is_exported_once_whatever_its_prompts(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = IndexSettings(encoder=str(tiny_model))
    load_openvino(settings)
    monkeypatch.setattr(export, "export_encoder", lambda *_: pytest.fail("exported again"))
    load_openvino(settings)
    load_openvino(IndexSettings(encoder=str(tiny_model), query_prompt="?", passage_prompt=""))


def test_attention_stays_one_operation_a_layer(tiny_model: Path) -> None:
    exported = exported_model(resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder")
    graph = (exported / "model.xml").read_text(encoding="utf-8")
    assert graph.count('type="ScaledDotProductAttention"') == 2


def test_a_model_that_cannot_be_exported_is_encoded_by_torch(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    asked: list[Path] = []

    def refuse(_: object, folder: Path) -> None:
        asked.append(folder)
        (folder / "model.xml").write_text("half", encoding="utf-8")
        raise ExportError("OpenVINO cannot convert it: no such operation")

    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path))
    monkeypatch.setattr(export, "export_encoder", refuse)
    settings = IndexSettings(encoder=str(tiny_model))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert isinstance(load_encoder(settings), SentenceTransformerEncoder)
    # The second start knows it.
    assert len(asked) == 1
    told = f"{tiny_model} is encoded by torch, which is slower: OpenVINO cannot convert it: "
    assert [record.getMessage() for record in caplog.records] == [
        f"preparing the encoder {tiny_model} for this machine, once",
        *[told + "no such operation"] * 2,
    ]
    [folder] = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert [path.name for path in folder.iterdir()] == ["facts.json"]


def test_an_export_that_gives_other_vectors_is_refused(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = export._take_rows
    monkeypatch.setattr(export, "_take_rows", lambda graph: take(graph)[::-1].copy())
    with pytest.raises(ExportError, match="gives other vectors"):
        exported_model(resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [("facts.json", "{"), ("model.xml", "<net"), ("rows.npy", ""), ("tokenizer.json", None)],
)
def test_a_damaged_export_is_told_and_made_again(
    exported_copy: Path, tiny_model: Path, caplog, name: str, content: str | None
) -> None:
    (exported_copy / name).unlink()
    if content is not None:
        (exported_copy / name).write_text(content, encoding="utf-8")
    encoder = load_encoder(IndexSettings(encoder=str(tiny_model)))
    assert encoder.encode(["خزر"], "query").shape == (1, 32)
    assert caplog.messages[0] == f"{exported_copy} is damaged and is made again"
    assert changed_files(exported_copy) == []


def test_a_weight_that_changed_is_noticed_though_size_and_time_are_the_same(
    exported_copy: Path,
) -> None:
    weights = exported_copy / "model.bin"
    stat = weights.stat()
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert changed_files(exported_copy) == ["model.bin"]


def test_a_damaged_compiled_model_is_compiled_again(exported_copy: Path, tiny_model: Path) -> None:
    settings = IndexSettings(encoder=str(tiny_model))
    expected = load_encoder(settings).encode(["دریای خزر"], "query")
    [blob] = exported_copy.glob("compiled/*/*.blob")
    content = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    np.testing.assert_array_equal(load_encoder(settings).encode(["دریای خزر"], "query"), expected)
    assert changed_files(blob.parent) == []


def test_a_model_is_compiled_for_the_first_time_by_several_at_once(
    exported_copy: Path, tiny_model: Path
) -> None:
    settings = IndexSettings(encoder=str(tiny_model))
    together = threading.Barrier(4)

    def load(_: int) -> PassageEncoder:
        together.wait(60)
        return load_encoder(settings)

    for _ in range(3):
        shutil.rmtree(exported_copy / "compiled", ignore_errors=True)
        with ThreadPoolExecutor(4) as pool:
            encoders = list(pool.map(load, range(4)))
        [first, *others] = [encoder.encode(["دریای خزر"], "query") for encoder in encoders]
        for other in others:
            np.testing.assert_array_equal(first, other)


def test_an_export_that_is_damaged_while_it_is_open_is_one_line(
    exported_copy: Path, tiny_model: Path
) -> None:
    encoder = load_encoder(IndexSettings(encoder=str(tiny_model)))
    with (exported_copy / "rows.npy").open("r+b") as rows:
        rows.truncate(200)
    with pytest.raises(EncoderError, match="damaged; remove this folder"):
        encoder.encode(["خزر"], "query")


def test_a_cache_that_cannot_be_written_is_one_line(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(EncoderError, match=r"cannot be prepared in .*; free some space"):
        load_encoder(IndexSettings(encoder=str(tiny_model)))


LOADER = """
import sys
from index.encoders.encoder import load_encoder
from index.settings import IndexSettings
print(sorted({"openvino", "torch"} & set(sys.modules)))
encoder = load_encoder(IndexSettings(encoder=sys.argv[1]))
print(type(encoder).__name__, encoder.encode(["the Caspian sea"], "query").shape)
print(sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
# It would report the conversion to OpenVINO's maker.
assert "openvino_telemetry" not in sys.modules
"""


@pytest.mark.slow
def test_of_processes_that_race_one_exports_and_the_other_needs_no_torch(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path))
    command = [sys.executable, "-c", LOADER, str(tiny_model)]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(2)]
    one, other = sorted(racer.communicate()[0] for racer in racers)
    assert [racer.returncode for racer in racers] == [0, 0]
    assert (
        one == "[]\nOpenVinoEncoder (1, 32)\n['sentence_transformers', 'torch', 'transformers']\n"
    )
    assert other == "[]\nOpenVinoEncoder (1, 32)\n[]\n"
    [folder] = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert folder == exported_model(
        resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder"
    )
