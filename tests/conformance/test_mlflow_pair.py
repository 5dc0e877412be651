"""Two real MLflow servers: what MLflow's client wrote into one, brickform brings to the other."""

import signal
import subprocess
import time

import pytest
from mlflow_portrait import portrait
from mlflow_seed import BEGIN, HOUR, new_run, put, seed


@pytest.fixture
def pair(mlflow):
    """A server that holds a bit of everything, and an empty one."""
    source, target = mlflow("source"), mlflow("target")
    seed(source.ready().client())
    return source, target.ready()


def changes(plan: dict) -> list:
    """What a plan does, and to what."""
    return [(step["change"], step["address"]) for step in plan["steps"]]


def sync(brickform, source, target, name: str) -> dict:
    """Exports, plans and applies; gives the plan."""
    brickform.export(source, "snapshot")
    plan = brickform.plan("snapshot", target, f"{name}.json")
    brickform.apply(f"{name}.json", target)
    return plan


def test_a_server_moves_to_another_and_later_runs_follow(pair, brickform):
    source, target = pair
    first = sync(brickform, source, target, "first")
    assert first["steps"] and not first["blocked"], first["blocked"]
    assert portrait(target.client()) == portrait(source.client())
    brickform.export(source, "snapshot")
    again = brickform.plan("snapshot", target, "again.json")
    assert changes(again) == [] and not again.get("conflicts")
    brickform.run("verify", "snapshot", on=target)

    client = source.client()
    churn = client.get_experiment_by_name("churn / nightly").experiment_id
    late = new_run(client, churn, "late", BEGIN + 30 * HOUR, late=1)
    put(client, late, "late.txt", b"late\n")
    later = sync(brickform, source, target, "later")
    assert {kind.split(":")[0] for _, kind in changes(later)} == {"mlflow_run"}, changes(later)
    assert portrait(target.client()) == portrait(source.client())
    assert changes(brickform.plan("snapshot", target, "last.json")) == []


def test_the_last_days_move_first_and_the_rest_follows(pair, brickform):
    source, target = pair
    brickform.run("export", "-o", "part", "--runs-since", "2026-01-02", on=source)
    plan = brickform.plan("part", target, "part.json")
    days = {address.rsplit("/", 1)[-1] for _, address in changes(plan) if address.startswith("mlflow_run:")}
    assert days and min(days) >= "2026-01-02", days
    brickform.apply("part.json", target, "--exclude", "ws_model_version")
    client = target.client()
    ids = [one.experiment_id for one in client.search_experiments()]
    runs = client.search_runs(ids)
    assert runs and all(run.info.start_time >= BEGIN + 24 * HOUR for run in runs)
    sync(brickform, source, target, "all")
    assert portrait(target.client()) == portrait(source.client())
    assert changes(brickform.plan("snapshot", target, "again.json")) == []


@pytest.mark.parametrize("seconds", [0.3, 1.5])
def test_an_apply_that_is_killed_goes_on_and_makes_nothing_twice(pair, brickform, seconds):
    source, target = pair
    brickform.export(source, "snapshot")
    brickform.plan("snapshot", target, "plan.json")
    command, environment = brickform.reach(["apply", "plan.json"], target)
    running = subprocess.Popen(
        command,
        cwd=brickform.directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal = brickform.path("plan.json.journal")
    while running.poll() is None and not journal.exists():
        time.sleep(0.01)
    time.sleep(seconds)
    running.send_signal(signal.SIGKILL)
    running.wait()
    brickform.apply("plan.json", target, "--resume")
    # Names are unique in the portrait: a run that was made twice would not pass.
    assert portrait(target.client()) == portrait(source.client())
    assert changes(brickform.plan("snapshot", target, "again.json")) == []
