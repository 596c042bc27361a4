"""What may stand in `sources.yaml`."""

import re
from pathlib import Path

import pytest

from pipelines.ingest.inbox.settings import SourcesFile, read_sources_file
from pipelines.observations.schema import DataRefusedError

GOOD = """
fetch:
  - {source: frontex, url: "https://example.org/data/Monthly%20detections.xlsx"}
  - {source: csv, url: "https://example.org/export?format=csv", file: figures.csv, headers: {X-Key: PORTAL_KEY}}
watch: {frontex: 45}
webhook: https://example.org/hook/s3cret
"""


def read(folder: Path, text: str) -> SourcesFile:
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return read_sources_file(path)


def test_names_come_from_the_address_or_are_stated(tmp_path: Path) -> None:
    assert [a.name for a in read(tmp_path, GOOD).fetch] == ["Monthly detections.xlsx", "figures.csv"]


def test_the_webhooks_address_is_not_shown(tmp_path: Path) -> None:
    assert "s3cret" not in repr(read(tmp_path, GOOD))


def test_no_file_means_no_address(tmp_path: Path) -> None:
    assert read_sources_file(tmp_path / "sources.yaml") == SourcesFile()


def test_an_empty_file_means_no_address(tmp_path: Path) -> None:
    assert read(tmp_path, "# later\n") == SourcesFile()


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="expected a readable YAML file"):
        read_sources_file(tmp_path / "other.yaml", must_be=True)


@pytest.mark.asvs("V12.2.1")
@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{source: frontx, url: 'https://example.org/a.csv'}", "no source 'frontx'; there are .*csv, .*frontex"),
        ("{source: csv, url: 'http://example.org/a.csv'}", "expected https"),
        ("{source: csv, url: 'file:///etc/hostname'}", "expected https"),
        ("{source: csv, url: 'https://example.org/'}", "is no plain file name"),
        ("{source: csv, url: 'https://example.org/a.csv', file: '../a.csv'}", "is no plain file name"),
        ("{source: csv, url: 'https://example.org/a.csv', file: a.csv.part}", "is no plain file name"),
        ("{source: csv, url: 'https://example.org/a.csv', sha256: abc}", "fetch.0.sha256"),
        ("{source: csv, url: 'https://example.org/a.csv', retires: 3}", "retires: Extra inputs"),
        ("{source: csv, url: 'https://example.org/a.csv', max_mib: 0}", "greater than 0"),
    ],
)
def test_an_entry_that_can_not_be_meant_is_refused(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(DataRefusedError, match=told):
        read(tmp_path, f"fetch: [{entry}]")


def test_two_addresses_of_one_file_are_refused(tmp_path: Path) -> None:
    one, two = (f"{{source: csv, url: 'https://example.org/{year}/a.csv'}}" for year in (2025, 2026))
    with pytest.raises(DataRefusedError, match="two addresses would write one file"):
        read(tmp_path, f"fetch: [{one}, {two}]")


def test_an_unsafe_webhook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="webhook: expected https"):
        read(tmp_path, "webhook: http://example.org/hook")


@pytest.mark.parametrize("text", ["fetch: [", "!!python/object/apply:os.system ['true']", "- a\n- b"])
def test_what_is_no_plain_yaml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataRefusedError, match=r"sources\.yaml"):
        read(tmp_path, text)


def test_the_example_in_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[4] / "docs" / "operations.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    found = read(tmp_path, example.replace("sha256: …", f"sha256: {'a' * 64}"))
    assert [a.name for a in found.fetch] == ["monthly.xlsx", "figures.csv"]
    shared = ("timeout_seconds", "total_seconds", "max_mib", "retries", "backoff_seconds")
    stated, default = ({name: getattr(a, name) for name in shared} for a in reversed(found.fetch))
    assert stated == default  # what the example states of limits are the defaults
