"""Whether an index and an encoder belong together."""

from index.encoders.encoder import PassageEncoder
from index.errors import EncoderError
from index.search_index import IndexInfo


def require_same_model(facts: IndexInfo, encoder: PassageEncoder) -> None:
    """Check that an index was made with an encoder.

    Raises:
        EncoderError: it was made with another one.
    """
    if encoder.fingerprint != facts.fingerprint:
        raise EncoderError(
            f"the index was built with another model ({facts.encoder}, {facts.fingerprint}) than "
            f"is configured ({encoder.name}, {encoder.fingerprint}); run `python -m index build`"
        )
