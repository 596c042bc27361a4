"""A published edition goes in; files for other programs come out, with its id and caveats, and never half-written."""

from pipelines.publish.export.write import FORMATS, ExportError, export_edition

__all__ = ["FORMATS", "ExportError", "export_edition"]
