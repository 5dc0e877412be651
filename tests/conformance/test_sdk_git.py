"""Git credentials and git folders, as the vendor's SDK makes, lists, changes and deletes them."""

import os
import subprocess

import pytest
from databricks.sdk.errors import DatabricksError, InvalidParameterValue, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel
from databricks.sdk.service.workspace import ObjectType, SparseCheckout, SparseCheckoutUpdate

TOKEN = "git-token-canary"
FAR = "https://git.example/data/etl.git"


@pytest.fixture
def repository(tmp_path):
    """A bare repository with a branch `main`, a branch `develop` and a tag `v1`."""

    def git(*arguments):
        settings = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        command = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@x.com", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=settings, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet", "--initial-branch=main", "work")
    for branch, name in [("main", "load"), ("develop", "clean")]:
        if branch != "main":
            git("-C", "work", "checkout", "--quiet", "-b", branch)
        (tmp_path / "work" / "jobs").mkdir(exist_ok=True)
        (tmp_path / "work" / "jobs" / f"{name}.py").write_text("# Databricks notebook source\nprint(1)\n")
        (tmp_path / "work" / "README.md").write_text(f"# {branch}\n")
        git("-C", "work", "add", "--all")
        git("-C", "work", "commit", "--quiet", "-m", branch)
        if branch == "main":
            git("-C", "work", "tag", "v1")
    git("-C", "work", "checkout", "--quiet", "main")
    git("clone", "--quiet", "--bare", "work", "etl.git")
    heads = {name: git("-C", "work", "rev-parse", name).strip() for name in ("main", "develop", "v1")}
    return f"file://{tmp_path}/etl.git", heads


def test_credentials_live_from_create_to_delete(sdk):
    made = sdk.git_credentials.create("GITHUB", git_email="a@x.com", personal_access_token=TOKEN, name="work")
    assert (made.git_provider, made.git_email, made.name) == ("gitHub", "a@x.com", "work")
    assert made.is_default_for_provider is True
    got = sdk.git_credentials.get(made.credential_id)
    assert TOKEN not in str(got.as_dict()) and got.name == "work"
    sdk.git_credentials.update(made.credential_id, "gitHub", git_email="b@x.com", name="play")
    [listed] = sdk.git_credentials.list()
    assert (listed.credential_id, listed.git_email, listed.name) == (made.credential_id, "b@x.com", "play")
    with pytest.raises(ResourceAlreadyExists):
        sdk.git_credentials.create("gitHub", git_email="a@x.com", personal_access_token=TOKEN, name="play")
    with pytest.raises(InvalidParameterValue):
        sdk.git_credentials.create("svn", git_email="a@x.com", personal_access_token=TOKEN)
    sdk.git_credentials.delete(made.credential_id)
    assert list(sdk.git_credentials.list()) == []
    with pytest.raises(NotFound):
        sdk.git_credentials.get(made.credential_id)


def test_one_credential_of_a_provider_is_the_default(sdk):
    first = sdk.git_credentials.create("gitLab", git_username="a", personal_access_token=TOKEN, name="first")
    second = sdk.git_credentials.create(
        "gitLab", git_username="b", personal_access_token=TOKEN, name="second", is_default_for_provider=True
    )

    def defaults():
        return [one.name for one in sdk.git_credentials.list() if one.is_default_for_provider]

    assert (first.is_default_for_provider, defaults()) == (True, ["second"])
    sdk.git_credentials.update(first.credential_id, "gitLab", is_default_for_provider=True)
    assert defaults() == ["first"]
    with pytest.raises(ResourceAlreadyExists):
        sdk.git_credentials.update(second.credential_id, "gitLab", name="first")
    with pytest.raises(InvalidParameterValue):
        sdk.git_credentials.update(second.credential_id, "gitHub", name="third")


def test_a_clone_goes_by_a_credential_of_its_provider(sdk):
    for provider in ("gitHub", "gitLab"):
        sdk.git_credentials.create(provider, git_username="a", personal_access_token=TOKEN)
    ids = {one.git_provider: one.credential_id for one in sdk.git_credentials.list()}
    made = sdk.repos.create(FAR, "gitHub", path="/Shared/etl", git_credential_id=ids["gitHub"])
    sdk.repos.update(made.id, branch="develop", git_credential_id=ids["gitHub"])
    for wrong in (ids["gitLab"], 12):
        with pytest.raises(NotFound):
            sdk.repos.update(made.id, branch="main", git_credential_id=wrong)
    assert sdk.repos.get(made.id).branch == "develop"


def test_git_folders_are_clones(sdk, repository):
    url, heads = repository
    made = sdk.repos.create(url, "github", path="/Shared/etl")
    assert (made.branch, made.provider, made.head_commit_id) == ("main", "gitHub", heads["main"])
    status = sdk.workspace.get_status("/Workspace/Shared/etl")
    assert (status.object_type, status.object_id) == (ObjectType.REPO, made.id)
    below = {one.path: one.object_type for one in sdk.workspace.list("/Shared/etl", recursive=True)}
    assert below["/Shared/etl/jobs/load"] == ObjectType.NOTEBOOK and below["/Shared/etl/README.md"] == ObjectType.FILE

    sdk.repos.update(made.id, branch="develop")
    got = sdk.repos.get(made.id)
    assert (got.branch, got.head_commit_id) == ("develop", heads["develop"])
    assert sdk.workspace.get_status("/Shared/etl/jobs/clean").object_type == ObjectType.NOTEBOOK
    sdk.repos.update(made.id, tag="v1")
    got = sdk.repos.get(made.id)
    assert (got.branch, got.head_commit_id) == (None, heads["v1"])
    with pytest.raises(DatabricksError, match="does not exist"):
        sdk.repos.update(made.id, branch="gone")
    sdk.repos.delete(made.id)
    with pytest.raises(NotFound):
        sdk.repos.get(made.id)
    with pytest.raises(NotFound):
        sdk.workspace.get_status("/Shared/etl")


def test_sparse_git_folders_hold_some_folders(sdk, repository):
    url, _ = repository
    made = sdk.repos.create(url, "gitHub", path="/Shared/etl", sparse_checkout=SparseCheckout(patterns=["docs"]))
    names = {one.path for one in sdk.workspace.list("/Shared/etl", recursive=True)}
    assert names == {"/Shared/etl/README.md"}
    sdk.repos.update(made.id, sparse_checkout=SparseCheckoutUpdate(patterns=["jobs"]))
    assert sdk.repos.get(made.id).sparse_checkout.patterns == ["jobs"]
    assert sdk.workspace.get_status("/Shared/etl/jobs/load").object_type == ObjectType.NOTEBOOK


def test_listings_of_git_folders_have_pages_and_places(sdk):
    sdk.workspace.mkdirs("/Repos/team")
    for number in range(25):
        sdk.repos.create(FAR, "gitLab", path=f"/Repos/team/{number}")
    home = sdk.repos.create(FAR, "gitLab", path="/Users/admin@example.com/etl")
    assert len({one.path for one in sdk.repos.list()}) == 25
    assert len(list(sdk.repos.list(path_prefix="/Workspace"))) == 25
    assert [one.id for one in sdk.repos.list(path_prefix="/Workspace/Users")] == [home.id]
    with pytest.raises(DatabricksError):
        sdk.repos.create(FAR, "gitLab", path="/Repos/alone")
    with pytest.raises(NotFound):
        sdk.repos.create(FAR, "gitLab", path="/Repos/nobody/etl")


def test_git_folders_have_rights(sdk):
    made = sdk.repos.create(FAR, "gitHub", path="/Shared/etl")
    sdk.groups.create(display_name="team")
    grant = AccessControlRequest(group_name="team", permission_level=PermissionLevel.CAN_RUN)
    rights = sdk.permissions.set("repos", str(made.id), access_control_list=[grant])
    assert rights.object_type == "repo"
    entry = next(one for one in rights.access_control_list if one.group_name == "team")
    assert [one.permission_level for one in entry.all_permissions] == [PermissionLevel.CAN_RUN]


def test_others_cannot_use_a_credential(sdk, simulator):
    sdk.git_credentials.create("gitHub", git_email="a@x.com", personal_access_token=TOKEN)
    robot = sdk.service_principals.create(display_name="robot")
    made = sdk.git_credentials.create(
        "gitHub", git_email="r@x.com", personal_access_token=TOKEN, principal_id=int(robot.id)
    )
    assert [one.credential_id for one in sdk.git_credentials.list(principal_id=int(robot.id))] == [made.credential_id]
    with pytest.raises(NotFound):
        sdk.git_credentials.get(made.credential_id)
    with pytest.raises((NotFound, PermissionDenied)):
        sdk.git_credentials.list(principal_id=12)
