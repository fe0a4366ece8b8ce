"""A page about an archive: `python -m index report --html FILE`."""

from index.report.page import write_report

__all__ = ["write_report"]
