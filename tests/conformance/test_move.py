"""The SDK fills one workspace, brickform moves it to another, and the SDK finds both equal apart from identifiers."""

import json
import re
import subprocess

import pytest
from databricks.sdk.service.workspace import ExportFormat
from portrait import portrait
from seed import mail, seed
from workspace import OWN_FOLDER, TOKEN, Brickform, Simulator, clean_environment


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """Two workspaces, the second made from the first, and how it went."""
    brickform = Brickform(tmp_path_factory.mktemp("moved"))
    with Simulator("--workspace", "1") as source, Simulator("--workspace", "2") as target:
        seed(source.sdk())
        plan = brickform.move(source, target)
        yield source, target, brickform, plan


@pytest.mark.parametrize("part", ["people", "pools", "policies", "clusters", "jobs", "tree", "rights"])
def test_the_sdk_finds_both_equal(moved, part, portraits):
    before, after = portraits
    assert after[part].keys() == before[part].keys()
    for name, held in before[part].items():
        assert after[part][name] == held, name


@pytest.fixture(scope="module")
def portraits(moved):
    """What the SDK reads in both workspaces."""
    source, target, _, _ = moved
    return portrait(source.sdk()), portrait(target.sdk())


def test_the_portrait_shows_what_was_put_there(portraits):
    before, _ = portraits
    assert {"nightly: etl", "report", "many", "ring one", "each"} <= before["jobs"].keys()
    assert (len(before["jobs"]["report"]), len(before["clusters"]["twin"])) == (2, 2)
    assert len(before["jobs"]["many"][0]["settings"]["tasks"]) == 130
    assert before["jobs"]["nightly: etl"][0]["run_as"] == "<robot etl-robot>"
    assert "<pool warm: etl>" in str(before["policies"]["ETL (fixed pool)"])
    assert "<job ring two>" in str(before["jobs"]["ring one"]) and "<job ring one>" in str(before["jobs"]["ring two"])
    assert before["clusters"]["ana's"][0]["pinned"] is True
    assert any("<robot etl-robot> CAN_READ direct" in right for right in before["rights"]["tree /Shared/etl (DIRECTORY)"][0])
    assert len([path for path in before["tree"] if path.startswith("/Shared/etl/daily/")]) == 40


def test_nothing_was_left_out_of_the_plan(moved):
    _, _, _, plan = moved
    assert plan["blocked"] == []
    assert {"create", "grants"} <= {step["change"] for step in plan["steps"]}


def test_a_second_plan_is_empty(moved):
    _, target, brickform, _ = moved
    again = brickform.plan("moved", target, "again.json", "--detailed-exitcode")
    assert (again["steps"], again["blocked"]) == ([], [])


def test_the_target_was_locked_and_the_lock_was_given_back(moved):
    source, target, _, _ = moved
    w = target.sdk()
    [claim] = w.workspace.list(f"{OWN_FOLDER}/lock")
    with w.workspace.download(claim.path, format=ExportFormat.AUTO) as download:
        said = json.load(download)
    assert (said["released"], said["who"]) == (True, w.current_user.me().user_name)
    assert OWN_FOLDER not in [one.path for one in source.sdk().workspace.list("/")], "who only reads leaves no trace"


def test_a_plan_against_its_own_source_is_empty(moved):
    source, _, brickform, _ = moved
    again = brickform.plan("moved", source, "own.json", "--detailed-exitcode")
    assert (again["steps"], again["blocked"]) == ([], [])


def test_equal_inputs_make_equal_plans(moved, tmp_path):
    _, _, brickform, _ = moved
    with Simulator("--workspace", "3") as empty:
        brickform.plan("moved", empty, "x.json")
        brickform.plan("moved", empty, "y.json")
    assert brickform.path("x.json").read_bytes() == brickform.path("y.json").read_bytes()


def test_exporting_again_changes_no_byte(moved):
    source, _, brickform, _ = moved
    snapshot = brickform.path("moved")

    def git(*arguments) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.autocrlf=false"]
        return subprocess.run(
            ["git", *identity, *arguments], cwd=snapshot, env=clean_environment(snapshot), check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    brickform.export(source, "moved")
    changed = [line for line in git("status", "--porcelain").splitlines() if not line[3:].startswith("observed/")]
    assert changed == []


def test_the_snapshots_of_both_are_equal(moved):
    _, target, brickform, _ = moved
    brickform.export(target, "there")
    brickform.run("diff", "moved", "there")
    brickform.run("validate", "there")

    def files(name):
        root = brickform.path(name)
        return {
            path.relative_to(root): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and path.relative_to(root).parts[0] in ("objects", "workspace", "blobs")
        }

    assert files("there") == files("moved")


def test_no_identifier_and_no_token_is_in_the_snapshot(moved):
    source, _, brickform, plan = moved
    w = source.sdk()
    identifiers = [cluster.cluster_id for cluster in w.clusters.list()] + [str(job.job_id) for job in w.jobs.list()]
    identifiers += [pool.instance_pool_id for pool in w.instance_pools.list()]
    identifiers += [robot.application_id for robot in w.service_principals.list()]
    pattern = re.compile("|".join(map(re.escape, [*identifiers, TOKEN])))
    files = [path for path in brickform.path("moved").rglob("*") if path.is_file() and ".git" not in path.parts]
    files += [brickform.path("moved.json"), *brickform.directory.glob("moved.json.*")]
    assert len(files) > 60
    for path in files:
        assert not pattern.search(path.read_text(errors="replace")), path


def test_what_changes_in_the_source_is_brought_along_and_nothing_else(moved):
    from databricks.sdk.service import jobs

    source, target, brickform, _ = moved
    w = source.sdk()
    job = next(job for job in w.jobs.list() if job.settings.name == "ring one")
    w.jobs.update(job.job_id, new_settings=jobs.JobSettings(max_concurrent_runs=9))
    ana = next(user for user in w.users.list() if user.user_name == mail("ana"))
    w.users.update(ana.id, user_name=ana.user_name, display_name="Ana Renamed", active=True)
    plan = brickform.move(source, target, name="later")
    assert sorted(step["address"] for step in plan["steps"]) == ["job:ring one", f"user:{mail('ana')}"]
    before, after = portrait(w), portrait(target.sdk())
    assert after == before
    assert after["jobs"]["ring one"][0]["settings"]["max_concurrent_runs"] == 9
