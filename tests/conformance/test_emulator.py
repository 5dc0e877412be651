"""brickform between two servers that know nothing of its simulator."""

import base64
import json

import pytest
from emulator import SCIM, Emulator
from workspace import OWN_FOLDER

PYTHON = "# Databricks notebook source\nprint('über')\n"
# Calls that only read, which MLflow has as POST.
SEARCHES = [
    "POST /api/2.0/mlflow/experiments/search",
    "POST /api/2.0/mlflow/runs/search",
    "POST /api/2.0/mlflow/artifacts/credentials-for-read",
]


@pytest.fixture
def emulated():
    """Starts emulated workspaces that end with the test."""
    started = []

    def start(kind=Emulator, **settings):
        started.append(kind(**settings))
        return started[-1]

    yield start
    for one in started:
        one.close()


def post(emulator: Emulator, path: str, body: dict) -> dict:
    """Asks an emulator directly, in the version it serves."""
    path = path.replace("2.1/jobs", emulator.JOBS).replace("2.0/clusters", emulator.CLUSTERS)
    status, _, answer = emulator.answer("POST", path, json.dumps(body).encode())
    assert status == 200, answer
    return json.loads(answer or b"{}")


def put_file(emulator: Emulator, path: str, content: bytes, **how):
    post(emulator, "/api/2.0/workspace/import", {"path": path, "content": base64.b64encode(content).decode()} | how)


def fill(emulator: Emulator):
    """Puts something of everything into an emulated workspace."""
    users = [post(emulator, f"{SCIM}/Users", {"userName": f"u{number}@acme.example"})["id"] for number in range(12)]
    robot = post(emulator, f"{SCIM}/ServicePrincipals", {"displayName": "robot"})
    inner = post(emulator, f"{SCIM}/Groups", {"displayName": "inner", "members": [{"value": users[0]}, {"value": robot["id"]}]})
    post(
        emulator,
        f"{SCIM}/Groups",
        {
            "displayName": "outer",
            "members": [{"value": inner["id"]}, {"value": users[1]}],
            "entitlements": [{"value": "allow-cluster-create"}],
            "fieldOfTheFuture": {"deep": [1, 2.5, "no"]},
        },
    )
    pool = post(emulator, "/api/2.0/instance-pools/create", {"instance_pool_name": "warm", "node_type_id": "n-1"})["instance_pool_id"]
    definition = json.dumps({"instance_pool_id": {"type": "fixed", "value": pool}})
    policy = post(emulator, "/api/2.0/policies/clusters/create", {"name": "p", "definition": definition})["policy_id"]
    cluster = post(
        emulator,
        "/api/2.0/clusters/create",
        {"cluster_name": "c", "spark_version": "15", "num_workers": 2, "policy_id": policy, "instance_pool_id": pool},
    )["cluster_id"]
    post(emulator, "/api/2.0/clusters/pin", {"cluster_id": cluster})
    for path in ("/Shared/empty", "/Shared/etl"):
        post(emulator, "/api/2.0/workspace/mkdirs", {"path": path})
    for number in range(5):
        put_file(emulator, f"/Shared/etl/n{number}", PYTHON.encode(), language="PYTHON", format="SOURCE")
    put_file(emulator, "/Shared/etl/q", b"-- Databricks notebook source\nSELECT 1\n", language="SQL", format="SOURCE")
    put_file(emulator, "/Shared/etl/raw.bin", bytes(range(256)), format="RAW")
    put_file(emulator, "/Users/u1@acme.example/mine", PYTHON.encode(), language="PYTHON", format="SOURCE")
    task = {"task_key": "t", "existing_cluster_id": cluster, "notebook_task": {"notebook_path": "/Shared/etl/n1"}}
    first = post(emulator, "/api/2.1/jobs/create", {"name": "first", "tasks": [task], "run_as": {"service_principal_name": robot["applicationId"]}})
    chain = {"task_key": "u", "run_job_task": {"job_id": first["job_id"]}}
    post(emulator, "/api/2.1/jobs/create", {"name": "second", "tasks": [chain], "schedule": {"quartz_cron_expression": "0 0 * * * ?", "timezone_id": "UTC"}})
    owner = {"user_name": "u0@acme.example", "permission_level": "IS_OWNER"}
    emulator.rights[f"jobs/{first['job_id']}"] = [owner, {"group_name": "inner", "permission_level": "CAN_VIEW"}]
    emulator.rights[f"clusters/{cluster}"] = [{"service_principal_name": robot["applicationId"], "permission_level": "CAN_RESTART"}]
    notebook = emulator.tree["/Shared/etl/n1"]["object_id"]
    emulator.rights[f"notebooks/{notebook}"] = [{"group_name": "outer", "permission_level": "CAN_RUN"}]


def holdings(emulator: Emulator) -> dict:
    """What an emulated workspace holds, with names in place of identifiers."""
    names = {}
    for kind, field in (("Users", "userName"), ("Groups", "displayName"), ("ServicePrincipals", "displayName")):
        for identifier, one in emulator.scim[kind].items():
            names |= {identifier: one[field], one.get("applicationId", identifier): one[field]}
    for objects, field in ((emulator.policies, "name"), (emulator.pools, "instance_pool_name"), (emulator.clusters, "cluster_name")):
        names |= {identifier: one[field] for identifier, one in objects.items()}
    names |= {identifier: one["settings"]["name"] for identifier, one in emulator.jobs.items()}
    paths = {str(one["object_id"]): path for path, one in emulator.tree.items()}

    def named(value):
        match value:
            case dict():
                return {key: named(inner) for key, inner in value.items() if key not in ("id", "applicationId", "state", "object_id")}
            case list():
                return [named(inner) for inner in value]
            case str() | int() if not isinstance(value, bool):
                return names.get(str(value), value)
        return value

    def members(group):
        return group | {"members": sorted(names[str(one["value"])] for one in group.get("members", []))}

    def with_definition(policy):
        return policy | {"definition": json.loads(policy["definition"])}

    rights = {}
    for place, entries in emulator.rights.items():
        kind, identifier = place.split("/")
        tree = kind in ("notebooks", "directories", "files")
        key = f"{kind} {paths[identifier] if tree else names[identifier]}"
        rights[key] = sorted(json.dumps(named(entry), sort_keys=True) for entry in entries)
    return {
        "users": sorted(one["userName"] for one in emulator.scim["Users"].values()),
        "robots": sorted(one["displayName"] for one in emulator.scim["ServicePrincipals"].values()),
        "groups": {one["displayName"]: {name: value for name, value in members(one).items() if name not in ("id", "meta")} for one in emulator.scim["Groups"].values()},
        "policies": {one["name"]: named(with_definition(one)) for one in emulator.policies.values()},
        "pools": {one["instance_pool_name"]: named(one) for one in emulator.pools.values()},
        "clusters": {one["cluster_name"]: named(one) for one in emulator.clusters.values()},
        "jobs": {one["settings"]["name"]: named(one) for one in emulator.jobs.values()},
        "tree": {path: named(one) for path, one in emulator.tree.items() if not path.startswith(OWN_FOLDER)},
        "rights": {key: held for key, held in rights.items() if held},
    }


def without_defaults(held: dict) -> dict:
    """Leaves out what brickform may say although it goes without saying."""
    for job in held["jobs"].values():
        if job["settings"].get("queue") == {"enabled": False}:
            del job["settings"]["queue"]
    return held


class Newest(Emulator):
    """Serves the newest versions only."""

    JOBS, CLUSTERS = "2.2/jobs", "2.1/clusters"
    CALLS = [(method, path.replace("2.1/jobs", "2.2/jobs").replace("2.0/clusters", "2.1/clusters"), name) for method, path, name in Emulator.CALLS]


@pytest.mark.parametrize("kind", [Emulator, Newest])
def test_everything_arrives(emulated, brickform, kind):
    source, target = emulated(kind), emulated(kind, first_id=5000)
    fill(source)
    plan = brickform.move(source, target)
    assert plan["blocked"] == [] and plan["steps"]
    expected, arrived = without_defaults(holdings(source)), without_defaults(holdings(target))
    for part, held in expected.items():
        if part != "rights":
            assert arrived[part] == held, part
    for place, held in expected["rights"].items():
        assert arrived["rights"].get(place) == held, place
    again = brickform.plan("moved", target, "again.json", "--detailed-exitcode")
    assert again["steps"] == []
    brickform.export(target, "there")
    brickform.run("diff", "moved", "there")


def test_a_second_export_changes_nothing(emulated, brickform):
    source = emulated()
    fill(source)
    brickform.export(source, "one")
    before = {path: path.read_bytes() for path in brickform.path("one").rglob("*") if path.is_file() and "observed" not in path.parts}
    brickform.export(source, "one")
    assert before == {path: path.read_bytes() for path in before}
    wrote = [call for call in source.asked if not call.startswith("GET") and call not in SEARCHES]
    assert wrote == [], "an export only reads"


def test_what_changes_later_is_brought_along(emulated, brickform):
    source, target = emulated(), emulated(first_id=5000)
    fill(source)
    brickform.move(source, target)
    put_file(source, "/Shared/etl/n1", b"# Databricks notebook source\nprint(2)\n", language="PYTHON", format="SOURCE", overwrite=True)
    next(iter(source.jobs.values()))["settings"]["max_concurrent_runs"] = 4
    group = next(one for one in source.scim["Groups"].values() if one["displayName"] == "outer")
    group["members"] = group["members"][:1]
    plan = brickform.move(source, target, name="later")
    assert sorted(step["address"] for step in plan["steps"]) == ["group:outer", "job:first", "notebook:/Shared/etl/n1"]
    arrived = holdings(target)
    assert base64.b64decode(arrived["tree"]["/Shared/etl/n1"]["content"]).endswith(b"print(2)\n")
    assert arrived["jobs"]["first"]["settings"]["max_concurrent_runs"] == 4
    assert arrived["groups"]["outer"]["members"] == ["inner"]
