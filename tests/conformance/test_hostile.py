"""Servers that answer oddly, in part or not at all: findings, never a crash, never a silent loss."""

import base64
import json
import re
from pathlib import Path

import pytest
import yaml
from emulator import SCIM, Emulator, Refused
from test_emulator import emulated, fill, holdings, post, without_defaults  # noqa: F401


def notes(brickform, name: str) -> list[dict]:
    """What an export noted as amiss."""
    return yaml.safe_load(Path(brickform.path(name), "notes", "errors.yaml").read_text())["findings"]


def header(brickform, name: str) -> dict:
    return yaml.safe_load(Path(brickform.path(name), "snapshot.yaml").read_text())


class Oddly(Emulator):
    """Answers some calls in its own way: pairs of a text in the call and the answer."""

    odd: dict[str, tuple[int, str, bytes]] = {}

    def answer(self, method, target, body):
        usual = super().answer(method, target, body)
        return next((answer for text, answer in self.odd.items() if text in f"{method} {target}"), usual)


LOGIN = (200, "text/html", b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>")


def test_a_login_page_everywhere_is_an_error(emulated, brickform):  # noqa: F811
    server = emulated(Oddly)
    server.odd = {"/": LOGIN}
    told = brickform.export(server, "out", code=1)
    assert "does not answer as a workspace" in told.stderr and "Sign in" in told.stderr and "hint: check the address" in told.stderr
    assert not brickform.path("out").exists()


@pytest.mark.parametrize(
    "answer",
    [
        LOGIN,
        (500, "application/json", b'{"error_code":"INTERNAL_ERROR","message":"out of luck"}'),
        (403, "text/plain", b"PERMISSION_DENIED: only admins"),
        (400, "application/json", b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","detail":"null"}'),
        (400, "application/json", b'{"error":"ContextNotFound"}'),
        (404, "text/html", b"<html><title>404</title></html>"),
        (404, "application/json", b'{"error_code":"FEATURE_DISABLED","message":"not in this tier"}'),
        (501, "text/plain", b"Not implemented"),
        (200, "application/json", b'{"policies": "none"}'),
        (200, "application/json", b'[1, 2'),
        (200, "application/json", b""),
    ],
    ids=lambda answer: f"{answer[0]} {answer[2][:24].decode()}",
)
def test_a_kind_that_cannot_be_listed_is_a_finding(emulated, brickform, answer):  # noqa: F811
    server = emulated(Oddly)
    fill(server)
    server.odd = {"/policies/clusters/list": answer}
    brickform.export(server, "out")
    found = [finding for finding in notes(brickform, "out") if finding["about"] == "cluster_policy"]
    assert [finding["code"] for finding in found][0] in ("unreadable", "unavailable"), found
    kinds = header(brickform, "out")["kinds"]
    assert kinds["cluster_policy"]["complete"] is False
    assert (kinds["user"]["count"], kinds["job"]["count"], kinds["cluster"]["count"]) == (12, 2, 1)


def test_what_could_not_be_read_is_not_taken_for_gone(emulated, brickform):  # noqa: F811
    source, target = emulated(Oddly), emulated(first_id=5000)
    fill(source)
    source.odd = {"/policies/clusters/list": (403, "text/plain", b"PERMISSION_DENIED: only admins")}
    brickform.export(source, "out")
    plan = brickform.plan("out", target, "plan.json")
    concerned = [step["address"] for step in plan["steps"] if step["address"].startswith("cluster_policy:")]
    assert concerned == []
    source.odd = {}
    brickform.export(source, "out")
    brickform.plan("out", target, "plan.json")
    brickform.apply("plan.json", target)
    assert without_defaults(holdings(target))["clusters"] == without_defaults(holdings(source))["clusters"]


def test_objects_that_cannot_be_read_are_findings(emulated, brickform):  # noqa: F811
    server = emulated(Oddly)
    fill(server)
    server.odd = {
        "path=%2FShared%2Fetl%2Fn3": (500, "text/plain", b"Error: it is"),
        "/api/2.0/permissions/clusters": (404, "application/json", b'{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no"}'),
    }
    brickform.export(server, "out")
    about = {finding["about"]: finding["code"] for finding in notes(brickform, "out")}
    assert about["notebook:/Shared/etl/n3"] == "unreadable"
    assert about["cluster:c"] == "unreadable-rights"
    kinds = header(brickform, "out")["kinds"]
    assert (kinds["notebook"]["count"], kinds["notebook"]["complete"]) == (6, False)


class WithoutMembers(Emulator):
    """Lists groups without their members, as some servers do."""

    def scim_list(self, query, body, kind):
        return {"Resources": [{name: value for name, value in one.items() if name != "members"} for one in self.scim[kind].values()]}


class Total(Emulator):
    """Says how many there are, in the listing of everything."""

    def scim_list(self, query, body, kind):
        return {"totalResults": len(self.scim[kind]), "startIndex": 1, "itemsPerPage": len(self.scim[kind]), "Resources": list(self.scim[kind].values())}


class Nothing(Emulator):
    """Says nothing at all where there is nothing, and after every write."""

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        quiet = method != "GET" and status == 200 and not any(word in target for word in ("create", "scim"))
        return (status, kind, b"") if quiet else (status, kind, answer)

    def policies_list(self, query, body):
        return super().policies_list(query, body) if self.policies else {}


class BareJobs(Emulator):
    """Lists jobs by name only, whatever is asked for, and twenty at a time unless told otherwise."""

    def jobs_list(self, query, body):
        jobs = [{"job_id": one["job_id"], "settings": {"name": one["settings"]["name"]}} for one in self.jobs.values()]
        begin, size = int(query.get("page_token", 0)), 1
        more = {"next_page_token": str(begin + size)} if begin + size < len(jobs) else {}
        return {"jobs": jobs[begin : begin + size], "has_more": bool(more)} | more


class Prefixed(Emulator):
    """Spells paths with /Workspace in front, and ends folders with a slash."""

    def _told(self, path):
        told = super()._told(path)
        return told | {"path": f"/Workspace{path}{'/' if told['object_type'] == 'DIRECTORY' else ''}"}


class Numbers(Emulator):
    """Answers with numbers for the identifiers of people, with nulls, and with fields nobody knows."""

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        if SCIM in target and status == 200:
            answer = re.sub(rb'"id": "(\d+)"', rb'"id": \1, "future": null', answer)
        return status, kind, answer


class Downloads(Emulator):
    """Sends contents as they are, notebooks with the line ends of another system and no end to the last."""

    def answer(self, method, target, body):
        status, kind, answer = super().answer(method, target, body)
        if "/workspace/export" in target and status == 200:
            content = base64.b64decode(json.loads(answer)["content"])
            notebook = b"Databricks notebook source" in content
            return status, "application/octet-stream", content.strip().replace(b"\n", b"\r\n") if notebook else content
        return status, kind, answer


class Busy(Emulator):
    """Refuses each kind of reading call once: too many requests, unavailable, or no answer at all."""

    def answer(self, method, target, body):
        call = target.split("?")[0].rpartition("/")[0]
        with self._lock:
            told = self.__dict__.setdefault("told", [])
            first = method == "GET" and call not in told and len(told) < 9
            if first:
                told.append(call)
        match len(told) % 3 if first else None:
            case 0:
                return 429, "text/plain", b"slow down"
            case 1:
                return 503, "text/html", b"<html><title>Service Unavailable</title></html>"
            case 2:
                raise ConnectionAbortedError
        return super().answer(method, target, body)


class NoPermissions(Emulator):
    """Has no permissions."""

    CALLS = [call for call in Emulator.CALLS if "/permissions/" not in call[1]]


class NoPins(Emulator):
    """Cannot pin clusters, and says so."""

    def clusters_change(self, query, body, action):
        if action == "pin":
            raise Refused(404, "ENDPOINT_NOT_FOUND", "No API found for 'POST /clusters/pin'")
        return super().clusters_change(query, body, action)


@pytest.mark.parametrize("kind", [WithoutMembers, Total, Nothing, BareJobs, Prefixed, Numbers, Downloads, Busy])
def test_what_servers_leave_out_is_found_otherwise(emulated, brickform, kind):  # noqa: F811
    source, target = emulated(kind), emulated(kind, first_id=5000)
    fill(source)
    brickform.move(source, target)
    expected, arrived = without_defaults(holdings(source)), without_defaults(holdings(target))
    for part in ("users", "groups", "policies", "clusters", "jobs", "tree"):
        assert arrived[part] == expected[part], part
    assert brickform.plan("moved", target, "again.json", "--detailed-exitcode")["steps"] == []


def test_without_permissions_everything_else_moves(emulated, brickform):  # noqa: F811
    source, target = emulated(NoPermissions), emulated(NoPermissions, first_id=5000)
    fill(source)
    brickform.move(source, target)
    assert "unreadable-rights" in {finding["code"] for finding in notes(brickform, "moved")}
    expected, arrived = without_defaults(holdings(source)), without_defaults(holdings(target))
    for part in ("users", "groups", "policies", "clusters", "jobs", "tree"):
        assert arrived[part] == expected[part], part
    assert brickform.plan("moved", target, "again.json", "--detailed-exitcode")["steps"] == []


def test_one_refusal_does_not_stop_the_rest(emulated, brickform):  # noqa: F811
    source, target = emulated(), emulated(NoPins, first_id=5000)
    fill(source)
    brickform.export(source, "out")
    brickform.plan("out", target, "plan.json")
    told = brickform.apply("plan.json", target, code=3)
    assert "cluster:c" in told.stdout + told.stderr or "c" in told.stdout
    arrived = holdings(target)
    assert (len(arrived["users"]), len(arrived["groups"]), len(arrived["policies"])) == (12, 2, 1)
    assert arrived["tree"].keys() == holdings(source)["tree"].keys()


def test_a_wrong_token_names_its_source_and_is_never_shown(emulated, brickform):  # noqa: F811
    server = emulated()
    server_token, server.token = server.token, "something-else"
    brickform.environment |= {"DATABRICKS_HOST": server.url, "DATABRICKS_TOKEN": server_token}
    told = brickform.run("export", "-o", "out", code=1)
    assert "DATABRICKS_TOKEN" in told.stderr and server_token not in told.stderr + told.stdout


def test_no_server_at_all_is_told(emulated, brickform):  # noqa: F811
    server = emulated()
    server.close()
    told = brickform.run("export", "-o", "out", "--host", server.url, on=server, code=1)
    assert server.url in told.stderr and not brickform.path("out").exists()


def test_scim_that_cuts_its_listing_and_does_not_go_on_is_told(emulated, brickform):  # noqa: F811
    class Cut(Emulator):
        def scim_list(self, query, body, kind):
            return {"Resources": list(self.scim[kind].values())[: int(query["count"])]}

    server = emulated(Cut)
    for number in range(120):
        post(server, f"{SCIM}/Users", {"userName": f"u{number}@acme.example"})
    brickform.export(server, "out")
    found = [finding["message"] for finding in notes(brickform, "out") if finding["about"] == "user"]
    assert found and "same page came again" in found[0]
    assert header(brickform, "out")["kinds"]["user"]["complete"] is False
    assert json.dumps(header(brickform, "out"))
