"""The part of the emulator that keeps git credentials, and git folders as mere records."""

from emulator import Refused


class Git:
    """Nothing is cloned: a git folder is what it was asked to be, and an empty place in the tree."""

    CALLS = [
        ("GET", "/api/2.0/git-credentials", "credentials_list"),
        ("POST", "/api/2.0/git-credentials", "credentials_create"),
        ("GET", "/api/2.0/git-credentials/([^/]+)", "credentials_get"),
        ("PATCH", "/api/2.0/git-credentials/([^/]+)", "credentials_update"),
        ("DELETE", "/api/2.0/git-credentials/([^/]+)", "credentials_delete"),
        ("GET", "/api/2.0/repos", "repos_list"),
        ("POST", "/api/2.0/repos", "repos_create"),
        ("GET", "/api/2.0/repos/([^/]+)", "repos_get"),
        ("PATCH", "/api/2.0/repos/([^/]+)", "repos_update"),
        ("DELETE", "/api/2.0/repos/([^/]+)", "repos_delete"),
    ]

    def __init__(self, **settings):
        super().__init__(**settings)
        self.credentials, self.tokens, self.repos = {}, {}, {}

    def credentials_list(self, query, body):
        return {"credentials": list(self.credentials.values())}

    def credentials_create(self, query, body):
        identifier = self.new_id()
        self.tokens[str(identifier)] = body.pop("personal_access_token", None)
        self.credentials[str(identifier)] = body | {"credential_id": identifier}
        return self.credentials[str(identifier)]

    def credentials_get(self, query, body, identifier):
        return self._held(self.credentials, identifier)

    def credentials_update(self, query, body, identifier):
        held = self._held(self.credentials, identifier)
        self.tokens[identifier] = body.pop("personal_access_token", self.tokens[identifier])
        held |= body
        return {}

    def credentials_delete(self, query, body, identifier):
        self._held(self.credentials, identifier)
        del self.credentials[identifier]
        return {}

    def repos_list(self, query, body):
        prefix = query.get("path_prefix", "/").removeprefix("/Workspace")
        return {"repos": [one for one in self.repos.values() if one["path"].startswith(prefix)]}

    def repos_create(self, query, body):
        identifier = self.new_id()
        name = body["url"].rpartition("/")[2].removesuffix(".git")
        made = {"path": f"/Repos/tester@example.com/{name}", "branch": "main"} | body | {"id": identifier}
        made["path"] = made["path"].removeprefix("/Workspace")
        if made["path"] in self.tree:
            raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"{made['path']} exists")
        self.repos[str(identifier)] = made
        self._into_tree(made)
        return made

    def _into_tree(self, repo: dict):
        """A git folder is in the tree, and the folders above it too."""
        self.tree_change({}, {"path": repo["path"].rpartition("/")[0]}, "mkdirs")
        self.tree[repo["path"]] = {"object_type": "REPO", "object_id": repo["id"]}

    def repos_get(self, query, body, identifier):
        return self._held(self.repos, identifier)

    def repos_update(self, query, body, identifier):
        held = self._held(self.repos, identifier)
        if "tag" in body:
            held.pop("branch", None)
        held |= {name: value for name, value in body.items() if name in ("branch", "sparse_checkout")}
        return {}

    def repos_delete(self, query, body, identifier):
        self.tree.pop(self._held(self.repos, identifier)["path"], None)
        del self.repos[identifier]
        return {}
