"""Exports of a published edition: files that leave with the edition's id, its caveats, and nothing half-written."""

from pipelines.publish.export.table import ExportError
from pipelines.publish.export.write import FORMATS, export_edition

__all__ = ["FORMATS", "ExportError", "export_edition"]
