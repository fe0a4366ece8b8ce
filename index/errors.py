"""The errors that people are shown: one line each, saying what is wrong and what to do."""


class KhazarError(Exception):
    """Base of every error meant for a person; its message is one line and needs no traceback."""


class SettingsError(KhazarError):
    """config.toml or an environment variable holds something that cannot be used."""


class SourceError(KhazarError):
    """A source of articles, or one place in it, cannot be read."""


class EncoderError(KhazarError):
    """The embedding model cannot be loaded or does not fit the index."""


class IndexMissingError(KhazarError):
    """There is no published index at the configured place."""


class IndexCorruptError(KhazarError):
    """A snapshot's files are missing or are not what its manifest says."""


class IndexBusyError(KhazarError):
    """Another process is building the same index."""
