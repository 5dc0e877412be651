// The neighbourhood of an object: what it needs on the left, what needs it on the right; below each other where there is little room.

const SVG = "http://www.w3.org/2000/svg";
const BOX = { width: 150, height: 40, gap: 10, between: 38, most: 9 };

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const cut = (words, most) => (words.length > most ? words.slice(0, most - 1) + "…" : words);
/** The end of a path tells more than its beginning. */
const cutPath = (words, most) => (words.length > most && words.startsWith("/") ? "…" + words.slice(1 - most) : cut(words, most));

/** What happens to an object, as a class. */
function risk(n) {
  if (blockedOf.has(n)) return "blocked";
  const steps = stepsOf.get(n) || [];
  const order = [...risks.keys()];
  const worst = steps.map((step) => step.risk).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return worst[0] || "same";
}

function node(n, x, y, isCentre) {
  const [kind, key] = names[n];
  const name = risk(n);
  const words = { same: "nothing happens to it", blocked: "blocked" }[name] || risks.get(name)?.word || name;
  const open = (event) => { event.preventDefault(); choose(n); };
  const made = svg("a", { class: `${name}${isCentre ? " centre" : ""}`, href: "#" + encodeURIComponent(address(n)), "aria-label": `${kindName(kind)} ${key}: ${words}`, transform: `translate(${x} ${y})` },
    svg("title", {}, `${address(n)}: ${words}`),
    svg("rect", { width: BOX.width, height: BOX.height, rx: 8 }),
    svg("rect", { class: "bar", width: 4, height: BOX.height - 12, x: 6, y: 6, rx: 2 }),
    svg("text", { class: "small", x: 17, y: 15 }, cut(`${kindName(kind)} · ${words}`, 26)),
    svg("text", { x: 17, y: 31 }, cutPath(key, 20)));
  made.addEventListener("click", open);
  return made;
}

function edge(from, to, upright) {
  const [x1, y1] = upright ? [from.x + BOX.width / 2, from.y + BOX.height] : [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = upright ? [to.x + BOX.width / 2, to.y] : [to.x, to.y + BOX.height / 2];
  const path = upright ? `M${x1} ${y1}C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2 - 2}` : `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2 - 2} ${y2}`;
  return svg("path", { class: "edge", d: path });
}

function graph(n, needs, dependents) {
  const upright = window.innerWidth < 700;
  const order = (list) => [...list].sort((a, b) => (risk(a) === "same") - (risk(b) === "same") || a - b).slice(0, BOX.most);
  const columns = [order(needs), [n], order(dependents)];
  const length = (many) => many * BOX.height + (many - 1) * BOX.gap;
  const places = [];
  let width = 0, height = 0;
  if (upright) {
    const rows = columns.map((column) => Math.ceil(column.length / 2));
    width = 2 * BOX.width + BOX.gap;
    columns.forEach((column, i) => {
      column.forEach((_, k) => {
        const alone = k === column.length - 1 && k % 2 === 0;
        places.push({ i, k, x: alone ? (width - BOX.width) / 2 : (k % 2) * (BOX.width + BOX.gap), y: height + Math.floor(k / 2) * (BOX.height + BOX.gap) });
      });
      if (rows[i]) height += length(rows[i]) + BOX.between;
    });
    height -= BOX.between;
  } else {
    height = Math.max(...columns.map((column) => length(Math.max(column.length, 1))));
    columns.forEach((column, i) => {
      const top = (height - length(column.length)) / 2;
      column.forEach((_, k) => places.push({ i, k, x: width, y: top + k * (BOX.height + BOX.gap) }));
      if (column.length) width += BOX.width + BOX.between;
    });
    width -= BOX.between;
  }
  const pad = 12;
  const centre = places.find((place) => place.i === 1);
  const edges = places.filter((place) => place.i !== 1).map((place) => (place.i === 0 ? edge(place, centre, upright) : edge(centre, place, upright)));
  const nodes = places.map((place) => node(columns[place.i][place.k], place.x, place.y, place.i === 1));
  const size = { width: width + 2 * pad, height: height + 2 * pad };
  const scale = upright ? { width: "100%", viewBox: `0 0 ${size.width} ${size.height}` } : size;
  const drawn = svg("svg", { ...scale, role: "group", "aria-label": "What it needs, and what needs it" }, svg("g", { transform: `translate(${pad} ${pad})` }, ...edges, ...nodes));
  const hidden = Math.max(0, needs.length - BOX.most) + Math.max(0, dependents.length - BOX.most);
  return el("div", null, el("div", { class: "graph" }, drawn),
    el("p", { class: "hint" }, upright ? "Above: what it needs. Below: what needs it." : "Left: what it needs. Right: what needs it.", hidden > 0 && ` ${count(hidden)} more in the lists below.`));
}

