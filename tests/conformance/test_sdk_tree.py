"""The workspace tree, as the vendor's SDK makes, lists, reads and deletes it."""

import base64
import io
import json

import pytest
from databricks.sdk.errors import DatabricksError, NotFound, ResourceAlreadyExists
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType
from seed import JUPYTER, SOURCES, mail


def put(sdk, path: str, text: str | bytes, **how):
    """Imports by JSON."""
    content = text.encode() if isinstance(text, str) else text
    sdk.workspace.import_(path, content=base64.b64encode(content).decode(), **how)


def read(sdk, path: str, form: ExportFormat | None = None) -> bytes:
    """Downloads, and makes sure that the answer in JSON says the same."""
    with sdk.workspace.download(path, format=form) as download:
        content = download.read()
    assert base64.b64decode(sdk.workspace.export(path, format=form).content) == content
    return content


@pytest.mark.parametrize("language", Language)
def test_source_of_each_language_comes_back(sdk, language):
    source = SOURCES[language]
    sdk.workspace.mkdirs("/Shared/x")
    put(sdk, "/Shared/x/n", source, format=ImportFormat.SOURCE, language=language)
    status = sdk.workspace.get_status("/Shared/x/n")
    assert (status.object_type, status.language) == (ObjectType.NOTEBOOK, language)
    assert read(sdk, "/Shared/x/n", ExportFormat.SOURCE).decode().rstrip("\n") == source.rstrip("\n")


def test_jupyter_notebooks_keep_their_outputs(sdk):
    sdk.workspace.upload("/Shared/n", io.BytesIO(json.dumps(JUPYTER).encode()), format=ImportFormat.JUPYTER)
    got = json.loads(read(sdk, "/Shared/n", ExportFormat.JUPYTER))
    assert ["".join(cell["source"]) for cell in got["cells"]] == ["# Title\ntäglich", "1 + 1"]
    assert got["cells"][1]["outputs"][0]["text"] == ["2\n"]
    assert b"1 + 1" in read(sdk, "/Shared/n", ExportFormat.SOURCE)


def test_files_are_bytes(sdk):
    content = bytes(range(256)) * 10 + b"\r\n\n"
    sdk.workspace.upload("/Shared/x.bin", io.BytesIO(content), format=ImportFormat.RAW)
    status = sdk.workspace.get_status("/Shared/x.bin")
    assert (status.object_type, status.size) == (ObjectType.FILE, len(content))
    assert read(sdk, "/Shared/x.bin", ExportFormat.AUTO) == content
    sdk.workspace.upload("/Shared/x.bin", io.BytesIO(b"new"), format=ImportFormat.RAW, overwrite=True)
    assert read(sdk, "/Shared/x.bin", ExportFormat.AUTO) == b"new"
    assert sdk.workspace.get_status("/Shared/x.bin").object_id == status.object_id


def test_auto_takes_notebooks_for_what_they_are(sdk):
    sdk.workspace.upload("/Shared/a.py", io.BytesIO(b"# Databricks notebook source\n1"), format=ImportFormat.AUTO)
    sdk.workspace.upload("/Shared/b.py", io.BytesIO(b"1\n"), format=ImportFormat.AUTO)
    sdk.workspace.upload("/Shared/c.py", io.BytesIO(b"1\n"))
    types = {one.path: one.object_type.value for one in sdk.workspace.list("/Shared")}
    assert types == {"/Shared/a": "NOTEBOOK", "/Shared/b.py": "FILE", "/Shared/c.py": "NOTEBOOK"}


def test_the_tree_is_listed_folder_by_folder(sdk):
    sdk.users.create(user_name=mail("ana"))
    home = f"/Users/{mail('ana')}"
    sdk.workspace.mkdirs(f"/Workspace{home}//deep/er/")
    put(sdk, f"{home}/deep/er/naïve: name", "1", format=ImportFormat.SOURCE, language=Language.SQL)
    assert {one.path for one in sdk.workspace.list("/")} >= {"/Users", "/Shared"}
    assert [one.path for one in sdk.workspace.list(f"{home}/deep")] == [f"{home}/deep/er"]
    assert [one.path for one in sdk.workspace.list(home, recursive=True)] == [f"{home}/deep/er/naïve: name"]
    assert list(sdk.workspace.list(f"{home}/deep/er"))[0].language == Language.SQL


def test_deleting_needs_to_be_meant(sdk):
    sdk.workspace.mkdirs("/Shared/x/y")
    with pytest.raises(DatabricksError) as refused:
        sdk.workspace.delete("/Shared/x")
    assert refused.value.error_code == "DIRECTORY_NOT_EMPTY"
    sdk.workspace.delete("/Shared/x", recursive=True)
    with pytest.raises(NotFound):
        sdk.workspace.get_status("/Shared/x/y")
    with pytest.raises(NotFound):
        list(sdk.workspace.list("/Shared/x"))


def test_nothing_is_overwritten_or_put_nowhere(sdk):
    put(sdk, "/Shared/n", "1", format=ImportFormat.SOURCE, language=Language.PYTHON)
    with pytest.raises(ResourceAlreadyExists):
        put(sdk, "/Shared/n", "2", format=ImportFormat.SOURCE, language=Language.PYTHON)
    with pytest.raises(NotFound, match="parent folder"):
        put(sdk, "/Shared/none/n", "1", format=ImportFormat.SOURCE, language=Language.PYTHON)
    with pytest.raises(ResourceAlreadyExists):
        sdk.workspace.mkdirs("/Shared/n")


def test_rights_come_down_the_tree(sdk):
    from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

    ana = sdk.users.create(user_name=mail("ana"))
    folder, home = "/Shared/team", f"/Users/{ana.user_name}"
    for place in (folder, home):
        sdk.workspace.mkdirs(place)
        put(sdk, f"{place}/n", "1", format=ImportFormat.SOURCE, language=Language.R)
    identifier = {place: str(sdk.workspace.get_status(place).object_id) for place in (folder, f"{folder}/n", f"{home}/n")}
    grant = AccessControlRequest(user_name=ana.user_name, permission_level=PermissionLevel.CAN_RUN)
    sdk.permissions.set("directories", identifier[folder], access_control_list=[grant])

    def held(place):
        answer = sdk.permissions.get("notebooks", identifier[place])
        return {(p.permission_level.value, p.inherited) for e in answer.access_control_list if e.user_name == ana.user_name for p in e.all_permissions}

    assert held(f"{folder}/n") == {("CAN_RUN", True)}
    assert held(f"{home}/n") == {("CAN_MANAGE", True)}
