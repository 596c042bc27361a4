"""Drawings as PNG, for programs that show no SVG; packages of XML with the same bytes each time."""

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
import typst

PPI = 200.0  # at the drawing's own size: sharp in print, and a map below 400 kB
PAGE = '#set page(width: auto, height: auto, margin: 0pt)\n#image("drawing.svg")'


def png_bytes(svg: bytes) -> bytes:
    """A drawing of the briefing as PNG, by what typesets the PDF.

    Raises:
        TypeError: the drawing took more than one page.
    """
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "drawing.svg").write_bytes(svg)
        (root / "page.typ").write_text(PAGE, encoding="utf-8")
        compiler = typst.Compiler(
            str(root / "page.typ"), root=folder, font_paths=[str(font_folder())], ignore_system_fonts=True
        )
        png = compiler.compile(format="png", ppi=PPI)
    if not isinstance(png, bytes):
        raise TypeError(f"drawing: expected one picture from Typst, got {type(png).__name__}.")
    return png


def font_folder() -> Path:
    """Matplotlib's own fonts: they are there wherever the charts are."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def undated(package: bytes) -> bytes:
    """A package (docx, pptx) whose parts carry no moment of writing: the same content, the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as read, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            part = zipfile.ZipInfo(name)  # dated 1980, the first day that a ZIP can name
            part.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(part, read.read(name))
    return made.getvalue()
