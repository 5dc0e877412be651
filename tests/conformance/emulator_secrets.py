"""The part of the emulator that keeps secrets."""

import base64

from emulator import Refused, missing

PATH = "/api/2.0/secrets"


class Secrets:
    """Scopes, secrets and who may read them."""

    CALLS = [
        ("GET", PATH + "/scopes/list", "scopes_list"),
        ("POST", PATH + "/scopes/(create|delete)", "scopes_change"),
        ("GET", PATH + "/list", "secrets_list"),
        ("GET", PATH + "/get", "secrets_get"),
        ("POST", PATH + "/(put|delete)", "secrets_change"),
        ("GET", PATH + "/acls/list", "secret_acls_list"),
        ("GET", PATH + "/acls/get", "secret_acls_get"),
        ("POST", PATH + "/acls/(put|delete)", "secret_acls_change"),
    ]

    def __init__(self, **settings):
        super().__init__(**settings)
        self.scopes, self.secrets, self.secret_acls = {}, {}, {}

    def scopes_list(self, query, body):
        return {"scopes": list(self.scopes.values())}

    def scopes_change(self, query, body, action):
        name = body["scope"]
        if action == "delete":
            self._scope(name)
            del self.scopes[name], self.secrets[name], self.secret_acls[name]
            return {}
        if name in self.scopes:
            raise Refused(400, "RESOURCE_ALREADY_EXISTS", f"Scope {name} already exists!")
        self.scopes[name] = {"name": name, "backend_type": body.get("scope_backend_type", "DATABRICKS")}
        if "backend_azure_keyvault" in body:
            self.scopes[name]["keyvault_metadata"] = body["backend_azure_keyvault"]
        self.secrets[name], self.secret_acls[name] = {}, {}
        return {}

    def secrets_list(self, query, body):
        held = self._scope(query["scope"])
        return {"secrets": [{"key": key, "last_updated_timestamp": when} for key, (_, when) in held.items()]}

    def secrets_get(self, query, body):
        held = self._scope(query["scope"])
        if query["key"] not in held:
            raise missing(f"Secret {query['key']}")
        return {"key": query["key"], "value": base64.b64encode(held[query["key"]][0]).decode()}

    def secrets_change(self, query, body, action):
        held = self._scope(body["scope"])
        if action == "delete":
            if held.pop(body["key"], None) is None:
                raise missing(f"Secret {body['key']}")
        elif "string_value" in body:
            held[body["key"]] = body["string_value"].encode(), self.now()
        else:
            held[body["key"]] = base64.b64decode(body["bytes_value"], validate=True), self.now()
        return {}

    def secret_acls_list(self, query, body):
        self._scope(query["scope"])
        return {"items": [{"principal": who, "permission": what} for who, what in self.secret_acls[query["scope"]].items()]}

    def secret_acls_get(self, query, body):
        self._scope(query["scope"])
        if query["principal"] not in self.secret_acls[query["scope"]]:
            raise missing(f"ACL of {query['principal']}")
        return {"principal": query["principal"], "permission": self.secret_acls[query["scope"]][query["principal"]]}

    def secret_acls_change(self, query, body, action):
        self._scope(body["scope"])
        held = self.secret_acls[body["scope"]]
        if action == "put":
            held[body["principal"]] = body["permission"]
        elif held.pop(body["principal"], None) is None:
            raise missing(f"ACL of {body['principal']}")
        return {}

    def _scope(self, name: str) -> dict:
        return self._held(self.secrets, name)
