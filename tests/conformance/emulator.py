"""A naive emulator of the Databricks API, written from its public documentation alone.

It stores what it is sent and gives it back. It knows nothing of brickform's simulator, fills in hardly
any default, pages nothing, checks hardly anything, and says no more than it must, as emulators do.
"""

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

SCIM = "/api/2.0/preview/scim/v2"
MARKS = {"PYTHON": "py", "SQL": "sql", "SCALA": "scala", "R": "r"}
TYPES = {"Users": "user_name", "Groups": "group_name", "ServicePrincipals": "service_principal_name"}


class Refused(Exception):
    """An answer that is no."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status = status
        self.body = {"error_code": code, "message": message}


def missing(what: str) -> Refused:
    return Refused(404, "RESOURCE_DOES_NOT_EXIST", f"{what} does not exist")


class Emulator:
    """One emulated workspace, served until it is closed.

    Each method named in `CALLS` answers one call: it gets the parts of the path, the query and the body.
    """

    JOBS, CLUSTERS = "2.1/jobs", "2.0/clusters"
    CALLS = [
        ("GET", SCIM + "/Me", "me"),
        ("GET", SCIM + r"/(Users|Groups|ServicePrincipals)", "scim_list"),
        ("POST", SCIM + r"/(Users|Groups|ServicePrincipals)", "scim_create"),
        ("GET", SCIM + r"/(Users|Groups|ServicePrincipals)/([^/]+)", "scim_get"),
        ("PATCH", SCIM + r"/(Users|Groups|ServicePrincipals)/([^/]+)", "scim_patch"),
        ("PUT", SCIM + r"/(Users|Groups|ServicePrincipals)/([^/]+)", "scim_put"),
        ("DELETE", SCIM + r"/(Users|Groups|ServicePrincipals)/([^/]+)", "scim_delete"),
        ("GET", r"/api/2.0/policies/clusters/list", "policies_list"),
        ("GET", r"/api/2.0/policies/clusters/get", "policies_get"),
        ("POST", r"/api/2.0/policies/clusters/(create|edit|delete)", "policies_change"),
        ("GET", r"/api/2.0/instance-pools/list", "pools_list"),
        ("GET", r"/api/2.0/instance-pools/get", "pools_get"),
        ("POST", r"/api/2.0/instance-pools/(create|edit|delete)", "pools_change"),
        ("GET", r"/api/2.0/clusters/list", "clusters_list"),
        ("GET", r"/api/2.0/clusters/get", "clusters_get"),
        ("POST", r"/api/2.0/clusters/([a-z-]+)", "clusters_change"),
        ("GET", r"/api/2.1/jobs/list", "jobs_list"),
        ("GET", r"/api/2.1/jobs/get", "jobs_get"),
        ("POST", r"/api/2.1/jobs/(create|reset|update|delete)", "jobs_change"),
        ("GET", r"/api/2.0/workspace/list", "tree_list"),
        ("GET", r"/api/2.0/workspace/get-status", "tree_status"),
        ("GET", r"/api/2.0/workspace/export", "tree_export"),
        ("POST", r"/api/2.0/workspace/(mkdirs|import|delete)", "tree_change"),
        ("GET", r"/api/2.0/permissions/([a-z-]+)/([^/]+)", "rights_get"),
        ("PUT", r"/api/2.0/permissions/([a-z-]+)/([^/]+)", "rights_put"),
    ]

    def __init__(self, first_id: int = 1000, calls: list | None = None):
        self.token = "dapi-emulated"
        self.asked: list[str] = []
        self._calls = [(method, re.compile(path), name) for method, path, name in calls or self.CALLS]
        self._lock = threading.RLock()
        self._next = first_id
        self.scim = {"Users": {}, "Groups": {}, "ServicePrincipals": {}}
        self.policies, self.pools, self.clusters, self.jobs = {}, {}, {}, {}
        self.rights: dict[str, list] = {}
        self.tree = {path: {"object_type": "DIRECTORY", "object_id": self.new_id()} for path in ("/", "/Users", "/Shared")}
        self._serve()

    def new_id(self) -> int:
        self._next += 1
        return self._next

    # People

    def me(self, query, body):
        return {"id": "0", "userName": "tester@example.com"}

    def scim_list(self, query, body, kind):
        return {"Resources": list(self.scim[kind].values())}

    def scim_create(self, query, body, kind):
        made = {name: value for name, value in body.items() if name != "schemas"} | {"id": str(self.new_id())}
        if kind == "Groups":
            made["meta"] = {"resourceType": "Group"}
        if kind == "ServicePrincipals":
            made.setdefault("applicationId", f"app-{made['id']}")
        self.scim[kind][made["id"]] = made
        return made

    def scim_get(self, query, body, kind, identifier):
        if identifier not in self.scim[kind]:
            raise missing(f"{kind} {identifier}")
        return self.scim[kind][identifier]

    def scim_put(self, query, body, kind, identifier):
        self.scim_get(query, body, kind, identifier)
        self.scim[kind][identifier] = body | {"id": identifier}
        return self.scim[kind][identifier]

    def scim_patch(self, query, body, kind, identifier):
        held = self.scim_get(query, body, kind, identifier)
        for operation in body["Operations"]:
            path, value = operation["path"], operation.get("value")
            match operation["op"].lower(), re.fullmatch(r'(\w+)\[value eq "(.*)"\]', path):
                case "add", _ if isinstance(value, list):
                    held[path] = held.get(path, []) + value
                case "remove", None:
                    held.pop(path, None)
                case "remove", found:
                    held[found[1]] = [one for one in held.get(found[1], []) if one["value"] != found[2]]
                case _:
                    held[path] = value
        return {}

    def scim_delete(self, query, body, kind, identifier):
        self.scim_get(query, body, kind, identifier)
        del self.scim[kind][identifier]
        return {}

    # Compute and jobs

    def policies_list(self, query, body):
        return {"policies": list(self.policies.values())}

    def policies_get(self, query, body):
        return self._held(self.policies, query["policy_id"])

    def policies_change(self, query, body, action):
        return self._change(self.policies, "policy_id", action, body, lambda: f"P{self.new_id()}")

    def pools_list(self, query, body):
        return {"instance_pools": list(self.pools.values())}

    def pools_get(self, query, body):
        return self._held(self.pools, query["instance_pool_id"])

    def pools_change(self, query, body, action):
        return self._change(self.pools, "instance_pool_id", action, body, lambda: f"pool-{self.new_id()}")

    def clusters_list(self, query, body):
        return {"clusters": list(self.clusters.values())}

    def clusters_get(self, query, body):
        return self._held(self.clusters, query["cluster_id"])

    def clusters_change(self, query, body, action):
        if action == "create":
            identifier = f"c-{self.new_id()}"
            self.clusters[identifier] = body | {"cluster_id": identifier, "state": "PENDING"}
            return {"cluster_id": identifier}
        held = self._held(self.clusters, body["cluster_id"])
        match action:
            case "delete":
                held["state"] = "TERMINATED"
            case "permanent-delete":
                del self.clusters[body["cluster_id"]]
            case "pin":
                held["pinned_by_user_name"] = "tester@example.com"
            case "unpin":
                held.pop("pinned_by_user_name", None)
            case "edit":
                kept = {name: held[name] for name in ("state", "pinned_by_user_name") if name in held}
                self.clusters[body["cluster_id"]] = body | kept
            case _:
                raise Refused(404, "ENDPOINT_NOT_FOUND", f"No API found for clusters/{action}")
        return {}

    def jobs_list(self, query, body):
        return {"jobs": list(self.jobs.values()), "has_more": False}

    def jobs_get(self, query, body):
        return self._held(self.jobs, query["job_id"])

    def jobs_change(self, query, body, action):
        if action == "create":
            identifier = self.new_id()
            self.jobs[str(identifier)] = {"job_id": identifier, "settings": body}
            return {"job_id": identifier}
        held = self._held(self.jobs, str(body["job_id"]))
        if action == "delete":
            del self.jobs[str(body["job_id"])]
        elif action == "reset":
            held["settings"] = body["new_settings"]
        else:
            held["settings"] |= body["new_settings"]
        return {}

    def _held(self, objects: dict, identifier: str) -> dict:
        if identifier not in objects:
            raise missing(identifier)
        return objects[identifier]

    def _change(self, objects: dict, field: str, action: str, body: dict, new_id) -> dict:
        if action == "create":
            identifier = new_id()
            objects[identifier] = body | {field: identifier}
            return {field: identifier}
        self._held(objects, body[field])
        if action == "delete":
            del objects[body[field]]
        else:
            objects[body[field]] = body
        return {}

    # The tree

    def tree_list(self, query, body):
        folder = query["path"]
        if folder not in self.tree:
            raise missing(folder)
        below = [path for path in self.tree if path != "/" and (path.rpartition("/")[0] or "/") == folder]
        return {"objects": [self._told(path) for path in below]} if below else {}

    def tree_status(self, query, body):
        if query["path"] not in self.tree:
            raise missing(query["path"])
        return self._told(query["path"])

    def tree_export(self, query, body):
        held = self.tree.get(query["path"])
        if held is None:
            raise missing(query["path"])
        if held["object_type"] == "DIRECTORY" or query.get("format", "SOURCE") == "AUTO":
            raise Refused(400, "INVALID_PARAMETER_VALUE", "Unsupported format")
        return {"content": held["content"]}

    def tree_change(self, query, body, action):
        path = body["path"]
        if action == "delete":
            self.tree.pop(path, None)
            return {}
        folder = path if action == "mkdirs" else path.rpartition("/")[0]
        parts = folder.split("/")[1:]
        for end in range(len(parts)):
            self.tree.setdefault("/" + "/".join(parts[: end + 1]), {"object_type": "DIRECTORY", "object_id": self.new_id()})
        if action == "import":
            if path in self.tree and not body.get("overwrite"):
                raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"{path} exists")
            identifier = self.tree.get(path, {}).get("object_id") or self.new_id()
            base64.b64decode(body["content"], validate=True)
            about = {"object_id": identifier, "content": body["content"], "object_type": "NOTEBOOK"}
            if body.get("format") == "RAW":
                about["object_type"] = "FILE"
            else:
                about["language"] = body.get("language", "PYTHON")
            self.tree[path] = about
        return {}

    def _told(self, path: str) -> dict:
        return {"path": path} | {name: value for name, value in self.tree[path].items() if name != "content"}

    # Rights

    def rights_get(self, query, body, kind, identifier):
        entries = [
            {name: value for name, value in entry.items() if name != "permission_level"}
            | {"all_permissions": [{"permission_level": entry["permission_level"]}]}
            for entry in self.rights.get(f"{kind}/{identifier}", [])
        ]
        return {"object_id": f"/{kind}/{identifier}", "access_control_list": entries}

    def rights_put(self, query, body, kind, identifier):
        self.rights[f"{kind}/{identifier}"] = body["access_control_list"]
        return {}

    # Serving

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, str, bytes]:
        """Gives status, content type and body of the answer to a request."""
        parts = urlsplit(target)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))
        for verb, pattern, name in self._calls:
            found = pattern.fullmatch(path)
            if verb == method and found:
                status, answer = 200, None
                try:
                    with self._lock:
                        answer = getattr(self, name)(query, json.loads(body or b"{}"), *found.groups())
                except Refused as refused:
                    status, answer = refused.status, refused.body
                return status, "application/json", json.dumps(answer).encode()
        return self.unknown(method, path)

    def unknown(self, method: str, path: str) -> tuple[int, str, bytes]:
        """What is said of calls that are not emulated."""
        body = {"error_code": "ENDPOINT_NOT_FOUND", "message": f"No API found for '{method} {path}'"}
        return 404, "application/json", json.dumps(body).encode()

    def _serve(self):
        emulator = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer goes out at once, and not when the other side has confirmed its first half.
            disable_nagle_algorithm = True

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Authorization") != f"Bearer {emulator.token}":
                    status, kind, answer = 403, "text/plain", b"Invalid access token."
                else:
                    emulator.asked.append(f"{self.command} {self.path}")
                    try:
                        status, kind, answer = emulator.answer(self.command, self.path, body)
                    except ConnectionAbortedError:
                        self.close_connection = True
                        return
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()
