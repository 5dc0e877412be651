"""Scopes, secrets and their rights, as the vendor's SDK makes, lists, changes and deletes them."""

import base64
import json

import pytest
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, ResourceAlreadyExists
from databricks.sdk.service.compute import Language, ResultType
from databricks.sdk.service.workspace import AclPermission, ScopeBackendType
from seed import SPARK, mail


def value(sdk, key):
    return base64.b64decode(sdk.secrets.get_secret("prod", key).value)


def test_values_come_back_as_they_were_put(sdk):
    sdk.secrets.create_scope("prod")
    large = "x" * (128 * 1024)
    sdk.secrets.put_secret("prod", "text", string_value="gèheim 日本\n")
    sdk.secrets.put_secret("prod", "bytes", bytes_value=base64.b64encode(bytes(range(256))).decode())
    sdk.secrets.put_secret("prod", "large", string_value=large)
    assert value(sdk, "text") == "gèheim 日本\n".encode()
    assert value(sdk, "bytes") == bytes(range(256))
    assert value(sdk, "large") == large.encode()
    listed = {one.key: one.last_updated_timestamp for one in sdk.secrets.list_secrets("prod")}
    assert set(listed) == {"text", "bytes", "large"} and all(listed.values())
    sdk.secrets.put_secret("prod", "text", string_value="other")
    again = {one.key: one.last_updated_timestamp for one in sdk.secrets.list_secrets("prod")}
    assert again["text"] > listed["text"] and again["bytes"] == listed["bytes"]
    with pytest.raises(BadRequest):
        sdk.secrets.put_secret("prod", "too-large", string_value=large + "x")
    sdk.secrets.delete_secret("prod", "text")
    with pytest.raises(NotFound):
        sdk.secrets.get_secret("prod", "text")


def test_scopes_live_from_create_to_delete(sdk):
    sdk.secrets.create_scope("prod")
    with pytest.raises((ResourceAlreadyExists, BadRequest)):
        sdk.secrets.create_scope("PROD")
    with pytest.raises(InvalidParameterValue):
        sdk.secrets.create_scope("a/b")
    scopes = list(sdk.secrets.list_scopes())
    assert [(one.name, one.backend_type) for one in scopes] == [("prod", ScopeBackendType.DATABRICKS)]
    sdk.secrets.delete_scope("prod")
    assert list(sdk.secrets.list_scopes()) == []
    with pytest.raises(NotFound):
        sdk.secrets.delete_scope("prod")


def test_rights_are_set_one_by_one(sdk):
    person = sdk.users.create(user_name=mail("ana")).user_name
    sdk.secrets.create_scope("prod")
    me = sdk.current_user.me().user_name
    assert [(one.principal, one.permission) for one in sdk.secrets.list_acls("prod")] == [(me, AclPermission.MANAGE)]
    sdk.secrets.put_acl("prod", person, AclPermission.READ)
    sdk.secrets.put_acl("prod", "users", AclPermission.READ)
    sdk.secrets.put_acl("prod", person, AclPermission.WRITE)
    assert sdk.secrets.get_acl("prod", person).permission == AclPermission.WRITE
    sdk.secrets.delete_acl("prod", me)
    sdk.secrets.delete_acl("prod", person)
    assert [one.principal for one in sdk.secrets.list_acls("prod")] == ["users"]
    with pytest.raises(NotFound):
        sdk.secrets.delete_acl("prod", person)
    with pytest.raises(InvalidParameterValue):
        sdk.secrets.put_acl("prod", "nobody", AclPermission.READ)


def test_a_program_on_a_cluster_reads_what_is_refused_otherwise(simulator):
    sdk = simulator("--refuse-secret-reads").sdk()
    sdk.secrets.create_scope("prod")
    sdk.secrets.put_secret("prod", "text", string_value="gèheim")
    with pytest.raises(BadRequest):
        sdk.secrets.get_secret("prod", "text")
    cluster = sdk.clusters.create(
        cluster_name="one", spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1
    ).result()
    commands = sdk.command_execution
    context = commands.create(cluster_id=cluster.cluster_id, language=Language.PYTHON).result()

    def run(program):
        return commands.execute(
            cluster_id=cluster.cluster_id, context_id=context.id, language=Language.PYTHON, command=program
        ).result()

    asked = json.dumps({"scope": "prod", "key": "text", "begin": 0, "end": 100})
    literal = base64.b64encode(asked.encode()).decode()
    program = "\n".join([
        "import base64, json",
        f'asked = json.loads(base64.b64decode("{literal}"))',
        'value = dbutils.secrets.getBytes(scope=asked["scope"], key=asked["key"])',
        'text = base64.b64encode(bytes(value)).decode("ascii")',
        'print(json.dumps({"length": len(text), "part": text[asked["begin"]:asked["end"]]}))',
    ])
    printed = json.loads(run(program).results.data)
    assert base64.b64decode(printed["part"]).decode() == "gèheim" and printed["length"] == len(printed["part"])
    assert run("print(1)").results.result_type == ResultType.ERROR
    commands.destroy(cluster.cluster_id, context.id)
