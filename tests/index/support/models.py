"""The ways to load a model, and texts to encode with it."""

from index.encoders.encoder import load_encoder
from index.encoders.model_resolver import resolve_model
from index.encoders.openvino.openvino_encoder import OpenVinoEncoder
from index.encoders.torch_encoder import SentenceTransformerEncoder, load_torch_encoder
from index.settings import IndexSettings

TEXTS = ["دریای خزر", "the caspian sea", "", "۷۲ درصد", "😀"]


def load_openvino(settings: IndexSettings) -> OpenVinoEncoder:
    encoder = load_encoder(settings)
    assert isinstance(encoder, OpenVinoEncoder)
    return encoder


def load_torch(settings: IndexSettings) -> SentenceTransformerEncoder:
    return load_torch_encoder(resolve_model(settings), settings)
