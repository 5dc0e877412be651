"""What other people's emulators do otherwise, where the documentation leaves it open."""

import json

from emulator import Refused
from emulator_rest import Rest

TIMES = ("_time", "_timestamp", "_at", "timestamp", "step", "file_size")


def told(change):
    """An emulator whose answers are changed, record by record, in the call that a text is of."""

    class Told(Rest):
        def answer(self, method, target, body):
            status, kind, answer = super().answer(method, target, body)
            if status == 200 and kind == "application/json":
                answer = json.dumps(everywhere(json.loads(answer or b"null"), change)).encode()
            return status, kind, answer

    return Told


def everywhere(value, change):
    """Changes every record in an answer, from the inside out."""
    match value:
        case dict():
            return change({name: everywhere(inner, change) for name, inner in value.items()})
        case list():
            return [everywhere(inner, change) for inner in value]
    return value


def in_fields(ends: tuple, convert, kind: type):
    """Converts the fields with such names, where they hold such a value."""
    return told(lambda one: {name: convert(value) if name.endswith(ends) and type(value) is kind else value for name, value in one.items()})


class NumberIds(in_fields(("experiment_id", "version"), int, str)):
    """Answers with numbers for the identifiers of experiments and the numbers of versions, and takes both."""

    def answer(self, method, target, body):
        asked = json.loads(body or b"{}")
        texts = {name: str(value) for name, value in asked.items() if name in ("experiment_id", "version")}
        many = {name: [str(one) for one in value] for name, value in asked.items() if name == "experiment_ids"}
        return super().answer(method, target, json.dumps(asked | texts | many).encode() if body else body)


# Every time, step and size as a text, as 64-bit numbers are in the JSON of protocol buffers.
TextTimes = in_fields(TIMES, str, int)

# Nothing that is empty or no, as protocol buffers leave it out.
Bare = told(lambda one: {name: value for name, value in one.items() if value not in ([], {}, "", False, None)})

# Fields that nobody knows; what is exported is a file, and no record.
Unknown = told(lambda one: one if one.keys() <= {"content", "enabled"} else one | {"field_of_the_future": "yes", "etag": None})


class TextIds(in_fields(("credential_id", "job_id", "object_id", "handle", "id"), str, int)):
    """Answers with texts for the identifiers that are numbers, and takes both."""

    def answer(self, method, target, body):
        asked = json.loads(body or b"{}")
        numbers = {name: int(asked[name]) for name in ("handle", "git_credential_id") if name in asked}
        return super().answer(method, target, json.dumps(asked | numbers).encode() if body else body)


class Nulls(Rest):
    """Answers with null for each known field that was never set."""

    FIELDS = {
        "experiments": ("tags", "last_update_time", "trace_location"),
        "registered_models": ("description", "tags", "user_id", "latest_versions"),
        "model_versions": ("description", "tags", "run_id", "run_link", "status_message", "user_id"),
        "webhooks": ("description", "model_name", "http_url_spec", "job_spec"),
        "repos": ("branch", "head_commit_id", "sparse_checkout"),
        "credentials": ("git_email", "git_username", "name", "is_default_for_provider"),
        "scopes": ("keyvault_metadata",),
        "instance_profiles": ("iam_role_arn", "is_meta_instance_profile"),
        "scripts": ("updated_at", "updated_by"),
        "library_statuses": ("messages", "is_library_for_all_clusters"),
    }
    SINGLE = {"experiment": "experiments", "registered_model_databricks": "registered_models", "model_version": "model_versions"}

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        if status == 200:
            answer = json.dumps(everywhere(json.loads(answer), self._filled)).encode()
        return status, kind, answer

    def _filled(self, one):
        for name, value in one.items():
            fields = dict.fromkeys(self.FIELDS.get(self.SINGLE.get(name, name), ()))
            if isinstance(value, list):
                one[name] = [fields | inner if isinstance(inner, dict) else inner for inner in value]
            elif isinstance(value, dict) and name in self.SINGLE:
                one[name] = fields | value
        return one


class SmallPages(Rest):
    """Two on a page, however many are asked for, wherever the documentation knows pages."""

    PAGED = ("/repos", "experiments/search", "runs/search", "get-history", "artifacts/list", "models/search", "versions/search", "webhooks/list")

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        path, _, query = target.partition("?")
        if status == 200 and path.endswith(self.PAGED) and (method == "GET" or "search" in path):
            token = json.loads(body or b"{}").get("page_token") or dict(part.split("=") for part in query.split("&") if part).get(
                "next_page_token" if path.endswith("/repos") else "page_token"
            )
            told, begin = json.loads(answer), int(token or 0)
            many = next(name for name, value in told.items() if isinstance(value, list))
            more = {"next_page_token": str(begin + 2)} if begin + 2 < len(told[many]) else {}
            answer = json.dumps(told | {many: told[many][begin : begin + 2]} | more).encode()
        return status, kind, answer


class Quiet(Rest):
    """Answers with nothing at all where there is nothing to say."""

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        return status, kind, b"" if answer == b"{}" else answer


class PlainErrors(Rest):
    """Refuses in plain text, without a code."""

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        return (status, "text/plain", json.loads(answer)["message"].encode()) if status != 200 else (status, kind, answer)


class Conflicts(Rest):
    """Calls what is there already a conflict."""

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        return (409 if b"ALREADY_EXISTS" in answer else status), kind, answer


class NoMe(Rest):
    """Does not tell who calls."""

    CALLS = [call for call in Rest.CALLS if call[2] != "me"]


class NoTree(Rest):
    """Keeps git folders beside the tree, and never in it."""

    def _into_tree(self, repo):
        pass


class OwnTreeIds(Rest):
    """Gives git folders another identifier in the tree than among the git folders."""

    def _into_tree(self, repo):
        super()._into_tree(repo)
        self.tree[repo["path"]]["object_id"] = self.new_id()


class Prefixed(Rest):
    """Spells the paths of git folders and of DBFS in their long form."""

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        if status == 200 and "/repos" in target and "permissions" not in target:
            answer = answer.replace(b'"path": "/', b'"path": "/Workspace/')
        if status == 200 and "/dbfs/" in target:
            answer = answer.replace(b'"path": "/', b'"path": "dbfs:/')
        return status, kind, answer


class ReposWithMore(Rest):
    """Tells of git folders what a clone would tell, and lists what is in them."""

    def repos_create(self, query, body):
        made = super().repos_create(query, body)
        made["head_commit_id"] = "0123456789abcdef0123456789abcdef01234567"
        self.tree[f"{made['path']}/README.md"] = {"object_type": "FILE", "object_id": self.new_id(), "content": ""}
        return made


class CreatorManages(Rest):
    """Lets who makes a scope manage it, as the documentation says."""

    def scopes_change(self, query, body, action):
        answer = super().scopes_change(query, body, action)
        if action == "create":
            self.secret_acls[body["scope"]]["tester@example.com"] = "MANAGE"
        return answer


class Hidden(Rest):
    """Tells secrets to nobody."""

    def secrets_get(self, query, body):
        raise Refused(403, "PERMISSION_DENIED", "Secrets are read in notebooks")


class HardDelete(Rest):
    """What is deleted is gone."""

    def experiments_change(self, query, body, action):
        answer = super().experiments_change(query, body, action)
        if action == "delete":
            del self.experiments[body["experiment_id"]]
        return answer

    def runs_change(self, query, body, action):
        answer = super().runs_change(query, body, action)
        if action == "delete":
            del self.runs[body["run_id"]]
        return answer


class AllStages(Rest):
    """Lists experiments and runs whether they are deleted or not."""

    def _seen(self, all_of_them, view):
        return list(all_of_them)


class ActiveOnly(Rest):
    """Never lists what is deleted."""

    def _seen(self, all_of_them, view):
        return super()._seen(all_of_them, None)


# No word of how large files are and when they were written.
NoSizes = told(lambda one: {name: value for name, value in one.items() if name not in ("file_size", "modification_time")})

# No word of what is not deleted.
NoStages = told(lambda one: {name: value for name, value in one.items() if (name, value) != ("lifecycle_stage", "active")})


class ScriptsWithoutOrder(Rest):
    """Keeps of a script what it is sent, and no position."""

    def scripts_list(self, query, body):
        return {"scripts": list(self.scripts.values())}

    def scripts_create(self, query, body):
        identifier = f"S{self.new_id()}"
        self.scripts[identifier] = body | {"script_id": identifier}
        return {"script_id": identifier}

    def scripts_update(self, query, body, identifier):
        self._held(self.scripts, identifier).update(body)
        return {}


class ScriptsAsSent(ScriptsWithoutOrder):
    """Keeps the positions that it is sent, and moves nothing."""

    def scripts_create(self, query, body):
        return super().scripts_create(query, {"position": len(self.scripts)} | body)


class Installed(Rest):
    """Installs libraries at once, and forgets them only when the cluster starts anew."""

    def _libraries_told(self, cluster):
        told = super()._libraries_told(cluster)
        about = {"status": "INSTALLED", "messages": ["done"], "is_library_for_all_clusters": False}
        return told | {"library_statuses": [one | about for one in told["library_statuses"]]}


class EveryCluster(Rest):
    """Tells the libraries of every cluster, also of those without any, and of none that it never heard of."""

    def libraries_all(self, query, body):
        return {"statuses": [self._libraries_told(cluster) for cluster in self.clusters]}


class ShortReads(Rest):
    """Gives less of a file than is asked for."""

    def dbfs_read(self, query, body):
        return super().dbfs_read(query | {"length": min(int(query.get("length", 500_000)), 300_000)}, body)


class StrictReads(Rest):
    """Refuses to read at the end of a file."""

    def dbfs_read(self, query, body):
        content = self.dbfs[self._dbfs_known(query["path"])]
        if content and content[0] and int(query.get("offset", 0)) >= len(content[0]):
            raise Refused(400, "INVALID_PARAMETER_VALUE", "The offset is beyond the end of the file.")
        return super().dbfs_read(query, body)


class Unworded(Rest):
    """Says of a call that it does not know no more than web frameworks do by themselves."""

    def unknown(self, method, path):
        return 404, "application/json", b'{"detail":"Not Found"}'


class SparseRuns(Rest):
    """Leaves out of a run what there is none of, and finds runs without what was logged in them."""

    def _run_told(self, run):
        told = super()._run_told(run)
        return told | {"data": {name: value for name, value in told["data"].items() if value}}


class NamesInTags(Rest):
    """Knows the name of a run by its tag alone, as older servers do."""

    def runs_change(self, query, body, action):
        name = body.pop("run_name", None)
        if action == "create" and name and all(tag["key"] != "mlflow.runName" for tag in body.get("tags", [])):
            body["tags"] = [*body.get("tags", []), {"key": "mlflow.runName", "value": name}]
        return super().runs_change(query, body, action)


class NoRights(Rest):
    """Has no rights of what nobody granted rights on."""

    def rights_get(self, query, body, kind, identifier):
        if f"{kind}/{identifier}" not in self.rights:
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST", f"No permissions of {kind}/{identifier}")
        return super().rights_get(query, body, kind, identifier)


class ExperimentsInTree(Rest):
    """Shows experiments in the tree, as a workspace does."""

    def experiments_change(self, query, body, action):
        answer = super().experiments_change(query, body, action)
        if action == "create":
            self.tree[body["name"]] = {"object_type": "MLFLOW_EXPERIMENT", "object_id": int(answer["experiment_id"])}
        return answer


class EmptyTokens(Rest):
    """Gives models in pages that are smaller than asked for, with a token that is empty at the end."""

    def models_list(self, query, body, how):
        every, begin = super().models_list(query, body, how)["registered_models"], int(query.get("page_token") or 0)
        return {"registered_models": every[begin : begin + 1], "next_page_token": str(begin + 1) if begin + 1 < len(every) else ""}


class NoFilter(Rest):
    """Finds every version of every model, whatever is asked for."""

    def versions_search(self, query, body):
        return super().versions_search({}, body)
