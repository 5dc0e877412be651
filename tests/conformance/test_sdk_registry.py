"""Registered models, their versions and webhooks, as the vendor's SDK makes, changes and deletes them."""

import pytest
from databricks.sdk.errors import InvalidParameterValue, InvalidState, NotFound, ResourceAlreadyExists
from databricks.sdk.service.ml import (
    HttpUrlSpec,
    JobSpec,
    ModelTag,
    ModelVersionTag,
    RegisteredModelAccessControlRequest,
    RegisteredModelPermissionLevel,
    RegistryWebhookEvent,
    RegistryWebhookStatus,
)


def tags(tagged):
    """Tags as a dictionary."""
    return {tag.key: tag.value for tag in tagged or []}


def test_models_live_from_create_to_delete(sdk):
    sdk.model_registry.create_model("churn", description="who goes", tags=[ModelTag("team", "risk")])
    with pytest.raises(ResourceAlreadyExists):
        sdk.model_registry.create_model("churn")
    with pytest.raises(InvalidParameterValue):
        sdk.model_registry.create_model("a/b")
    got = sdk.model_registry.get_model("churn").registered_model_databricks
    assert (got.description, tags(got.tags)) == ("who goes", {"team": "risk"})
    sdk.model_registry.set_model_tag("churn", "team", "growth")
    sdk.model_registry.set_model_tag("churn", "x", "y")
    sdk.model_registry.delete_model_tag("churn", "x")
    sdk.model_registry.update_model("churn", description="who leaves")
    sdk.model_registry.rename_model("churn", new_name="leavers")
    (one,) = sdk.model_registry.search_models(filter="name='leavers'")
    assert (one.description, tags(one.tags)) == ("who leaves", {"team": "growth"})
    for number in range(5):
        sdk.model_registry.create_model(f"m{number}")
    assert len(list(sdk.model_registry.list_models(max_results=2))) == 6
    sdk.model_registry.delete_model("leavers")
    with pytest.raises(NotFound):
        sdk.model_registry.get_model("leavers")


def test_models_have_rights_by_their_identifier(sdk):
    sdk.users.create(user_name="ann@example.com")
    sdk.model_registry.create_model("churn")
    identifier = sdk.model_registry.get_model("churn").registered_model_databricks.id
    level = RegisteredModelPermissionLevel.CAN_MANAGE_STAGING_VERSIONS
    entry = RegisteredModelAccessControlRequest(user_name="ann@example.com", permission_level=level)
    sdk.model_registry.set_permissions(identifier, access_control_list=[entry])
    got = sdk.model_registry.get_permissions(identifier).access_control_list
    held = {one.user_name: one.all_permissions[0].permission_level for one in got if one.user_name}
    assert held["ann@example.com"] == level
    levels = {one.permission_level for one in sdk.model_registry.get_permission_levels(identifier).permission_levels}
    assert levels == set(RegisteredModelPermissionLevel)


def test_versions_are_numbered_once_and_move_through_stages(sdk):
    registry = sdk.model_registry
    registry.create_model("churn")
    experiment = sdk.experiments.create_experiment("/Shared/churn").experiment_id
    run = sdk.experiments.create_run(experiment_id=experiment).run.info
    made = [
        registry.create_model_version("churn", f"{run.artifact_uri}/model", run_id=run.run_id).model_version.version
        for _ in range(3)
    ]
    assert made == ["1", "2", "3"]
    registry.delete_model_version("churn", "3")
    made = registry.create_model_version("churn", "dbfs:/models/churn", tags=[ModelVersionTag("a", "b")], description="d")
    assert (made.model_version.version, tags(made.model_version.tags)) == ("4", {"a": "b"})
    registry.transition_stage("churn", "1", "Production", False)
    moved = registry.transition_stage("churn", "4", "Production", True).model_version_databricks
    assert moved.current_stage == "Production"
    stages = {one.version: one.current_stage for one in registry.search_model_versions(filter="name='churn'", max_results=2)}
    assert stages == {"1": "Archived", "2": "None", "4": "Production"}
    assert [one.version for one in registry.get_latest_versions("churn", stages=["Production"])] == ["4"]
    registry.set_model_version_tag("churn", "4", "a", "c")
    registry.update_model_version("churn", "4", description="e")
    got = registry.get_model_version("churn", "4").model_version
    assert (got.description, tags(got.tags)) == ("e", {"a": "c"})
    registry.delete_model_version_tag("churn", "4", "a")
    uri = registry.get_model_version_download_uri("churn", "1").artifact_uri
    assert uri == f"{run.artifact_uri}/model"
    with pytest.raises(InvalidState):
        registry.delete_model_version("churn", "4")
    with pytest.raises(InvalidState):
        registry.delete_model("churn")
    with pytest.raises(InvalidParameterValue):
        registry.create_model_version("churn", f"runs:/{run.run_id}/model")


def test_webhooks_live_from_create_to_delete(sdk):
    registry = sdk.model_registry
    registry.create_model("churn")
    job = sdk.jobs.create(name="retrain").job_id
    events = [RegistryWebhookEvent.MODEL_VERSION_CREATED, RegistryWebhookEvent.COMMENT_CREATED]
    registry.create_webhook(events, model_name="churn", job_spec=JobSpec(job_id=str(job), access_token="hush"))
    spec = HttpUrlSpec(url="https://hooks.example.com/x", authorization="hush", secret="hush")
    made = registry.create_webhook([RegistryWebhookEvent.REGISTERED_MODEL_CREATED], http_url_spec=spec, description="d").webhook
    assert made.http_url_spec.as_dict() == {"url": "https://hooks.example.com/x", "enable_ssl_verification": True}
    assert len(list(registry.list_webhooks())) == 2
    (of_model,) = registry.list_webhooks(model_name="churn")
    assert (of_model.events, of_model.job_spec.as_dict()) == (events, {"job_id": str(job)})
    registry.update_webhook(made.id, status=RegistryWebhookStatus.DISABLED)
    statuses = {one.id: one.status for one in registry.list_webhooks()}
    assert statuses[made.id] == RegistryWebhookStatus.DISABLED
    registry.delete_webhook(made.id)
    with pytest.raises(NotFound):
        registry.delete_webhook(made.id)
