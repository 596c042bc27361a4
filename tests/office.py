"""The words of a briefing's file, whatever its format."""

import html
import io
import re
import shutil
import subprocess
import zipfile

import pytest

POPPLER = "pdftotext (poppler-utils) is not on this machine"


def words_of(made: bytes, fmt: str) -> str:
    """The texts of a file without markup, blanks as one; of a PDF what pdftotext reads, else the test is skipped."""
    if fmt == "pdf":
        if shutil.which("pdftotext") is None:
            pytest.skip(POPPLER)
        read = subprocess.run(["pdftotext", "-", "-"], input=made, capture_output=True, check=True, timeout=60)
        return " ".join(read.stdout.decode().split())
    if fmt == "html":
        marked = made.decode()
    else:
        parts = zipfile.ZipFile(io.BytesIO(made))
        marked = "\n".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", marked)).split())
