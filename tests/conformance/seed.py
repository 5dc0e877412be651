"""Fills a workspace through the SDK alone: something of everything, and what makes it hard."""

import base64
import io
import json

from databricks.sdk import WorkspaceClient
from databricks.sdk.service import compute, iam, jobs
from databricks.sdk.service.iam import AccessControlRequest as Right
from databricks.sdk.service.iam import ComplexValue, PermissionLevel
from databricks.sdk.service.workspace import ImportFormat, Language

SPARK = "15.4.x-scala2.12"
ACCOUNT = "111111111111"
PEOPLE = ["ana", "Bob", "chloé", "dave", "eve"]
SOURCES = {
    Language.PYTHON: "# Databricks notebook source\nprint('hello')\n# COMMAND ----------\n# MAGIC %md\n# MAGIC ## täglich ☀\n",
    Language.SQL: "-- Databricks notebook source\nSELECT 1 AS `a: b`\n",
    Language.SCALA: "// Databricks notebook source\nval x = \"\"\"\n  multi\n\"\"\"\n",
    Language.R: "# Databricks notebook source\nlibrary(SparkR)\n",
}
JUPYTER = {
    "nbformat": 4,
    "nbformat_minor": 0,
    "metadata": {"language_info": {"name": "python"}, "custom": {"kept": [1, 2.5, None]}},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "täglich"]},
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {},
            "source": ["1 + 1"],
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["2\n"]}],
        },
    ],
}


def value(*names: str) -> list[ComplexValue]:
    """SCIM's way of listing words."""
    return [ComplexValue(value=name) for name in names]


def mail(name: str) -> str:
    """The user name of one of the people."""
    return f"{name}@acme.example"


def seed(w: WorkspaceClient):
    """Fills the workspace."""
    people = seed_people(w)
    pool, policy, clusters = seed_compute(w, people)
    seed_tree(w)
    seed_jobs(w, people, pool, policy, clusters)
    seed_rights(w, people, pool, policy, clusters)


def seed_people(w: WorkspaceClient) -> dict[str, str]:
    """Users, service principals and groups; gives what they are called in rights."""
    users = {}
    for index, name in enumerate(PEOPLE):
        user = w.users.create(
            user_name=mail(name),
            display_name=f"{name.title()} O'Neil",
            entitlements=value("workspace-access", "databricks-sql-access") if index % 2 else None,
            roles=value("arn:aws:iam::111111111111:instance-profile/etl") if index == 1 else None,
            active=index != 4,
        )
        users[name] = user.id
    robot = w.service_principals.create(display_name="etl-robot", entitlements=value("allow-cluster-create"))
    idle = w.service_principals.create(display_name="robot: no. 2", active=False)
    inner = w.groups.create(
        display_name="data engineers",
        members=value(users["ana"], users["Bob"], robot.id),
        entitlements=value("allow-cluster-create", "workspace-access"),
    )
    other = w.groups.create(display_name="no", members=value(users["dave"]))
    w.groups.create(
        display_name="everyone: data",
        members=value(inner.id, other.id, users["eve"], idle.id),
        roles=value("arn:aws:iam::111111111111:instance-profile/shared"),
    )
    w.groups.create(display_name="12:30")
    return {"robot": robot.application_id, "idle": idle.application_id}


def seed_compute(w: WorkspaceClient, people: dict):
    """Pools, policies that name a pool, and clusters: under a policy, on a pool, pinned, twins."""
    pool = w.instance_pools.create(
        instance_pool_name="warm: etl",
        node_type_id="i3.xlarge",
        min_idle_instances=1,
        max_capacity=20,
        idle_instance_autotermination_minutes=15,
        custom_tags={"Team": "data", "010": "1_000"},
        preloaded_spark_versions=[SPARK],
        aws_attributes=compute.InstancePoolAwsAttributes(
            availability=compute.InstancePoolAwsAttributesAvailability.SPOT, zone_id="us-west-2a"
        ),
    ).instance_pool_id
    w.instance_pools.create(instance_pool_name="plain", node_type_id="m5d.large")
    definition = {
        "instance_pool_id": {"type": "fixed", "value": pool, "hidden": True},
        "spark_version": {"type": "unlimited", "defaultValue": SPARK},
        "custom_tags.Cost": {"type": "fixed", "value": "on"},
    }
    policy = w.cluster_policies.create(
        name="ETL (fixed pool)",
        definition=json.dumps(definition, indent=3),
        description="Für alle\nnächtlichen Läufe",
        max_clusters_per_user=7,
        libraries=[compute.Library(pypi=compute.PythonPyPiLibrary(package="pyyaml>=6"))],
    ).policy_id
    w.cluster_policies.create(
        name="mine",
        policy_family_id="personal-vm",
        policy_family_definition_overrides='{"autotermination_minutes":{"type":"fixed","value":30}}',
    )
    under_policy = w.clusters.create(
        cluster_name="shared/etl",
        spark_version=SPARK,
        policy_id=policy,
        instance_pool_id=pool,
        autoscale=compute.AutoScale(min_workers=1, max_workers=4),
        autotermination_minutes=60,
        spark_conf={"spark.sql.shuffle.partitions": "64", "spark.plugins": "no"},
        custom_tags={"Cost": "on"},
    ).cluster_id
    alone = w.clusters.create(
        cluster_name="ana's",
        spark_version=SPARK,
        node_type_id="i3.xlarge",
        driver_node_type_id="i3.2xlarge",
        num_workers=0,
        data_security_mode=compute.DataSecurityMode.SINGLE_USER,
        single_user_name=mail("ana"),
        spark_env_vars={"STAGE": "prod", "PYSPARK_PYTHON": "/databricks/python3/bin/python3"},
        init_scripts=[
            compute.InitScriptInfo(workspace=compute.WorkspaceStorageInfo(destination="/Shared/init/setup.sh"))
        ],
        aws_attributes=compute.AwsAttributes(first_on_demand=1, zone_id="auto"),
    ).cluster_id
    for workers in (1, 2):
        w.clusters.create(cluster_name="twin", spark_version=SPARK, node_type_id="m5d.large", num_workers=workers)
    w.clusters.pin(alone)
    seed_starts(w, alone)
    return pool, policy, {"etl": under_policy, "alone": alone}


def seed_starts(w: WorkspaceClient, cluster: str):
    """What clusters start with: profiles, libraries, scripts that run in an order."""
    w.instance_profiles.add(f"arn:aws:iam::{ACCOUNT}:instance-profile/etl", skip_validation=True)
    libraries = [
        compute.Library(pypi=compute.PythonPyPiLibrary("simplejson==3.19", repo="https://pypi.acme.example/simple")),
        compute.Library(maven=compute.MavenLibrary("org.jsoup:jsoup:1.7.2", exclusions=["slf4j:slf4j"])),
        compute.Library(whl="/Workspace/Shared/init/lib.whl"),
    ]
    w.libraries.install(cluster, libraries)
    w.libraries.uninstall(cluster, libraries[1:2])
    w.libraries.install(cluster, libraries[1:2])
    for name, text, position in (("last", "echo 'täglich'\n", None), ("first", "#!/bin/sh\nset -e\n", 0), ("odd", "\xff", 1)):
        script = base64.b64encode(text.encode("latin-1" if name == "odd" else "utf-8")).decode()
        w.global_init_scripts.create(name, script, enabled=name != "odd", position=position)


def seed_tree(w: WorkspaceClient):
    """Folders, notebooks in all languages, files; odd names and contents."""
    home = f"/Users/{mail('ana')}"
    for folder in ("/Shared/etl/daily", "/Shared/empty", "/Shared/init", f"{home}/odd: näme [1]", "/Shared/case", "/Shared/Case"):
        w.workspace.mkdirs(folder)
    for language, source in SOURCES.items():
        w.workspace.import_(
            f"/Shared/etl/{language.value.lower()}",
            format=ImportFormat.SOURCE,
            language=language,
            content=base64.b64encode(source.encode()).decode(),
        )
    for number in range(40):
        w.workspace.upload(
            f"/Shared/etl/daily/step {number:02}",
            io.BytesIO(f"# Databricks notebook source\nprint({number})\n".encode()),
            format=ImportFormat.SOURCE,
            language=Language.PYTHON,
        )
    w.workspace.upload(f"{home}/odd: näme [1]/look", io.BytesIO(json.dumps(JUPYTER).encode()), format=ImportFormat.JUPYTER)
    w.workspace.upload("/Shared/etl/load.py", io.BytesIO(b"import os\r\nprint(os)\n\n\n"), format=ImportFormat.RAW)
    w.workspace.upload("/Shared/etl/blob.bin", io.BytesIO(bytes(range(256)) * 300), format=ImportFormat.RAW)
    w.workspace.upload("/Shared/etl/empty.txt", io.BytesIO(b""), format=ImportFormat.RAW)
    w.workspace.upload("/Shared/init/setup.sh", io.BytesIO(b"#!/bin/bash\necho ok\n"), format=ImportFormat.RAW)
    w.workspace.upload("/Shared/case/A", io.BytesIO(b"upper"), format=ImportFormat.RAW)
    w.workspace.upload("/Shared/case/a", io.BytesIO(b"lower"), format=ImportFormat.RAW)


def notebook(key: str, path: str, *after: str, **more) -> jobs.Task:
    """A task that runs a notebook."""
    return jobs.Task(
        task_key=key,
        notebook_task=jobs.NotebookTask(notebook_path=path),
        depends_on=[jobs.TaskDependency(task_key=one) for one in after] or None,
        **more,
    )


def seed_jobs(w: WorkspaceClient, people: dict, pool: str, policy: str, clusters: dict):
    """Jobs with many tasks, of one name, in a cycle, on all sorts of clusters, as somebody else."""
    shared = jobs.JobCluster(
        job_cluster_key="main",
        new_cluster=compute.ClusterSpec(
            spark_version=SPARK, policy_id=policy, instance_pool_id=pool, num_workers=2, custom_tags={"Cost": "on"}
        ),
    )
    nightly = w.jobs.create(
        name="nightly: etl",
        tasks=[
            notebook("b_first", "/Shared/etl/python", job_cluster_key="main", max_retries=2),
            notebook("a_second", "/Shared/etl/sql", "b_first", existing_cluster_id=clusters["etl"], timeout_seconds=60),
            jobs.Task(
                task_key="file",
                spark_python_task=jobs.SparkPythonTask(python_file="/Workspace/Shared/etl/load.py", parameters=["--x", "no"]),
                new_cluster=compute.ClusterSpec(spark_version=SPARK, node_type_id="i3.xlarge", num_workers=1),
                libraries=[compute.Library(pypi=compute.PythonPyPiLibrary(package="simplejson==3.19"))],
                run_if=jobs.RunIf.ALL_DONE,
                depends_on=[jobs.TaskDependency(task_key="b_first"), jobs.TaskDependency(task_key="a_second")],
            ),
        ],
        job_clusters=[shared],
        schedule=jobs.CronSchedule(
            quartz_cron_expression="0 30 2 * * ?", timezone_id="Europe/Berlin", pause_status=jobs.PauseStatus.PAUSED
        ),
        email_notifications=jobs.JobEmailNotifications(on_failure=[mail("ana"), "oncall@acme.example"]),
        health=jobs.JobsHealthRules(
            rules=[
                jobs.JobsHealthRule(
                    metric=jobs.JobsHealthMetric.RUN_DURATION_SECONDS, op=jobs.JobsHealthOperator.GREATER_THAN, value=3600
                )
            ]
        ),
        run_as=jobs.JobRunAs(service_principal_name=people["robot"]),
        parameters=[jobs.JobParameterDefinition(name="day", default="12:30"), jobs.JobParameterDefinition(name="on", default="")],
        tags={"team": "data", "yes": "010"},
        max_concurrent_runs=3,
        timeout_seconds=7200,
        queue=jobs.QueueSettings(enabled=True),
    ).job_id
    for path in ("/Shared/etl/r", "/Shared/etl/scala"):
        w.jobs.create(name="report", tasks=[notebook("only", path, existing_cluster_id=clusters["alone"])])
    w.jobs.create(
        name="many",
        tasks=[
            notebook(f"t{number:03}", "/Shared/etl/python", *([f"t{number - 1:03}"] if number % 7 else []), existing_cluster_id=clusters["etl"])
            for number in range(130)
        ],
    )
    ring = [
        w.jobs.create(name=name, tasks=[notebook("work", "/Shared/etl/python", existing_cluster_id=clusters["etl"])]).job_id
        for name in ("ring one", "ring two")
    ]
    for job, other in zip(ring, reversed(ring)):
        chain = jobs.Task(task_key="next", run_job_task=jobs.RunJobTask(job_id=other), depends_on=[jobs.TaskDependency(task_key="work")])
        w.jobs.update(job, new_settings=jobs.JobSettings(tasks=[chain]))
    w.jobs.create(
        name="each",
        tasks=[
            jobs.Task(
                task_key="loop",
                for_each_task=jobs.ForEachTask(
                    inputs='["DE","NO"]', concurrency=2, task=notebook("inner", "/Shared/etl/sql", existing_cluster_id=clusters["etl"])
                ),
            ),
            jobs.Task(
                task_key="check",
                condition_task=jobs.ConditionTask(left="{{job.parameters.x}}", op=jobs.ConditionTaskOp.EQUAL_TO, right="true"),
            ),
            jobs.Task(task_key="call", run_job_task=jobs.RunJobTask(job_id=nightly, job_parameters={"day": "x"})),
        ],
        trigger=jobs.TriggerSettings(
            periodic=jobs.PeriodicTriggerConfiguration(interval=2, unit=jobs.PeriodicTriggerConfigurationTimeUnit.HOURS)
        ),
        parameters=[jobs.JobParameterDefinition(name="x", default="true")],
    )


def seed_rights(w: WorkspaceClient, people: dict, pool: str, policy: str, clusters: dict):
    """Rights of users, groups and service principals on one object of each kind."""

    def set_rights(kind: str, identifier, *rights: Right):
        w.permissions.set(kind, str(identifier), access_control_list=list(rights))

    def level(name: str, **who) -> Right:
        return Right(permission_level=PermissionLevel(name), **who)

    engineers, robot, ana = {"group_name": "data engineers"}, {"service_principal_name": people["robot"]}, {"user_name": mail("ana")}
    set_rights("instance-pools", pool, level("CAN_ATTACH_TO", **engineers), level("CAN_MANAGE", **ana))
    set_rights("cluster-policies", policy, level("CAN_USE", **engineers), level("CAN_USE", **robot))
    set_rights("clusters", clusters["etl"], level("CAN_RESTART", **engineers), level("CAN_ATTACH_TO", group_name="no"))
    set_rights("clusters", clusters["alone"])
    for job in w.jobs.list():
        if job.settings.name == "nightly: etl":
            set_rights("jobs", job.job_id, level("IS_OWNER", **ana), level("CAN_MANAGE_RUN", **engineers), level("CAN_VIEW", group_name="users"))
        if job.settings.name == "many":
            set_rights("jobs", job.job_id, level("IS_OWNER", **robot))
    kinds = {"/Shared/etl": "directories", "/Shared/etl/python": "notebooks", "/Shared/etl/load.py": "files"}
    for path, kind in kinds.items():
        identifier = w.workspace.get_status(path).object_id
        set_rights(kind, identifier, level("CAN_RUN", **engineers), level("CAN_EDIT", **ana), level("CAN_READ", **robot))
