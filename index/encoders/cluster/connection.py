"""The connection to a Ray cluster, and what goes wrong with it in one line."""

import logging
import os
import secrets
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from index.encoders.batch_encoder import BatchEncoder, BatchEncoderFactory, local_batch_encoder
from index.encoders.cluster.address import AUTO, CLIENT, LOCAL, knock, last_line, one_line
from index.encoders.encoder import PassageEncoder
from index.errors import KhazarError
from index.progress import ProgressCallback
from index.settings import IndexSettings


@contextmanager
def open_batch_encoder(
    address: str | None, settings: IndexSettings, on_progress: ProgressCallback
) -> Iterator[BatchEncoderFactory]:
    """Give what encodes passages: this process, or a Ray cluster, which is connected meanwhile.

    The cluster's actors start at the first batch.

    Args:
        address: None (this process), "auto" (the cluster of this machine, or RAY_ADDRESS),
            HOST:PORT of the cluster's GCS, ray://HOST:PORT of its client server, or "local" (a
            cluster of this machine alone, which ends with the command).
        settings: the model, and how it is used; `threads` are the cores of an actor.
        on_progress: is told how many nodes and actors there are.

    Raises:
        KhazarError: Ray is not installed, or there is no cluster, or one of another version.
    """
    if address is None:
        yield local_batch_encoder
        return
    try:
        # For a cluster that is started here: nothing is told to the makers of Ray.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        import ray
    except ModuleNotFoundError:
        raise KhazarError(
            "--ray needs Ray, which is not installed: python -m pip install 'khazar[ray]'"
        ) from None
    from index.encoders.cluster.actor_pool import ActorPool

    if address not in (AUTO, LOCAL):
        knock(address)
    options = {}
    if address == LOCAL:
        options["include_dashboard"] = False
        # Ray would put a token into the home folder, and clusters that are started later then ask
        # for it.
        if os.environ.setdefault("RAY_AUTH_MODE", "token") == "token":
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        # The client warns of what it raises a moment later.
        warnings.filterwarnings("ignore", module="ray.util.client")
        ray.init(address, logging_level=logging.ERROR, log_to_driver=False, **options)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        if address == AUTO and isinstance(error, ConnectionError):
            raise KhazarError(
                "--ray auto: no Ray cluster on this machine, and no RAY_ADDRESS; start one with "
                f"`ray start --head`, or use --ray {LOCAL}"
            ) from None
        reason = last_line(error) if "Traceback" in str(error) else one_line(error)
        if "InvalidAuthToken" in f"{error} {error.__cause__}":
            reason = "it asks for a token: RAY_AUTH_MODE=token and RAY_AUTH_TOKEN must be set here"
        elif address.startswith(CLIENT):
            # Ray's client server does not tell which of these it is.
            reason += "; it may have another version of Ray or Python, or ask for a token"
        raise KhazarError(f"Ray cluster {address}: no connection to it: {reason}") from error

    def open_pool(fingerprint: str, _encoder: Callable[[], PassageEncoder]) -> BatchEncoder:
        return ActorPool(address, settings, fingerprint, on_progress)

    # On a lost node Ray prints twenty lines of its log among the report; the pool tells it in one.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        try:
            yield open_pool
        finally:
            ray.shutdown()
