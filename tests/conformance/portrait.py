"""What a workspace holds, read through the SDK, with names in place of identifiers."""

import hashlib
import json
import re
from collections import Counter

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ExportFormat, ObjectType
from workspace import OWN_FOLDER

# What differs between two equal objects: identifiers, clocks, and what a machine is doing.
CLUSTER_LIFE = {
    "cluster_id", "cluster_cores", "cluster_memory_mb", "default_tags", "driver", "executors", "jdbc_port",
    "last_activity_time", "last_restarted_time", "last_state_loss_time", "spark_context_id", "start_time",
    "state", "state_message", "terminated_time", "termination_reason",
}
CELL_ID = re.compile(rb'"nuid": "[-0-9a-f]*",?')
POOL_LIFE = {"instance_pool_id", "default_tags", "state", "stats", "status"}
POLICY_LIFE = {"policy_id", "created_at_timestamp"}


class Portrait:
    """Everything of one workspace that should arrive in another."""

    def __init__(self, w: WorkspaceClient):
        self.w = w
        self._names: dict[str, str] = {}
        self._acls: dict[str, dict] = {}
        self.people = self._people()
        self.pools = self._pools()
        self.policies = self._policies()
        self.clusters = self._clusters()
        self.starts = self._starts()
        self.jobs = self._jobs()
        self.tree = self._tree()
        self.rights = self._acls

    def parts(self) -> dict:
        """All of it, by kind; identifiers are translated last, when all are known."""
        read = {
            "people": self.people,
            "pools": self.pools,
            "policies": self.policies,
            "clusters": self.clusters,
            "starts": self.starts,
            "jobs": self.jobs,
            "tree": self.tree,
            "rights": self.rights,
        }
        return {part: self._translated(value) for part, value in read.items()}

    def _name(self, identifier, name: str):
        self._names[str(identifier)] = f"<{name}>"

    def _translated(self, value):
        if isinstance(value, dict):
            return {self._names.get(key, key): self._translated(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._translated(inner) for inner in value]
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return self._names.get(str(value), value)
        return value

    def _people(self) -> dict:
        users, robots, groups = (list(each.list()) for each in (self.w.users, self.w.service_principals, self.w.groups))
        members = {user.id: f"user {user.user_name}" for user in users}
        members |= {robot.id: f"robot {robot.display_name}" for robot in robots}
        members |= {group.id: f"group {group.display_name}" for group in groups}
        for robot in robots:
            self._name(robot.application_id, f"robot {robot.display_name}")

        def values(items, direct=True):
            return sorted(one.value for one in items or [] if not direct or one.type in (None, "direct"))

        people = {}
        for user in users:
            people[members[user.id]] = {
                "display": user.display_name,
                "name": user.name and user.name.as_dict(),
                "active": user.active,
                "entitlements": values(user.entitlements),
                "roles": values(user.roles),
                "in": sorted((members[one.value], one.type) for one in user.groups or []),
            }
        for robot in robots:
            people[members[robot.id]] = {
                "active": robot.active,
                "entitlements": values(robot.entitlements),
                "roles": values(robot.roles),
                "in": sorted((members[one.value], one.type) for one in robot.groups or []),
            }
        for group in groups:
            people[members[group.id]] = {
                "members": sorted(members[one.value] for one in group.members or []),
                "entitlements": values(group.entitlements),
                "roles": values(group.roles),
            }
        return people

    def _pools(self) -> dict:
        pools = {}
        for pool in self.w.instance_pools.list():
            self._name(pool.instance_pool_id, f"pool {pool.instance_pool_name}")
            pools[pool.instance_pool_name] = without(pool.as_dict(), POOL_LIFE)
            self._rights("pool", pool.instance_pool_name, "instance-pools", pool.instance_pool_id)
        return pools

    def _policies(self) -> dict:
        policies = {}
        for policy in self.w.cluster_policies.list():
            self._name(policy.policy_id, f"policy {policy.name}")
            seen = without(policy.as_dict(), POLICY_LIFE)
            for field in ("definition", "policy_family_definition_overrides"):
                if field in seen:
                    seen[field] = json.loads(seen[field])
            policies[policy.name] = seen
            self._rights("policy", policy.name, "cluster-policies", policy.policy_id)
        return policies

    def _clusters(self) -> dict:
        from databricks.sdk.service.compute import ListClustersFilterBy

        pinned = {one.cluster_id for one in self.w.clusters.list(filter_by=ListClustersFilterBy(is_pinned=True))}
        clusters: dict[str, list] = {}
        for listed in self.w.clusters.list():
            cluster = self.w.clusters.get(listed.cluster_id)
            self._name(cluster.cluster_id, f"cluster {cluster.cluster_name}")
            seen = without(cluster.as_dict(), CLUSTER_LIFE) | {"pinned": cluster.cluster_id in pinned}
            seen.get("spec", {}).pop("cluster_id", None)
            clusters.setdefault(cluster.cluster_name, []).append(seen)
            self._rights("cluster", cluster.cluster_name, "clusters", cluster.cluster_id)
        return {name: sorted(twins, key=str) for name, twins in clusters.items()}

    def _starts(self) -> dict:
        """What clusters start with."""
        scripts = sorted(self.w.global_init_scripts.list(), key=lambda script: script.position)
        return {
            "profiles": sorted(str(profile.as_dict()) for profile in self.w.instance_profiles.list()),
            "scripts": [(one.name, one.enabled, self.w.global_init_scripts.get(one.script_id).script) for one in scripts],
            "libraries": {
                one.cluster_id: sorted(str(status.library.as_dict()) for status in one.library_statuses)
                for one in self.w.libraries.all_cluster_statuses()
            },
        }

    def _jobs(self) -> dict:
        jobs: dict[str, list] = {}
        for listed in self.w.jobs.list():
            job = self.w.jobs.get(listed.job_id)
            name = job.settings.name
            self._name(job.job_id, f"job {name}")
            settings = job.settings.as_dict()
            settings["tasks"] = sorted(settings.get("tasks", []), key=lambda task: task["task_key"])
            jobs.setdefault(name, []).append({"settings": settings, "run_as": job.run_as_user_name})
            self._rights("job", name, "jobs", job.job_id)
        return {name: sorted(twins, key=str) for name, twins in jobs.items()}

    def _tree(self) -> dict:
        tree, folders = {}, ["/"]
        types = {ObjectType.DIRECTORY: "directories", ObjectType.NOTEBOOK: "notebooks", ObjectType.FILE: "files"}
        while folders:
            for one in self.w.workspace.list(folders.pop()):
                if one.path == OWN_FOLDER:
                    continue
                about = {"type": one.object_type.value, "language": one.language and one.language.value}
                if one.object_type == ObjectType.DIRECTORY:
                    folders.append(one.path)
                else:
                    with self.w.workspace.download(one.path, format=ExportFormat.AUTO) as download:
                        content = download.read()
                    content = CELL_ID.sub(b"", content)
                    about["sha256"] = hashlib.sha256(content).hexdigest()
                    about["starts"] = content[:60].decode(errors="replace")
                key = f"{one.path} ({one.object_type.value})"
                tree[key] = about
                self._rights("tree", key, types[one.object_type], one.object_id)
        return tree

    def _rights(self, kind: str, name: str, object_type: str, identifier):
        entries = self.w.permissions.get(object_type, str(identifier)).access_control_list or []
        rights: Counter = Counter()
        for entry in entries:
            who = entry.user_name or entry.group_name or entry.service_principal_name
            for permission in entry.all_permissions:
                how = "inherited" if permission.inherited else "direct"
                rights[f"{who}: {permission.permission_level.value} {how}"] += 1
        held = sorted(" ".join(self._names.get(part, part) for part in right.split(": ")) for right in rights)
        self._acls.setdefault(f"{kind} {name}", []).append(held)
        self._acls[f"{kind} {name}"].sort()


def without(fields: dict, names: set) -> dict:
    """A copy without these fields."""
    return {name: value for name, value in fields.items() if name not in names}


def portrait(w: WorkspaceClient) -> dict:
    """What a workspace holds, with names in place of identifiers."""
    return Portrait(w).parts()
