"""The part of the emulator that keeps MLflow's experiments and runs, whose files lie in its DBFS."""

from emulator import Refused

MLFLOW = "/api/2.0/mlflow"
WRITES = "create|update|delete|restore"


def in_tags(tags: list, key: str, value: str) -> list:
    """The tags with one of them set."""
    return [one for one in tags if one["key"] != key] + [{"key": key, "value": value}]


class Mlflow:
    """Experiments, runs, metrics, and what lies below a run in DBFS."""

    CALLS = [
        ("GET", MLFLOW + "/experiments/(get|get-by-name)", "experiments_get"),
        ("GET", MLFLOW + "/experiments/list", "experiments_list"),
        ("POST", MLFLOW + "/experiments/search", "experiments_search"),
        ("POST", MLFLOW + f"/experiments/({WRITES}|set-experiment-tag|delete-experiment-tag)", "experiments_change"),
        ("GET", MLFLOW + "/runs/get", "runs_get"),
        ("POST", MLFLOW + "/runs/search", "runs_search"),
        ("POST", MLFLOW + f"/runs/({WRITES})", "runs_change"),
        ("POST", MLFLOW + "/runs/(set-tag|delete-tag|log-metric|log-parameter|log-batch|log-inputs)", "runs_log"),
        ("GET", MLFLOW + "/metrics/get-history", "metrics_history"),
        ("GET", MLFLOW + "/artifacts/list", "artifacts_list"),
    ]

    def __init__(self, **settings):
        super().__init__(**settings)
        self.experiments, self.runs = {}, {}

    # Experiments

    def experiments_get(self, query, body, how):
        if how == "get":
            return {"experiment": self._held(self.experiments, query["experiment_id"])}
        by_name = {one["name"]: one for one in self.experiments.values()}
        return {"experiment": self._held(by_name, query["experiment_name"])}

    def experiments_list(self, query, body):
        return self.experiments_search(query, query)

    def experiments_search(self, query, body):
        return {"experiments": self._seen(self.experiments.values(), body.get("view_type"))}

    def experiments_change(self, query, body, action):
        if action == "create":
            if any(one["name"] == body["name"] for one in self.experiments.values()):
                raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"Experiment {body['name']} already exists.")
            identifier = str(self.new_id())
            usual = {"artifact_location": f"dbfs:/databricks/mlflow-tracking/{identifier}"}
            about = {"experiment_id": identifier, "lifecycle_stage": "active", "creation_time": self.now()}
            self.experiments[identifier] = usual | body | about
            return {"experiment_id": identifier}
        held = self._held(self.experiments, body["experiment_id"])
        match action:
            case "update":
                held["name"] = body["new_name"]
            case "delete" | "restore":
                held["lifecycle_stage"] = "deleted" if action == "delete" else "active"
            case "set-experiment-tag":
                held["tags"] = in_tags(held.get("tags", []), body["key"], body["value"])
            case _:
                held["tags"] = [one for one in held.get("tags", []) if one["key"] != body["key"]]
        return {}

    # Runs

    def runs_get(self, query, body):
        return {"run": self._run_told(self._held(self.runs, query["run_id"]))}

    def runs_search(self, query, body):
        runs = [one for one in self.runs.values() if one["info"]["experiment_id"] in body.get("experiment_ids", [])]
        seen = self._seen((one["info"] for one in runs), body.get("run_view_type"))
        return {"runs": [self._run_told(one) for one in runs if one["info"] in seen]}

    def runs_change(self, query, body, action):
        if action == "create":
            place = self._held(self.experiments, body["experiment_id"])["artifact_location"]
            identifier = f"{self.new_id():032x}"
            info = {name: value for name, value in body.items() if name != "tags"} | {
                "run_id": identifier,
                "run_uuid": identifier,
                "status": "RUNNING",
                "lifecycle_stage": "active",
                "artifact_uri": f"{place}/{identifier}/artifacts",
            }
            self.runs[identifier] = {"info": info, "tags": body.get("tags", []), "params": [], "metrics": [], "inputs": []}
            return {"run": self._run_told(self.runs[identifier])}
        info = self._run(body)["info"]
        if action == "update":
            info |= {name: value for name, value in body.items() if name in ("status", "end_time", "run_name")}
            return {"run_info": info}
        info["lifecycle_stage"] = "deleted" if action == "delete" else "active"
        return {}

    def runs_log(self, query, body, action):
        run = self._run(body)
        one = {name: value for name, value in body.items() if name not in ("run_id", "run_uuid")}
        match action:
            case "delete-tag":
                run["tags"] = [tag for tag in run["tags"] if tag["key"] != body["key"]]
            case "set-tag":
                run["tags"] = in_tags(run["tags"], body["key"], body["value"])
            case "log-metric":
                run["metrics"].append(one)
            case "log-parameter":
                run["params"].append(one)
            case "log-inputs":
                run["inputs"] += body["datasets"]
            case _:
                run["metrics"] += body.get("metrics", [])
                run["params"] += body.get("params", [])
                for tag in body.get("tags", []):
                    run["tags"] = in_tags(run["tags"], tag["key"], tag["value"])
        return {}

    def metrics_history(self, query, body):
        run = self._run(query)
        return {"metrics": [one for one in run["metrics"] if one["key"] == query["metric_key"]]}

    def artifacts_list(self, query, body):
        root = self._run(query)["info"]["artifact_uri"]
        inside = root.removeprefix("dbfs:")
        folder = f"{inside}/{query['path']}" if query.get("path") else inside
        below = [path for path in self.dbfs if path.rpartition("/")[0] == folder]
        files = [self._dbfs_told(path) | {"path": path.removeprefix(inside + "/")} for path in below]
        kept = ("path", "is_dir", "file_size")
        return {"root_uri": root, "files": [{name: one[name] for name in kept} for one in files]}

    def _run(self, asked: dict) -> dict:
        return self._held(self.runs, asked.get("run_id") or asked.get("run_uuid"))

    def _run_told(self, run: dict) -> dict:
        last = {one["key"]: one for one in sorted(run["metrics"], key=lambda one: (int(one.get("step", 0)), int(one["timestamp"])))}
        data = {"metrics": list(last.values()), "params": run["params"], "tags": run["tags"]}
        return {"info": run["info"], "data": data} | ({"inputs": {"dataset_inputs": run["inputs"]}} if run["inputs"] else {})

    def _seen(self, all_of_them, view: str | None) -> list:
        stages = {"ALL": ("active", "deleted"), "DELETED_ONLY": ("deleted",)}.get(view, ("active",))
        return [one for one in all_of_them if one["lifecycle_stage"] in stages]
