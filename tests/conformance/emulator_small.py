"""The parts of the emulator that are small: instance profiles, global init scripts, libraries."""

from emulator import Refused, missing


class Small:
    """Instance profiles, global init scripts and the libraries of clusters."""

    CALLS = [
        ("GET", "/api/2.0/instance-profiles/list", "profiles_list"),
        ("POST", "/api/2.0/instance-profiles/(add|edit|remove)", "profiles_change"),
        ("GET", "/api/2.0/global-init-scripts", "scripts_list"),
        ("POST", "/api/2.0/global-init-scripts", "scripts_create"),
        ("GET", "/api/2.0/global-init-scripts/([^/]+)", "scripts_get"),
        ("PATCH", "/api/2.0/global-init-scripts/([^/]+)", "scripts_update"),
        ("DELETE", "/api/2.0/global-init-scripts/([^/]+)", "scripts_delete"),
        ("GET", "/api/2.0/libraries/cluster-status", "libraries_of"),
        ("GET", "/api/2.0/libraries/all-cluster-statuses", "libraries_all"),
        ("POST", "/api/2.0/libraries/(install|uninstall)", "libraries_change"),
    ]

    def __init__(self, **settings):
        super().__init__(**settings)
        self.profiles, self.scripts, self.libraries = {}, {}, {}

    def profiles_list(self, query, body):
        return {"instance_profiles": list(self.profiles.values())}

    def profiles_change(self, query, body, action):
        arn = body["instance_profile_arn"]
        if action == "add":
            if arn in self.profiles:
                raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"{arn} exists")
            self.profiles[arn] = body
        elif action == "edit":
            self._held(self.profiles, arn).update(body)
        else:
            self._held(self.profiles, arn)
            del self.profiles[arn]
        return {}

    def scripts_list(self, query, body):
        told = [{name: value for name, value in one.items() if name != "script"} for one in self.scripts.values()]
        return {"scripts": sorted(told, key=lambda one: one["position"])}

    def scripts_create(self, query, body):
        identifier = f"S{self.new_id()}"
        last = len(self.scripts)
        made = {"enabled": False} | body | {"script_id": identifier, "created_at": self.now(), "created_by": "tester@example.com"}
        self._script_at(min(body.get("position", last), last), made)
        return {"script_id": identifier}

    def scripts_get(self, query, body, identifier):
        return self._held(self.scripts, identifier)

    def scripts_update(self, query, body, identifier):
        held = self._held(self.scripts, identifier) | body | {"updated_at": self.now()}
        del self.scripts[identifier]
        self._script_at(min(held["position"], len(self.scripts)), held)
        return {}

    def scripts_delete(self, query, body, identifier):
        self._held(self.scripts, identifier)
        del self.scripts[identifier]
        return {}

    def _script_at(self, position: int, script: dict):
        others = sorted(self.scripts.values(), key=lambda one: one["position"])
        ordered = [*others[:position], script, *others[position:]]
        self.scripts = {one["script_id"]: one | {"position": number} for number, one in enumerate(ordered)}

    def libraries_of(self, query, body):
        if query["cluster_id"] not in self.clusters:
            raise missing(f"Cluster {query['cluster_id']}")
        return self._libraries_told(query["cluster_id"])

    def libraries_all(self, query, body):
        return {"statuses": [self._libraries_told(cluster) for cluster in self.libraries]}

    def libraries_change(self, query, body, action):
        self._held(self.clusters, body["cluster_id"])
        held = self.libraries.setdefault(body["cluster_id"], [])
        rest = [one for one in held if one not in body["libraries"]]
        self.libraries[body["cluster_id"]] = rest + body["libraries"] if action == "install" else rest
        return {}

    def _libraries_told(self, cluster: str) -> dict:
        statuses = [{"library": one, "status": "PENDING"} for one in self.libraries.get(cluster, [])]
        return {"cluster_id": cluster, "library_statuses": statuses}
