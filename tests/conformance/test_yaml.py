"""A YAML 1.1 reader reads every file of a snapshot as brickform meant it."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "yaml"


def read(path: Path):
    """Reads as PyYAML does: YAML 1.1, with its `no`, `12:30` and `010`; the pure reader, to the letter."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_what_is_written_is_what_is_meant(path):
    meant = json.loads(path.read_text(encoding="utf-8"))
    assert same(read(path.with_suffix(".yaml")), meant)


def same(one, other) -> bool:
    """Whether two values are equal and of equal types, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def digest(tag: str, value) -> str:
    """A digest as the snapshot format defines it: a tag, and canonical JSON with its length before it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    whole = tag.encode() + b"\0" + len(text).to_bytes(8, "big") + text
    return f"sha256:{hashlib.sha256(whole).hexdigest()}"


def object_digest(kind: str, key: str, entry: dict) -> str:
    """The digest of one object, from its file or its entry in an index."""
    own = digest("brickform.resource.v1", [kind, key, entry.get("spec", {}), entry.get("content")])
    grants = digest("brickform.grants.v1", entry["grants"]) if "grants" in entry else None
    return digest("brickform.object.v1", [own, grants])


def tree_entries(snapshot: Path):
    """Kind, key, entry and index file of every object in the workspace tree."""
    for index in sorted(snapshot.glob("workspace/**/_index.yaml")):
        listed = read(index)
        for child in listed["children"]:
            if "type" in child:
                yield child["type"], f"{listed['path'].rstrip('/')}/{child['name']}", child, index


def test_every_digest_can_be_computed_from_what_a_reader_reads(simulator, brickform):
    brickform.export(simulator("--seed", "acme"), "acme")
    snapshot = brickform.path("acme")
    files = sorted(snapshot.rglob("*.yaml"))
    assert len(files) > 100
    found: dict[str, dict[str, str]] = {}
    for path in sorted(snapshot.glob("objects/**/*.yaml")):
        entry = read(path)
        assert object_digest(entry["kind"], entry["key"], entry) == entry["digest"], path
        found.setdefault(entry["kind"], {})[entry["key"]] = entry["digest"]
    for kind, key, entry, _ in tree_entries(snapshot):
        found.setdefault(kind, {})[key] = object_digest(kind, key, entry)
    header = read(snapshot / "snapshot.yaml")
    for kind, mark in header["kinds"].items():
        objects = found.get(kind, {})
        assert len(objects) == mark["count"], kind
        in_order = [objects[key] for key in sorted(objects, key=str.encode)]
        assert digest("brickform.kind.v1", [kind, in_order]) == mark["digest"], kind
    kinds = {kind: [mark["digest"], mark["complete"]] for kind, mark in header["kinds"].items()}
    assert digest("brickform.snapshot.v1", kinds) == header["root"]


def test_contents_are_the_bytes_the_index_says(simulator, brickform):
    brickform.export(simulator("--seed", "acme"), "acme")
    snapshot = brickform.path("acme")
    endings = {"SOURCE": {"PYTHON": ".py", "SQL": ".sql", "SCALA": ".scala", "R": ".r"}}
    checked = 0
    for _, _, entry, index in tree_entries(snapshot):
        if "content" not in entry:
            continue
        content = entry["content"]
        language = entry.get("spec", {}).get("language")
        usual = entry["name"] + {"JUPYTER": ".ipynb", "RAW": ""}.get(content["format"], endings["SOURCE"].get(language, ""))
        path = index.parent / entry.get("file", usual)
        if path.is_file():
            held = path.read_bytes()
            assert (f"sha256:{hashlib.sha256(held).hexdigest()}", len(held)) == (content["digest"], content["size"]), path
            checked += 1
    assert checked > 100


def test_nothing_in_a_snapshot_needs_a_special_reader(simulator, brickform):
    brickform.export(simulator("--seed", "acme"), "acme")
    for path in sorted(brickform.path("acme").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        assert "\r" not in text and "\t" not in text.replace("\\t", ""), path
        kinds = {type(event).__name__ for event in yaml.parse(text)}
        assert "AliasEvent" not in kinds, path
        for event in yaml.parse(text):
            assert getattr(event, "anchor", None) is None and getattr(event, "tag", None) is None, path
