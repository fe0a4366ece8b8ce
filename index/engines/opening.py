"""The one place that chooses the engine of the settings."""

from index.engines.engine import IndexEngine
from index.settings import IndexSettings


def open_engine(settings: IndexSettings) -> IndexEngine:
    """Return the engine that `[index] engine` names; it connects when it is first asked.

    Raises:
        SettingsError: its client is not installed.
    """
    directory = settings.path(settings.directory)
    if settings.engine == "milvus":
        from index.engines.milvus.engine import MilvusEngine

        return MilvusEngine.of(settings)
    # Imported here: what asks a server needs neither FAISS nor tantivy.
    from index.engines.local import LocalEngine

    return LocalEngine(directory)
