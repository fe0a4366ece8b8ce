"""A page about an archive: `python -m index report --html FILE`."""

from index.operations.report.page import write_report

__all__ = ["write_report"]
