"use strict";
// Draws the page from the data in it. Every text goes through text nodes; no markup is ever made of data.

const CHUNK = 100;
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const count = (n) => n.toLocaleString("en-US");
const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;

/** Makes an element; attributes `on…` listen, strings among the children become text. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(2).filter((child) => child != null && child !== false));
  return node;
}

// What is known, looked up by the number of an address.
const names = data.names;
const address = (n) => `${names[n][0]}:${names[n][1]}`;
const numbers = new Map(names.map((_, n) => [address(n), n]));
const kindName = (kind) => kind.replaceAll("_", " ");
const kindsName = (kind, n) => (n === 1 ? kindName(kind) : data.kinds[kind] || kindName(kind));
const risks = new Map(data.sections.map((section) => [section.risk, section]));
const stepsById = new Map(data.steps.map((step) => [step.id, step]));

function listed(pairs) {
  const map = new Map();
  for (const [key, value] of pairs) {
    if (!map.has(key)) map.set(key, []);
    map.get(key).push(value);
  }
  return map;
}
const stepsOf = listed(data.steps.map((step) => [step.name, step]));
const needsOf = listed(data.edges);
const neededBy = listed(data.edges.map(([from, to]) => [to, from]));
const blockedOf = listed(data.blocked.flatMap((one) => one.objects.map((n) => [n, one])));
const accessOf = listed((data.access || []).flatMap((row) => row.objects.map((n) => [n, row])));
const divergedOf = listed(data.diverged.flatMap((one) =>
  one.objects.map(([n, fields]) => [n, { ...one, fields }])));

const state = { tab: "changes", query: "", kind: "", risks: new Set(), chosen: null };

/** All that a search may find in a step, in lower case. */
const haystack = new WeakMap();
function text(step) {
  if (!haystack.has(step)) {
    const fields = data.fields[step.fields].map((field) =>
      [field.path, field.before, field.after, field.source, field.cause].join(" "));
    const all = [address(step.name), step.from, ...step.reasons || [], ...fields];
    haystack.set(step, all.join(" ").toLowerCase());
  }
  return haystack.get(step);
}
const has = (where) => where.toLowerCase().includes(state.query);
const isKind = (kind) => !state.kind || state.kind === kind;
const isShown = (step) => isKind(names[step.name][0]) && (!state.query || text(step).includes(state.query));

/** A list that is drawn piece by piece, so that thousands of things cost as little as a hundred. */
function pieces(items, draw, into = el("div"), size = CHUNK) {
  let next = 0;
  const more = el("button", { class: "quiet more", type: "button" });
  const add = () => {
    const first = next;
    const drawn = items.slice(next, next + size).map(draw);
    next += drawn.length;
    more.before(...drawn);
    const left = items.length - next;
    more.textContent = `Show ${Math.min(left, size)} more of ${count(items.length)}`;
    if (left <= 0) more.remove();
    return first && drawn[0];
  };
  more.addEventListener("click", () => {
    const first = add();
    (first.querySelector?.("button") || first).focus();
  });
  into.append(more);
  add();
  return into;
}

/** Something that opens; its body is drawn when it is first opened. */
function opening(head, body, attributes = {}) {
  const chevron = el("span", { class: "chevron", "aria-hidden": "true" }, "›");
  const button = el("button", { class: "head", type: "button", "aria-expanded": "false", ...attributes }, head, chevron);
  const row = el("div", { class: "row" }, button);
  let drawn = null;
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    if (open && !drawn) row.append(drawn = el("div", { class: "body" }, body()));
    if (drawn) drawn.hidden = !open;
  });
  return row;
}

const sign = (risk, mark) => el("span", { class: `sign ${risk}` }, mark);
const badge = (risk, words) => el("span", { class: `badge ${risk}` }, words);
function link(n, attributes = {}) {
  const [kind, key] = names[n];
  return el("button", { type: "button", class: "plainlink", onclick: () => choose(n), ...attributes },
    el("span", { class: "kindname" }, kindName(kind) + " "), el("span", { class: "key" }, key));
}
const links = (list, size) => pieces(list, (n) => link(n), el("div", { class: "names" }), size);

function patch(lines) {
  const row = ([mark, parts]) => {
    if (mark === "⋮") return el("div", { class: "gap" }, parts.length ? parts[0][1] : "⋮");
    const name = { "+": "add", "-": "del" }[mark] || "same";
    const marked = parts.map(([differs, part]) => (differs && mark !== " " ? el("mark", null, part) : part));
    return el("div", { class: name }, el("i", null, mark === " " ? "" : mark), el("span", null, marked));
  };
  return pieces(lines, row, el("div", { class: "diff", tabindex: "0", role: "group", "aria-label": "Line by line" }), 400);
}

function fieldView(field) {
  const side = (tag, name, value) => value == null ? [] :
    [el("span", { class: "tag" }, tag), el("span", { class: name }, value)];
  const same = field.before === field.after;
  const sides = field.patch ? [] : [
    side("snapshot", "was", field.source), side("now", "from", same ? null : field.before),
    side(same ? "stays" : "then", "to", field.after)];
  return el("div", { class: "change" },
    el("span", { class: "path" }, field.path), " ",
    field.cause && el("span", { class: "rule" }, field.cause),
    el("div", { class: "sides" }, sides), field.patch && patch(field.patch),
    field.unseen && el("p", { class: "hint" }, "The text that is there now was not at hand when this page was made. A page that `plan` makes shows the lines."));
}
const fieldViews = (fields) => pieces(fields, fieldView, el("div"), 50);

// The parts of the page.

function changes() {
  let shown = 0;
  const parts = [];
  for (const section of data.sections) {
    if (state.risks.size && !state.risks.has(section.risk)) continue;
    const groups = [];
    let steps = 0;
    for (const group of section.groups) {
      if (!isKind(group.kind)) continue;
      const members = group.steps.map((n) => data.steps[n]).filter(isShown);
      if (members.length) groups.push([group, members]);
      steps += members.length;
    }
    shown += steps;
    if (!groups.length && (!section.look || state.query || state.kind)) continue;
    const part = el("section", { class: `part ${section.risk}`, "data-risk": section.risk },
      el("h2", null, section.title, el("span", { class: "count" }, count(steps))));
    pieces(groups, ([group, members]) => groupView(section, group, members), part);
    if (section.look) part.append(el("p", { class: "hint" }, section.look));
    parts.push(part);
  }
  found(shown, data.steps.length - looks(), "step");
  return parts;
}
const looks = () => data.steps.length - data.sections.flatMap((one) => one.groups).reduce((n, group) => n + group.steps.length, 0);

function groupView(section, group, members) {
  const all = group.steps.length;
  const line = group.line && el("span", { class: "line mono" }, group.line);
  if (all === 1) {
    const [kind, key] = names[members[0].name];
    const head = el("button", { class: "head", type: "button", "data-name": members[0].name, onclick: () => choose(members[0].name) },
      sign(section.risk, section.sign),
      el("span", { class: "what" }, el("span", { class: "kindname" }, kindName(kind) + " "), el("span", { class: "key" }, key), line));
    return el("div", { class: "row" }, head);
  }
  const size = members.length === all ? count(all) : `${count(members.length)} of ${count(all)}`;
  const head = [sign(section.risk, section.sign),
    el("span", { class: "what" }, el("span", { class: "key" }, `${size} ${kindsName(group.kind, all)}`), line)];
  return opening(head, () => [
    group.notes.map((note) => el("p", { class: "hint" }, note)),
    group.fields != null && fieldViews(data.fields[group.fields]),
    links(members.map((step) => step.name)),
  ], { "data-group": section.risk });
}

function blocked() {
  const rows = data.blocked.filter((one) => isKind(one.kind)).map((one) => {
    const about = has(one.reason + one.hint);
    return [one, one.objects.filter((n) => about || has(address(n)))];
  }).filter(([, objects]) => objects.length);
  found(rows.reduce((n, [, objects]) => n + objects.length, 0), blockedCount, "object");
  const row = ([one, objects]) => {
    const what = objects.length === 1 ? `${kindName(one.kind)} ${names[objects[0]][1]}` : plural(objects.length, kindName(one.kind), kindsName(one.kind, 2));
    const head = [sign("blocked", "!"), el("span", { class: "what" }, el("span", { class: "key" }, `${one.verb} ${what}`), el("span", { class: "line" }, one.reason))];
    return opening(head, () => [el("p", null, one.reason), one.hint && el("p", { class: "hint" }, "What would help: " + one.hint), links(objects)]);
  };
  return [pieces(rows, row, el("section", { class: "part blocked" }, el("h2", null, "Blocked: not done, and why")))];
}

function sidesView(path, sides) {
  return el("div", { class: "change" }, el("span", { class: "path" }, path),
    el("div", { class: "sides" }, sides.map(([side, value]) => [el("span", { class: "tag" }, side), el("span", { class: "was" }, value)])));
}

function diverged() {
  let shown = 0;
  const parts = data.diverged.map((one) => {
    const objects = one.objects.filter(([n, fields]) => isKind(names[n][0]) && has(JSON.stringify([address(n), fields])));
    shown += objects.length;
    const row = ([n, fields]) => opening(
      [sign(one.why, one.why === "conflict" ? "!" : "="), el("span", { class: "what" }, el("span", { class: "kindname" }, kindName(names[n][0]) + " "), el("span", { class: "key" }, names[n][1]),
        el("span", { class: "line mono" }, fields.map(([path]) => path).join(", ")))],
      () => [fields.map(([path, sides]) => sidesView(path, sides)), links([n])]);
    return objects.length && pieces(objects, row, el("section", { class: `part ${one.why}` }, el("h2", null, one.title, el("span", { class: "count" }, count(objects.length)))));
  });
  found(shown, divergedCount, "object");
  return parts.filter(Boolean);
}

const EFFECTS = { loses: "Loses access", gains: "Gains access", goes: "Had rights on what goes away", new: "Rights on new objects" };
function accessSentence(row) {
  const who = row.people.length === 1 ? el("span", { class: "key" }, names[row.people[0]][0] === "user" ? names[row.people[0]][1] : address(row.people[0]))
    : el("span", { class: "key" }, plural(row.people.length, "person", "people"));
  const many = row.people.length > 1;
  const verb = { loses: row.after ? "" : many ? "lose" : "loses", gains: many ? "gain" : "gains", goes: many ? "have" : "has", new: many ? "get" : "gets" }[row.effect];
  const levels = row.before && row.after ? `${row.before} → ${row.after}` : row.before || row.after;
  const what = row.objects.length === 1 ? address(row.objects[0]) : plural(row.objects.length, kindName(row.kind), kindsName(row.kind, 2));
  return [who, verb ? ` ${verb} ` : " ", el("span", { class: "levels" }, levels), ` on ${row.effect === "new" ? "new: " : ""}${what}`];
}
const way = (row) => [...row.through.map((n) => "through " + address(n)), ...row.folder == null ? [] : ["from " + address(row.folder)]].join(", ");
function accessRow(row) {
  const mark = row.effect === "loses" || row.effect === "goes" ? "-" : "+";
  const head = [sign(row.effect, mark), el("span", { class: "what" }, accessSentence(row), way(row) && el("span", { class: "line" }, way(row)))];
  return opening(head, () => el("div", { class: "split" },
    el("div", null, el("h4", { class: "soft" }, plural(row.people.length, "person", "people")), links(row.people)),
    el("div", null, el("h4", { class: "soft" }, plural(row.objects.length, "object")), links(row.objects))));
}
function accessPart() {
  if (!data.access) return [el("p", { class: "empty" }, "Who gains or loses access is not known: the snapshot was not at hand when this page was made.")];
  const found_ = (row) => isKind(row.kind) && (!state.query || has([row.before, row.after, ...[...row.people, ...row.objects, ...row.through].map(address)].join(" ")));
  const rows = data.access.filter(found_);
  found(rows.length, data.access.length, "change of access", "changes of access");
  if (!data.access.length) return [el("p", { class: "empty" }, "Nobody gains or loses access.")];
  return Object.entries(EFFECTS).map(([effect, title]) => {
    const these = rows.filter((row) => row.effect === effect);
    if (!these.length) return null;
    const people = new Set(these.flatMap((row) => row.people)), objects = new Set(these.flatMap((row) => row.objects));
    return pieces(these, accessRow, el("section", { class: `part ${effect}` },
      el("h2", null, title, el("span", { class: "count" }, `${plural(people.size, "person", "people")}, ${plural(objects.size, "object")}`))));
  }).filter(Boolean);
}

function findings() {
  const these = data.findings.filter((one) => has([one.code, one.about, one.message, one.hint].join(" ")) && (!state.kind || one.about === state.kind || one.about.startsWith(state.kind + ":")));
  found(these.length, data.findings.length, "finding");
  return [...listed(these.map((one) => [one.severity + "\n" + one.code, one])).values()].map((group) => {
    const { severity, code } = group[0];
    const head = [sign(severity, { error: "!", warning: "!", note: "i" }[severity]), el("span", { class: "what" }, el("span", { class: "key" }, code), el("span", { class: "line" }, group[0].message)), el("span", { class: "count" }, count(group.length))];
    return opening(head, () => pieces(group, (one) => el("div", { class: "change" },
      numbers.has(one.about) ? link(numbers.get(one.about)) : el("span", { class: "path" }, one.about),
      el("p", null, one.message), one.hint && el("p", { class: "hint" }, one.hint))));
  });
}

// The chosen object.

function detail(n) {
  const [kind, key] = names[n];
  const steps = stepsOf.get(n) || [];
  const close = el("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => choose(null) }, "×");
  const parts = [el("header", null, el("div", null, el("p", { class: "soft" }, kindName(kind)), el("h2", null, key)), close)];
  const section = (title, ...body) => parts.push(el("section", null, el("h3", null, title), body));
  if (!steps.length && !blockedOf.has(n)) parts.push(el("p", { class: "hint" }, "Nothing happens to this object itself."));
  for (const one of blockedOf.get(n) || []) parts.push(badge("blocked", "blocked"), el("p", null, one.reason), one.hint && el("p", { class: "hint" }, "What would help: " + one.hint));
  for (const one of divergedOf.get(n) || []) section(one.title, one.fields.map(([path, sides]) => sidesView(path, sides)));
  for (const step of steps) {
    const risk = risks.get(step.risk);
    const fields = data.fields[step.fields];
    parts.push(el("section", { class: step.risk }, badge(step.risk, risk ? risk.word : step.risk), el("span", { class: "soft" }, `step ${step.id}`),
      step.from && el("p", null, "It was ", el("span", { class: "mono" }, step.from)),
      (step.reasons || []).map((reason) => el("p", { class: "reason" }, reason)),
      fields.length > 0 && fieldViews(fields),
      step.spec && el("details", null, el("summary", null, "Settings"), el("pre", { tabindex: "0" }, step.spec)),
      step.text && el("details", null, el("summary", null, "Content"), el("pre", { tabindex: "0" }, step.text))));
  }
  const reach = data.reach[n];
  if (reach) {
    section("If this goes wrong", el("p", null, `${plural(reach.count, "object")} ${reach.count === 1 ? "depends" : "depend"} on it, ${count(reach.direct)} directly.`), links(reach.all, 20),
      reach.all.length < reach.count && el("p", { class: "hint" }, `The nearest ${count(reach.all.length)} are named.`));
  }
  const needs = needsOf.get(n) || [], dependents = neededBy.get(n) || [];
  if (needs.length || dependents.length) {
    section("What it is tied to", graph(n, needs, dependents));
    if (needs.length) section(`Needs ${plural(needs.length, "object")}`, links(needs, 20));
    if (dependents.length) section(`Needed by ${plural(dependents.length, "object")}`, links(dependents, 20));
  }
  if (accessOf.has(n)) section("Access to it", pieces(accessOf.get(n), accessRow, el("div"), 10));
  const about = data.findings.filter((one) => one.about === address(n));
  if (about.length) section("Findings", about.map((one) => el("div", { class: "change" }, el("span", { class: `badge ${one.severity}` }, one.code), el("p", null, one.message), one.hint && el("p", { class: "hint" }, one.hint))));
  return parts.filter(Boolean);
}

/** Shows an object, or none; the address in the page's own fragment makes it a link. */
function choose(n) {
  const hash = n == null ? "" : "#" + encodeURIComponent(address(n));
  if (location.hash !== hash && !(hash === "" && !location.hash)) history.pushState(null, "", hash || location.pathname + location.search);
  show();
}
let opener = null;
function show() {
  let wanted = "";
  try { wanted = decodeURIComponent(location.hash.slice(1)); } catch { /* a fragment that is none of ours */ }
  const n = numbers.has(wanted) ? numbers.get(wanted) : null;
  if (n != null && state.chosen == null) opener = document.activeElement;
  const changed = n !== state.chosen;
  state.chosen = n;
  document.body.classList.toggle("chosen", n != null);
  const aside = byId("detail");
  if (changed) {
    aside.replaceChildren(...n == null ? [] : detail(n));
    aside.scrollTop = 0;
    if (n != null) aside.focus({ preventScroll: true });
    else if (opener?.isConnected) opener.focus({ preventScroll: true });
  }
  mark();
}
function mark() {
  for (const head of document.querySelectorAll(".head[data-name]")) head.setAttribute("aria-current", String(Number(head.dataset.name) === state.chosen));
}

// The frame around it.

const blockedCount = data.blocked.reduce((n, one) => n + one.objects.length, 0);
const divergedCount = data.diverged.reduce((n, one) => n + one.objects.length, 0);
const TABS = [
  ["changes", "Changes", changes, data.steps.length - looks()],
  ["blocked", "Blocked", blocked, blockedCount],
  ["diverged", "Conflicts and edits", diverged, divergedCount],
  ["access", "Access", accessPart, (data.access || []).length],
  ["findings", "Findings", findings, data.findings.length],
].filter(([id, , , size]) => size || id === "changes" || id === "access");

function found(shown, all, one, many) {
  const filtered = state.query || state.kind || state.risks.size;
  byId("found").textContent = filtered ? `${count(shown)} of ${plural(all, one, many)}` : plural(all, one, many);
}

function draw() {
  const [id, , part] = TABS.find(([id]) => id === state.tab);
  const list = byId("list");
  const parts = part();
  list.setAttribute("aria-labelledby", "tab-" + id);
  list.replaceChildren(...parts.length ? parts : [el("p", { class: "empty" }, data.steps.length || state.query ? "Nothing here matches." : "There is nothing to do.")]);
  for (const tab of byId("tabs").children) {
    const chosen = tab.id === "tab-" + id;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  for (const tile of byId("tiles").children) tile.setAttribute("aria-pressed", String(state.risks.has(tile.dataset.risk)));
  mark();
}
function turn(tab) {
  state.tab = tab;
  draw();
}

function frame() {
  document.title = `${data.title} ${data.subject} · brickform`;
  byId("title").textContent = `${data.title} ${data.subject}`;
  byId("summary").textContent = data.summary;
  byId("facts").append(...data.facts.flatMap(([label, value]) => [el("dt", null, label), el("dd", null, value)]));
  const alert = (tab, mild, words) => byId("alerts").append(el("button", { type: "button", class: mild ? "alert mild" : "alert", onclick: () => turn(tab) }, words + " ›"));
  const conflicts = data.diverged.find((one) => one.why === "conflict");
  if (conflicts) alert("diverged", false, `${plural(conflicts.objects.length, "conflict")}: changed on both sides, left alone until somebody decides`);
  if (blockedCount) alert("blocked", true, `${plural(blockedCount, "object")} blocked: wanted, and not done`);
  const losses = (data.access || []).filter((row) => row.effect === "loses");
  if (losses.length) alert("access", false, `${plural(new Set(losses.flatMap((row) => row.people)).size, "person loses", "people lose")} access`);
  byId("tiles").append(...data.sections.map((section) => {
    const size = section.groups.reduce((n, group) => n + group.steps.length, 0);
    return el("button", { type: "button", class: `tile ${section.risk}`, "aria-pressed": "false", "data-risk": section.risk, onclick: () => {
      if (!state.risks.delete(section.risk)) state.risks.add(section.risk);
      turn("changes");
    } }, el("b", null, count(size)), el("span", null, section.title));
  }));
  byId("tabs").append(...TABS.map(([id, title, , size]) => el("button", { type: "button", role: "tab", id: "tab-" + id, "aria-controls": "list", onclick: () => turn(id) }, title, el("span", { class: "count" }, count(size)))));
  byId("kind").append(el("option", { value: "" }, "all"), ...Object.keys(data.kinds).sort().map((kind) => el("option", { value: kind }, kindName(kind))));
  byId("foot").append(...data.left_out.map((line) => el("p", null, line)), el("p", null, "Made by brickform. This page loads nothing and sends nothing."));
}

function listen() {
  let waiting = 0;
  byId("query").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { state.query = event.target.value.trim().toLowerCase(); draw(); }, 80);
  });
  byId("kind").addEventListener("change", (event) => { state.kind = event.target.value; draw(); });
  byId("clear").addEventListener("click", () => {
    byId("query").value = byId("kind").value = state.query = state.kind = "";
    state.risks.clear();
    draw();
  });
  byId("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = TABS.findIndex(([id]) => id === state.tab);
    turn(TABS[(at + step + TABS.length) % TABS.length][0]);
    byId("tab-" + state.tab).focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); byId("query").focus(); }
    if (event.key === "Escape" && state.chosen != null) choose(null);
  });
  window.addEventListener("popstate", show);
  window.addEventListener("hashchange", show);
}

function start() {
  frame();
  listen();
  draw();
  show();
}
