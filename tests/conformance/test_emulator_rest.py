"""brickform between two servers that know nothing of its simulator: the newer kinds."""

import json

import emulator_ways as ways
import pytest
from emulator_fill import BEGIN, fill, fill_run
from emulator_holdings import holdings
from emulator_mlflow import MLFLOW
from emulator_rest import Rest
from test_emulator import SEARCHES, emulated, post  # noqa: F401
from test_hostile import notes

CONFIG = """version: 1
secrets:
  git_credential:github/work: env:GIT_TOKEN
  git_credential:gitlab/home: env:GIT_TOKEN
"""
# Ways that go together, so that each is tried in few runs.
MIXES = {
    "plain": [],
    "texts": [ways.TextIds, ways.TextTimes, ways.NoTree, ways.CreatorManages, ways.ScriptsWithoutOrder, ways.ShortReads],
    "numbers": [ways.NumberIds, ways.OwnTreeIds, ways.Installed, ways.AllStages, ways.ScriptsAsSent, ways.EmptyTokens],
    "bare": [ways.Bare, ways.SmallPages, ways.NamesInTags, ways.NoMe, ways.Unworded],
    "nulls": [ways.Nulls, ways.Prefixed, ways.Conflicts, ways.EveryCluster, ways.NoRights],
    "talkative": [ways.Unknown, ways.ExperimentsInTree, ways.ReposWithMore, ways.NoFilter, ways.StrictReads],
    "silent": [ways.Quiet, ways.PlainErrors, ways.SparseRuns, ways.NoStages, ways.NoSizes],
}


def mixed(name: str) -> type:
    """An emulator that does all of that."""
    return type(name, (*MIXES[name], Rest), {}) if MIXES[name] else Rest


def export(brickform, source, into):
    """Exports, files of DBFS too."""
    return brickform.run("export", "-o", into, "--limits", "none", "--dbfs", "/FileStore", on=source)


def prepare(brickform, source, config: str = CONFIG):
    """Says where secrets and tokens come from."""
    brickform.path(".databrickscfg").write_text(f"[old]\nhost = {source.url}\ntoken = {source.token}\n")
    brickform.path("brickform.yaml").write_text(config)
    brickform.environment["GIT_TOKEN"] = "new"


def carry(brickform, source, target, *, config: str = CONFIG, code: int | None = 0) -> dict:
    """Exports one workspace, and plans and applies it to another, secrets and tokens too."""
    prepare(brickform, source, config)
    export(brickform, source, "moved")
    plan = brickform.plan("moved", target, "moved.json")
    brickform.apply("moved.json", target, "--secrets-from", "old", code=code)
    return plan


def known(value):
    """What is held, without what only this emulator says."""
    match value:
        case dict():
            return {name: known(inner) for name, inner in value.items() if name not in ("field_of_the_future", "etag")}
        case list():
            return [known(inner) for inner in value]
    return value


def differences(source, target) -> set[str]:
    """The parts of which not all has arrived."""
    expected, arrived = known(holdings(source)), known(holdings(target))
    return {part for part in expected if arrived[part] != expected[part]}


def same(source, target):
    """Everything has arrived."""
    expected, arrived = known(holdings(source)), known(holdings(target))
    for part, held in expected.items():
        assert arrived[part] == held, part


def written(server) -> list[str]:
    """The calls that changed something."""
    return [call for call in server.asked if not call.startswith("GET") and call not in SEARCHES]


@pytest.mark.parametrize("way", MIXES)
def test_everything_arrives_whatever_the_way(emulated, brickform, way):  # noqa: F811
    source, target = emulated(mixed(way)), emulated(mixed(way), first_id=5000)
    fill(source)
    plan = carry(brickform, source, target)
    assert plan["blocked"] == [] and plan["steps"]
    same(source, target)
    assert set(target.tokens.values()) == {"new"}
    assert brickform.plan("moved", target, "again.json", "--detailed-exitcode")["steps"] == []


def test_a_second_export_changes_nothing(emulated, brickform):  # noqa: F811
    source, target = emulated(Rest), emulated(Rest, first_id=5000)
    fill(source)
    export(brickform, source, "moved")
    before = {path: path.read_bytes() for path in brickform.path("moved").rglob("*") if path.is_file() and "observed" not in path.parts}
    export(brickform, source, "moved")
    assert before == {path: path.read_bytes() for path in before}
    assert written(source) == [], "an export only reads"
    prepare(brickform, source)
    brickform.plan("moved", target, "moved.json")
    assert written(target) == [], "a plan only reads"
    brickform.apply("moved.json", target, "--secrets-from", "old")
    export(brickform, target, "there")
    # The times of secrets and the rights of who calls are others in each workspace.
    brickform.run("diff", "moved", "there", "--exclude", "secret", "--exclude", "secret_scope")


def test_what_changes_later_is_brought_along(emulated, brickform):  # noqa: F811
    source, target = emulated(Rest), emulated(Rest, first_id=5000)
    fill(source)
    carry(brickform, source, target)
    source.put_dbfs("/FileStore/jars/empty", b"not any more")
    source.secrets["prod"]["text"] = b"rotated", source.now()
    source.secret_acls["prod"]["readers"] = "WRITE"
    source.models["churn"]["description"] = "who leaves"
    source.versions["churn", "3"]["current_stage"] = "Staging"
    next(one for one in source.runs.values() if one["info"]["run_name"] == "child")["tags"].append({"key": "new", "value": "tag"})
    next(iter(source.scripts.values()))["enabled"] = False
    source.libraries[next(iter(source.libraries))].append({"pypi": {"package": "pandas"}})
    plan = carry(brickform, source, target)
    assert plan["blocked"] == [] and len(plan["steps"]) == 8, [step["address"] for step in plan["steps"]]
    same(source, target)


def test_what_is_told_of_secrets_to_nobody_comes_from_elsewhere(emulated, brickform):  # noqa: F811
    source, target = emulated(ways.Hidden), emulated(ways.Hidden, first_id=5000)
    fill(source)
    brickform.environment["TEXT"] = "from elsewhere"
    carry(brickform, source, target, config=CONFIG + "  prod/text: env:TEXT\n", code=3)
    assert differences(source, target) == {"secrets"}
    assert {key: value for key, (value, _) in target.secrets["prod"].items()} == {"text": b"from elsewhere"}


def test_what_was_deleted_and_is_not_shown_stops_nothing(emulated, brickform):  # noqa: F811
    source, target = emulated(ways.ActiveOnly), emulated(ways.ActiveOnly, first_id=5000)
    fill(source)
    carry(brickform, source, target)
    assert differences(source, target) == {"experiments"}
    assert holdings(source)["experiments"].keys() - holdings(target)["experiments"].keys() == {"/Shared/ml/gone"}
    assert brickform.plan("moved", target, "again.json", "--detailed-exitcode")["steps"] == []


def test_a_name_that_one_workspace_takes_is_tried_in_another(emulated, brickform):  # noqa: F811
    source, target = emulated(Rest), emulated(Rest, first_id=5000)
    made = post(source, f"{MLFLOW}/experiments/create", {"name": "no path"})["experiment_id"]
    fill_run(source, made, "one", BEGIN, [])
    plan = carry(brickform, source, target)
    assert plan["blocked"] == [] and [one["name"] for one in target.experiments.values()] == ["no path"]
    same(source, target)


# What is absent, of which kinds that is told, and which parts cannot arrive then.
ABSENT = [
    (
        ["/secrets/", "/repos", "/git-credentials", "/registry-webhooks", "/global-init-scripts", "/instance-profiles"],
        {"secret", "secret_scope", "git_credential", "model_webhook", "global_init_script", "instance_profile"},
        {"secrets", "git", "small", "registry", "rights"},
    ),
    (["/libraries/", "/dbfs/", "/metrics/"], {"dbfs_file"}, {"dbfs", "small", "runs", "registry"}),
    (["/experiments/search", "/mlflow/databricks/"], set(), {"rights"}),
    (["/mlflow/"], {"mlflow_experiment", "mlflow_run", "ws_registered_model", "ws_model_version", "model_webhook"}, {"experiments", "runs", "registry", "rights"}),
]


@pytest.mark.parametrize(("absent", "kinds", "parts"), ABSENT, ids=lambda value: value[0] if isinstance(value, list) else "")
def test_what_is_absent_is_told_and_stops_nothing(emulated, brickform, absent, kinds, parts):  # noqa: F811
    source, target = emulated(Rest), emulated(Rest, first_id=5000)
    fill(source)
    source.absent = target.absent = tuple(absent)
    carry(brickform, source, target, code=None)
    told = {finding["about"] for finding in notes(brickform, "moved") if finding["code"] == "unavailable"}
    assert told == kinds
    assert differences(source, target) == parts


def test_git_folders_that_nobody_tells_of_are_told_of(emulated, brickform):  # noqa: F811
    source = emulated(ways.NoTree)
    fill(source)
    source.absent = ("/repos",)
    export(brickform, source, "moved")
    assert "git_folder" in {finding["about"] for finding in notes(brickform, "moved") if finding["code"] == "unavailable"}


@pytest.mark.parametrize(("absent", "kind"), [("/secrets/", "secret"), ("/repos", "git_folder"), ("/registry-webhooks", "model_webhook")])
def test_what_only_the_target_lacks_is_blocked_and_stops_nothing(emulated, brickform, absent, kind):  # noqa: F811
    source, target = emulated(Rest), emulated(Rest, first_id=5000)
    fill(source)
    target.absent = (absent,)
    plan = carry(brickform, source, target)
    assert plan["blocked"] and {one["address"].split(":")[0].removesuffix("_scope") for one in plan["blocked"]} == {kind}
    assert differences(source, target) <= {"secrets", "git", "registry", "rights"}
    assert json.dumps(plan)
