"""What an emulated workspace holds of the newer kinds, with names in place of identifiers."""

import base64

# Who calls owns what it makes.
CALLER = "tester@example.com"
CLOCKS = ("creation_time", "creation_timestamp", "created_at", "created_by", "updated_at", "last_update_time")


def without(one: dict, *fields: str) -> dict:
    """A record without its identifiers and times, and without what is empty."""
    return {name: value for name, value in one.items() if name not in (*fields, *CLOCKS) and value not in ("", [])}


def tags(one: dict) -> dict:
    """Tags by their names, without those that a copy has to carry."""
    return {tag["key"]: tag["value"] for tag in one.get("tags", []) if not tag["key"].startswith("brickform.")}


def robots(emulator) -> dict:
    return {one["applicationId"]: one["displayName"] for one in emulator.scim["ServicePrincipals"].values()}


def secrets(emulator) -> dict:
    names = robots(emulator)
    return {
        "scopes": emulator.scopes,
        "values": {scope: {key: value for key, (value, _) in held.items()} for scope, held in emulator.secrets.items()},
        "acls": {scope: {names.get(who, who): what for who, what in held.items() if who != CALLER} for scope, held in emulator.secret_acls.items()},
    }


def git(emulator) -> dict:
    return {
        "credentials": {one["name"]: without(one, "credential_id") for one in emulator.credentials.values()},
        "repos": {one["path"]: without(one, "id") for one in emulator.repos.values()},
        "tree": {path: one["object_type"] for path, one in emulator.tree.items() if one["object_type"] == "REPO"},
    }


def small(emulator) -> dict:
    clusters = {identifier: one["cluster_name"] for identifier, one in emulator.clusters.items()}
    ordered = sorted(emulator.scripts.values(), key=lambda one: one.get("position", 0))
    kept = ("instance_profile_arn", "iam_role_arn", "is_meta_instance_profile")
    by_text = {clusters[identifier]: sorted(held, key=str) for identifier, held in emulator.libraries.items()}
    return {
        "profiles": [{name: one[name] for name in kept if one.get(name)} for one in emulator.profiles.values()],
        "scripts": [without(one, "script_id", "position") for one in ordered],
        "libraries": by_text,
    }


def dbfs(emulator, *places: str) -> dict:
    """The files below some places."""
    files = {path: held[0] for path, held in emulator.dbfs.items() if held is not None}
    return {path: content for path, content in files.items() if path.startswith(places)}


def experiments(emulator) -> dict:
    def told(identifier, one):
        place = {} if one["artifact_location"].endswith(f"/{identifier}") else {"artifact_location": one["artifact_location"]}
        return {"tags": tags(one), "lifecycle_stage": one["lifecycle_stage"]} | place

    return {one["name"]: told(identifier, one) for identifier, one in emulator.experiments.items()}


def run_names(emulator) -> dict:
    """Names of runs, which some servers keep in a tag alone."""
    return {identifier: one["info"].get("run_name") or tags(one)["mlflow.runName"] for identifier, one in emulator.runs.items()}


def runs(emulator) -> dict:
    """All runs that are not deleted, with names for the runs that they name."""
    names = run_names(emulator)

    def told(run):
        info, root = run["info"], run["info"]["artifact_uri"].removeprefix("dbfs:") + "/"
        points = [(one["key"], int(one.get("step", 0)), int(one["timestamp"]), float(one["value"])) for one in run["metrics"]]
        return {
            "place": emulator.experiments[str(info["experiment_id"])]["name"],
            "info": {name: str(info[name]) for name in ("status", "start_time", "end_time")},
            "tags": {key: names.get(value, value) for key, value in tags(run).items()},
            "params": {one["key"]: one["value"] for one in run["params"]},
            "metrics": sorted(points),
            "inputs": run["inputs"],
            "files": {path.removeprefix(root): content for path, content in dbfs(emulator, root).items()},
        }

    active = [one for one in emulator.runs.values() if one["info"]["lifecycle_stage"] == "active"]
    return {names[one["info"]["run_id"]]: told(one) for one in active}


def registry(emulator) -> dict:
    jobs = {str(identifier): one["settings"]["name"] for identifier, one in emulator.jobs.items()}
    names = run_names(emulator)

    def version(one):
        source = one["source"].rpartition("/artifacts/")[2]
        run = {"run_id": names[one["run_id"]]} if one.get("run_id") else {}
        return without(one, "tags", "run_link") | {"source": source, "tags": tags(one)} | run

    def hook(one):
        job = {"job_spec": jobs[one["job_spec"]["job_id"]]} if "job_spec" in one else {}
        url = {"http_url_spec": one["http_url_spec"]["url"]} if "http_url_spec" in one else {}
        return without(one, "id", "status") | {"events": sorted(one["events"])} | job | url

    return {
        "models": {name: without(one, "id", "tags") | {"tags": tags(one)} for name, one in emulator.models.items()},
        "versions": {f"{name}/{number}": version(one) for (name, number), one in emulator.versions.items()},
        "webhooks": sorted((hook(one) for one in emulator.webhooks.values()), key=str),
    }


def rights(emulator) -> dict:
    """Rights on experiments, models and git folders, by their names."""
    names = {f"experiments/{identifier}": one["name"] for identifier, one in emulator.experiments.items()}
    names |= {f"registered-models/{one['id']}": name for name, one in emulator.models.items()}
    names |= {f"repos/{identifier}": one["path"] for identifier, one in emulator.repos.items()}
    return {names[place]: entries for place, entries in emulator.rights.items() if place in names and entries}


def holdings(emulator) -> dict:
    """Everything, part by part."""
    return {
        "secrets": secrets(emulator),
        "git": git(emulator),
        "small": small(emulator),
        "dbfs": dbfs(emulator, "/FileStore", "/lists"),
        "experiments": experiments(emulator),
        "runs": runs(emulator),
        "registry": registry(emulator),
        "rights": rights(emulator),
    }
