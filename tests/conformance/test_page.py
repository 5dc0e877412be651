"""The page of a plan, opened in a real Chromium: it draws everything itself, and loads and runs nothing else."""

import json
import re

import pytest
from chromium import chromium
from databricks.sdk.service import compute, iam, jobs, workspace
from playwright.sync_api import expect, sync_playwright
from workspace import ROOT, Brickform, Simulator

HOSTILE = "</script><img src=x onerror=boom()> ]]> <!-- \u2028 {{script}} 'x' \"y\" & `z`"
BEFORE = "# Databricks notebook source\nprint('one')\nprint('two')\nprint('three')\n"
AFTER = BEFORE.replace("two", "zwei") + "print('four')\n"


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests."""
    found = chromium(ROOT / "target" / "conformance" / "chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found.path,
            env=found.environment,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield started
        started.close()


class Opened:
    """A page of brickform in a tab, with everything that went wrong in it."""

    def __init__(self, browser, path, **how):
        how = {"viewport": {"width": 1280, "height": 900}, "offline": True, "color_scheme": "light"} | how
        self.context = browser.new_context(**how)
        self.tab = self.context.new_page()
        self.url = path.as_uri()
        self.wrong, self.requests, self.answered = [], [], []
        self.tab.on("console", lambda message: self.wrong.append(f"{message.type}: {message.text}"))
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("response", lambda response: self.answered.append(response))
        self.tab.goto(self.url)
        expect(self.tab.locator("#title")).not_to_be_empty()

    def close(self):
        """Closes the tab; nothing may have gone wrong in it, and nothing been asked for but the page."""
        asked = [url.split("#")[0] for url in self.requests]
        self.context.close()
        assert self.wrong == []
        assert set(asked) == {self.url}


@pytest.fixture
def page(browser):
    """Opens pages, and looks at the end that nothing went wrong in them."""
    opened = []

    def open_(path, **how):
        opened.append(Opened(browser, path, **how))
        return opened[-1].tab

    yield open_
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """The page of a plan that changes, revokes and creates, and its directory."""
    brickform = Brickform(tmp_path_factory.mktemp("page"))
    with Simulator("--workspace", "1") as source, Simulator("--workspace", "2") as target:
        sdk = source.sdk()
        people = [sdk.users.create(user_name=f"{name}@acme.example") for name in ("ana", "bo", "cleo")]
        members = [iam.ComplexValue(value=person.id) for person in people]
        inner = sdk.groups.create(display_name="inner", members=members[:2])
        eng = sdk.groups.create(display_name="data-eng", members=[iam.ComplexValue(value=inner.id), members[2]])
        pool = sdk.instance_pools.create(instance_pool_name="warm", node_type_id="i3.xlarge").instance_pool_id
        sdk.workspace.mkdirs("/Shared/etl")

        def notebook(path, text, overwrite=False):
            sdk.workspace.upload(
                path, text.encode(), format=workspace.ImportFormat.SOURCE, language=workspace.Language.PYTHON,
                overwrite=overwrite,
            )

        notebook("/Shared/etl/load", BEFORE)

        def job(name, node="i3.xlarge", **more):
            task = jobs.Task(
                task_key="t",
                notebook_task=jobs.NotebookTask(notebook_path="/Shared/etl/load"),
                new_cluster=compute.ClusterSpec(spark_version="15.4.x-scala2.12", node_type_id=node, num_workers=1),
            )
            return {"name": name, "tasks": [task]} | more

        def grant(id, level):
            sdk.permissions.update("jobs", id, access_control_list=[
                iam.AccessControlRequest(group_name="data-eng", permission_level=iam.PermissionLevel(level))])

        made = {}
        for n in range(12):
            made[n] = sdk.jobs.create(**job(f"nightly {n:02}")).job_id
            grant(str(made[n]), "CAN_MANAGE")
        brickform.move(source, target)

        for n in range(12):
            sdk.jobs.reset(made[n], jobs.JobSettings(**job(f"nightly {n:02}", node="i3.2xlarge")))
        sdk.permissions.set("jobs", str(made[0]), access_control_list=[
            iam.AccessControlRequest(user_name=source_caller(sdk), permission_level=iam.PermissionLevel.IS_OWNER),
            iam.AccessControlRequest(group_name="data-eng", permission_level=iam.PermissionLevel.CAN_VIEW)])
        notebook("/Shared/etl/load", AFTER, overwrite=True)
        sdk.jobs.create(**job(HOSTILE, description=HOSTILE))
        sdk.groups.patch(inner.id, operations=[iam.Patch(op=iam.PatchOp.REMOVE, path=f'members[value eq "{people[1].id}"]')],
                         schemas=[iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP])
        assert eng.id and pool
        brickform.export(source, "moved")
        ended = brickform.run("plan", "moved", "-o", "plan.json", "--limits", "none", "--format", "html", on=target)
        brickform.path("plan.html").write_text(ended.stdout)
        yield brickform


def source_caller(sdk):
    return sdk.current_user.me().user_name


def row(tab, risk, text):
    return tab.locator(f"[data-risk='{risk}'] .row", has_text=text).first


def test_the_same_change_of_many_is_one_line_that_opens(reviewed, page):
    tab = page(reviewed.path("plan.html"))
    expect(tab.locator("#title")).to_have_text(re.compile("Plan for "))
    group = row(tab, "update", "12 jobs")
    expect(group).to_contain_text('"i3.xlarge" ⇒ "i3.2xlarge"')
    expect(group.locator(".names button")).to_have_count(0)
    group.locator(".head").click()
    expect(group.locator(".names button")).to_have_count(12)
    paths = [f"tasks.t.new_cluster.{field}" for field in ("driver_node_type_id", "node_type_id")]
    expect(group.locator(".path")).to_have_text(paths)
    expect(group.locator(".from")).to_have_text(['"i3.xlarge"'] * 2)
    expect(group.locator(".to")).to_have_text(['"i3.2xlarge"'] * 2)
    group.locator(".names button").nth(3).click()
    expect(tab.locator("#detail h2")).to_have_text("nightly 03")
    tab.keyboard.press("Escape")
    expect(tab.locator("#detail")).to_be_hidden()
    group.locator(".head").click()
    expect(group.locator(".names")).to_be_hidden()


def test_what_hurts_stands_first(reviewed, page):
    tab = page(reviewed.path("plan.html"))
    risks = tab.locator(".part").evaluate_all("parts => parts.map(part => part.dataset.risk)")
    assert risks == ["revoke", "update", "create", "newgrants"], risks
    revoked = tab.locator("[data-risk='revoke'] .row")
    expect(revoked).to_have_count(2)
    expect(tab.locator("#alerts")).to_contain_text("lose access")


def test_steps_are_found_by_text_kind_and_risk(reviewed, page):
    tab = page(reviewed.path("plan.html"))
    found, query = tab.locator("#found"), tab.locator("#query")
    everything = found.inner_text()
    tab.keyboard.press("/")
    expect(query).to_be_focused()
    query.fill("nightly 07")
    expect(found).to_have_text(re.compile(r"^1 of \d+ steps$"))
    expect(tab.locator("#list")).to_contain_text("1 of 12 jobs")
    query.fill("i3.2XLARGE")
    expect(found).to_have_text(re.compile(r"^12 of "))
    query.fill("no such thing")
    expect(tab.locator("#list")).to_have_text("Nothing here matches.")
    tab.locator("#clear").click()
    expect(found).to_have_text(everything)
    tab.locator("#kind").select_option("notebook")
    expect(tab.locator("#list .row")).to_have_count(1)
    tab.locator("#clear").click()
    tab.locator("#tiles [data-risk='create']").click()
    assert tab.locator(".part").evaluate_all("parts => parts.map(part => part.dataset.risk)") == ["create"]
    expect(tab.locator("#tiles [data-risk='create']")).to_have_attribute("aria-pressed", "true")


def test_a_notebook_is_compared_line_by_line(reviewed, page):
    tab = page(reviewed.path("plan.html"))
    row(tab, "update", "/Shared/etl/load").locator(".head").click()
    detail = tab.locator("#detail")
    expect(detail.locator(".diff .del")).to_have_text(["-print('two')"])
    expect(detail.locator(".diff .add")).to_have_text(["+print('zwei')", "+print('four')"])
    expect(detail).to_contain_text("13 objects depend on it")


def test_the_graph_is_walked_by_mouse_and_keyboard(reviewed, page):
    tab = page(reviewed.path("plan.html"))
    row(tab, "update", "/Shared/etl/load").locator(".head").click()
    heading = tab.locator("#detail h2")
    expect(tab.locator(".graph .centre")).to_contain_text("/Shared/etl/load")
    tab.locator(".graph a", has_text="nightly 05").click()
    expect(heading).to_have_text("nightly 05")
    expect(tab.locator(".graph .centre")).to_contain_text("nightly 05")
    node = tab.locator(".graph a", has_text="/Shared/etl/load")
    node.focus()
    tab.keyboard.press("Enter")
    expect(heading).to_have_text("/Shared/etl/load")
    tab.go_back()
    expect(heading).to_have_text("nightly 05")
    assert tab.url.endswith("#job%3Anightly%2005")
    tab.reload()
    expect(heading).to_have_text("nightly 05")


def test_who_loses_access_is_named_through_all_groups(reviewed, page):
    tab = page(reviewed.path("plan.html"))
    tab.locator("#tab-access").click()
    losses = tab.locator(".part.loses .row")
    gone = losses.filter(has_text="bo@acme.example").filter(has_text="12 jobs")
    expect(gone).to_contain_text("bo@acme.example lose")
    expect(gone).to_contain_text("through group:data-eng, through group:inner")
    gone.locator(".head").click()
    expect(gone.locator(".names").nth(1).locator("button")).to_have_count(12)
    lowered = losses.filter(has_text="CAN_MANAGE → CAN_VIEW")
    expect(lowered.first).to_contain_text("job:nightly 00")
    tab.locator("#query").fill("cleo")
    expect(tab.locator("#list .row")).not_to_have_count(0)
    tab.locator("#tab-access").press("ArrowRight")
    expect(tab.locator("#tabs [aria-selected='true']")).not_to_have_id("tab-access")


def test_hostile_names_are_text(reviewed, page):
    source = reviewed.path("plan.html").read_text()
    assert source.count("</script>") == 2 and "<img" not in source
    tab = page(reviewed.path("plan.html"))
    tab.locator("#query").fill("onerror")
    tab.locator("#tiles [data-risk='create']").click()
    name = tab.locator("[data-risk='create'] .key").first
    expect(name).to_contain_text("</script><img src=x onerror=boom()>")
    name.click()
    expect(tab.locator("#detail h2")).to_contain_text("</script><img src=x onerror=boom()>")
    tab.locator("#detail summary").first.click()
    expect(tab.locator("#detail pre").first).to_contain_text("onerror=boom()")
    assert tab.locator("img, iframe, object, embed, link, #list script, #detail script").count() == 0
    policy = tab.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy


def test_a_script_that_got_in_would_not_run(reviewed, browser, tmp_path):
    tampered = tmp_path / "tampered.html"
    injected = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"
    tampered.write_text(reviewed.path("plan.html").read_text().replace("<footer", injected + "<footer"))
    opened = Opened(browser, tampered)
    opened.tab.evaluate("fetch('https://example.com/').catch(() => null)")
    expect(opened.tab).to_have_title(re.compile("brickform"))
    answered = [response.url for response in opened.answered]
    opened.context.close()
    refusals = [line for line in opened.wrong if "Content Security Policy" in line or "violates" in line]
    assert len(refusals) >= 3, opened.wrong
    assert answered == [opened.url], "what was tried was refused before it left"


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_wide_and_narrow_light_and_dark(reviewed, page, width, scheme):
    tab = page(reviewed.path("plan.html"), viewport={"width": width, "height": 850}, color_scheme=scheme)
    colours = "() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor] }"

    def brightness(colour):
        red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
        return (299 * red + 587 * green + 114 * blue) / 1000

    ink, paper = map(brightness, tab.evaluate(colours))
    assert (ink < 80 and paper > 200) if scheme == "light" else (ink > 200 and paper < 80), (ink, paper)
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.evaluate(wide) <= 0
    row(tab, "update", "/Shared/etl/load").locator(".head").click()
    expect(tab.locator("#detail .diff")).to_be_visible()
    assert tab.evaluate(wide) <= 0
    box = tab.locator("#detail").bounding_box()
    assert box["width"] >= min(width, 500)
    assert tab.evaluate("() => { const g = document.querySelector('.graph'); return g.scrollWidth - g.clientWidth }") <= 0
    tab.locator("#detail .close").click()
    expect(tab.locator("#detail")).to_be_hidden()


def test_of_thousands_of_steps_only_those_are_drawn_that_are_looked_at(browser, page, tmp_path):
    brickform = Brickform(tmp_path)
    seed = "scale:users=50,groups=5,members=5,notebooks=3500,folders=100,clusters=2,jobs=1500,pools=1,policies=1"
    with Simulator("--workspace", "1", "--seed", seed) as source, Simulator("--workspace", "2") as target:
        brickform.run("export", "-o", "big", "--no-acls", "--limits", "none", on=source)
        steps = brickform.plan("big", target, "plan.json")["steps"]
    assert len(steps) >= 5_000
    brickform.path("plan.html").write_text(brickform.run("show", "plan.json", "--format", "html").stdout)
    tab = page(brickform.path("plan.html"))
    expect(tab.locator("#found")).to_contain_text("steps")
    assert tab.locator("*").count() < 3_000, "only what is looked at is drawn"
    group = tab.locator(".row", has_text="3,500 notebooks")
    group.locator(".head").click()
    expect(group.locator(".names > button:not(.more)")).to_have_count(100)
    group.locator(".more").last.click()
    expect(group.locator(".names > button:not(.more)")).to_have_count(200)
    tab.locator("#query").fill("job-00777")
    expect(tab.locator("#found")).to_have_text(re.compile(r"^1 of "))


def test_two_snapshots_are_compared_on_a_page(reviewed, page, tmp_path):
    brickform = Brickform(tmp_path)
    with Simulator("--workspace", "1") as workspace_:
        sdk = workspace_.sdk()
        policy = sdk.cluster_policies.create(name="small", definition=json.dumps({"num_workers": {"type": "fixed", "value": 1}}))
        brickform.export(workspace_, "before")
        sdk.cluster_policies.edit(policy.policy_id, name="small", definition=json.dumps({"num_workers": {"type": "fixed", "value": 2}}))
        brickform.export(workspace_, "after")
    ended = brickform.run("diff", "before", "after", "--format", "html", code=2)
    brickform.path("diff.html").write_text(ended.stdout)
    tab = page(brickform.path("diff.html"))
    expect(tab.locator("#title")).to_have_text("From before to after")
    expect(row(tab, "update", "small")).to_contain_text("num_workers")
