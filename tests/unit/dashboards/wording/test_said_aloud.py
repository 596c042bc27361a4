"""Words that readers did not understand are gone from all that pages and briefing say."""

import re
from pathlib import Path

import pytest

import dashboards.wording

FILES = sorted(Path(next(iter(dashboards.wording.__path__))).glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_sentence_uses_words_that_readers_did_not_understand(file: Path) -> None:
    said = file.read_text(encoding="utf-8")
    assert not re.findall(r"(?i)lead by|follow by|taken singly|coarser|by weights|by shares|end their way", said)
