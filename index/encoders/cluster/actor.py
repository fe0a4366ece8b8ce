"""The process on a node of the cluster that holds a model and encodes with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import ray
from numpy.typing import NDArray

import index
from index.checksums import code_fingerprint
from index.encoders.encoder import PassageEncoder, load_encoder
from index.errors import EncoderError
from index.settings import IndexSettings


@cache
def installed_code() -> str:
    """Return a fingerprint of the code of Khazar's index that runs here."""
    return code_fingerprint(sorted(Path(str(index.__file__)).parent.rglob("*.py")))


@dataclass(frozen=True, slots=True)
class ActorLocation:
    """The node of an actor: Ray's id for it, and its address."""

    node: str
    address: str


class EncodingActor:
    """Encodes passages with a model that it loads once; for `ray.remote`.

    After a restart it is a new object, so `load` is called again before anything is encoded.
    """

    def __init__(self, settings: IndexSettings, fingerprint: str, code: str) -> None:
        """Begin; nothing is loaded yet.

        Args:
            settings: the model, and how it is used.
            fingerprint: the fingerprint that the model must have.
            code: what `installed_code` must return.
        """
        self._settings = settings
        self._fingerprint = fingerprint
        self._code = code
        self._encoder: PassageEncoder | None = None

    def load(self) -> ActorLocation:
        """Load the model unless it is loaded, and return where it is.

        Raises:
            EncoderError: the node has another version of Khazar, no such model, or another one
                under its name.
        """
        address = ray.util.get_node_ip_address()
        if self._encoder is None:
            if installed_code() != self._code:
                raise EncoderError(
                    f"node {address}: not the same version of Khazar as where the command runs;"
                    " install that one there"
                )
            try:
                encoder = load_encoder(self._settings)
            except EncoderError as error:
                raise EncoderError(f"node {address}: {error}") from error
            if encoder.fingerprint != self._fingerprint:
                raise EncoderError(
                    f"node {address}: {encoder.name}: not the same files as where the command runs;"
                    " copy the model's folder from there"
                )
            self._encoder = encoder
        return ActorLocation(ray.get_runtime_context().get_node_id(), address)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Return (len(texts), dimension) vectors of length 1; None: `load` was not called.

        Raises:
            EncoderError: a file of the model has been damaged.
        """
        if self._encoder is None:
            return None
        return self._encoder.encode(texts, "passage")
