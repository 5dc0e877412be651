"""The part of the emulator that keeps the workspace's own model registry."""

import re

from emulator import Refused
from emulator_mlflow import MLFLOW, in_tags


class Registry:
    """Registered models, their versions, and webhooks."""

    CALLS = [
        ("GET", MLFLOW + "/databricks/registered-models/get", "models_describe"),
        ("GET", MLFLOW + "/registered-models/get", "models_get"),
        ("GET", MLFLOW + "/registered-models/(list|search)", "models_list"),
        ("POST", MLFLOW + "/registered-models/(create|rename)", "models_change"),
        ("PATCH", MLFLOW + "/registered-models/(update)", "models_change"),
        ("DELETE", MLFLOW + "/registered-models/(delete)", "models_change"),
        ("POST", MLFLOW + "/registered-models/(set-tag)", "models_tag"),
        ("DELETE", MLFLOW + "/registered-models/(delete-tag)", "models_tag"),
        ("GET", MLFLOW + "/model-versions/get", "versions_get"),
        ("GET", MLFLOW + "/model-versions/search", "versions_search"),
        ("GET", MLFLOW + "/model-versions/get-download-uri", "versions_uri"),
        ("POST", MLFLOW + "/model-versions/create", "versions_create"),
        ("PATCH", MLFLOW + "/model-versions/update", "versions_update"),
        ("DELETE", MLFLOW + "/model-versions/delete", "versions_delete"),
        ("POST", MLFLOW + "/model-versions/(set-tag)", "versions_tag"),
        ("DELETE", MLFLOW + "/model-versions/(delete-tag)", "versions_tag"),
        ("POST", MLFLOW + "/databricks/model-versions/transition-stage", "versions_stage"),
        ("POST", MLFLOW + "/model-versions/transition-stage", "versions_stage_plain"),
        ("GET", MLFLOW + "/registry-webhooks/list", "webhooks_list"),
        ("POST", MLFLOW + "/registry-webhooks/create", "webhooks_create"),
        ("PATCH", MLFLOW + "/registry-webhooks/update", "webhooks_update"),
        ("DELETE", MLFLOW + "/registry-webhooks/delete", "webhooks_delete"),
    ]

    def __init__(self, **settings):
        super().__init__(**settings)
        self.models, self.versions, self.webhooks = {}, {}, {}
        self.numbers: dict[str, int] = {}

    # Models

    def models_describe(self, query, body):
        held = self._held(self.models, query["name"])
        return {"registered_model_databricks": held | {"permission_level": "CAN_MANAGE"}}

    def models_get(self, query, body):
        return {"registered_model": self._model_told(query["name"])}

    def models_list(self, query, body, how):
        return {"registered_models": [self._model_told(name) for name in self.models]}

    def models_change(self, query, body, action):
        asked = query | body
        name = asked["name"]
        if action == "create":
            if name in self.models:
                raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"Registered Model (name={name}) already exists.")
            self.models[name] = body | {"id": f"{self.new_id():x}", "creation_timestamp": self.now()}
            return {"registered_model": self._model_told(name)}
        held = self._held(self.models, name)
        match action:
            case "update":
                held["description"] = body.get("description", "")
            case "rename":
                self.models[body["new_name"]] = self.models.pop(name) | {"name": body["new_name"]}
                name = body["new_name"]
            case _:
                del self.models[name]
                self.versions = {key: one for key, one in self.versions.items() if key[0] != name}
                return {}
        return {"registered_model": self._model_told(name)}

    def models_tag(self, query, body, action):
        self._tag(self._held(self.models, (query | body)["name"]), query | body, action)
        return {}

    def _model_told(self, name: str) -> dict:
        return {field: value for field, value in self._held(self.models, name).items() if field != "id"}

    # Versions

    def versions_get(self, query, body):
        return {"model_version": self._version(query)}

    def versions_search(self, query, body):
        name = re.fullmatch(r"name\s*=\s*'(.*)'", query.get("filter", ""))
        return {"model_versions": [one for (of, _), one in self.versions.items() if name is None or of == name[1]]}

    def versions_uri(self, query, body):
        return {"artifact_uri": self._version(query)["source"]}

    def versions_create(self, query, body):
        name = self._held(self.models, body["name"])["name"]
        self.numbers[name] = self.numbers.get(name, 0) + 1
        about = {"version": str(self.numbers[name]), "current_stage": "None", "status": "READY", "creation_timestamp": self.now()}
        self.versions[name, about["version"]] = body | about
        return {"model_version": body | about}

    def versions_update(self, query, body):
        held = self._version(body)
        held["description"] = body.get("description", "")
        return {"model_version": held}

    def versions_delete(self, query, body):
        self._version(query | body)
        del self.versions[(query | body)["name"], (query | body)["version"]]
        return {}

    def versions_tag(self, query, body, action):
        self._tag(self._version(query | body), query | body, action)
        return {}

    def versions_stage(self, query, body):
        held = self._version(body)
        if body["archive_existing_versions"]:
            for (name, _), one in self.versions.items():
                if name == body["name"] and one["current_stage"] == body["stage"]:
                    one["current_stage"] = "Archived"
        held["current_stage"] = body["stage"]
        return {"model_version_databricks": held}

    def versions_stage_plain(self, query, body):
        return {"model_version": self.versions_stage(query, body)["model_version_databricks"]}

    def _version(self, asked: dict) -> dict:
        return self._held(self.versions, (asked["name"], asked["version"]))

    def _tag(self, held: dict, asked: dict, action: str):
        if action == "set-tag":
            held["tags"] = in_tags(held.get("tags", []), asked["key"], asked["value"])
        else:
            held["tags"] = [one for one in held.get("tags", []) if one["key"] != asked["key"]]

    # Webhooks

    def webhooks_list(self, query, body):
        model = query.get("model_name")
        return {"webhooks": [one for one in self.webhooks.values() if model in (None, one.get("model_name"))]}

    def webhooks_create(self, query, body):
        identifier = f"{self.new_id():x}"
        for spec, hidden in (("http_url_spec", ("authorization", "secret")), ("job_spec", ("access_token",))):
            if spec in body:
                body[spec] = {name: value for name, value in body[spec].items() if name not in hidden}
        self.webhooks[identifier] = {"status": "ACTIVE"} | body | {"id": identifier, "creation_timestamp": self.now()}
        return {"webhook": self.webhooks[identifier]}

    def webhooks_update(self, query, body):
        held = self._held(self.webhooks, body["id"])
        held |= body
        return {"webhook": held}

    def webhooks_delete(self, query, body):
        identifier = (query | body)["id"]
        self._held(self.webhooks, identifier)
        del self.webhooks[identifier]
        return {}
