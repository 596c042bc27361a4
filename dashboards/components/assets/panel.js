// Map and ranking of the first page. One draws on the other: what is pointed at or focused in one is marked in both, and
// what is chosen in either goes to the page as `unit`. Texts, colours and places come from Python (map_panel.py).
const NS = "http://www.w3.org/2000/svg";
const HIT_PX = 14; // as wide as a fingertip needs with the zoom's help
const ZOOM = 1.6;
const MOST = 24; // times
const PICTURE = 1.6; // units of the map per pixel of a screen
const LEGEND_PX = 128;

function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function line(d, look) {
  const { colour, width, dash, opacity } = look;
  return svg("path", {
    d, fill: "none", stroke: colour, "stroke-width": width, "stroke-linejoin": "round", "stroke-linecap": "butt",
    "vector-effect": "non-scaling-stroke", ...(dash ? { "stroke-dasharray": dash } : {}), ...(opacity ? { opacity } : {}),
  });
}

function ground(map) {
  const { colours, ground: paths } = map;
  return svg("g", {},
    svg("path", { d: paths.outside, fill: colours.far, "fill-rule": "evenodd" }),
    svg("path", { d: paths.inside, fill: colours.land, "fill-rule": "evenodd" }),
    line(paths.border, { colour: colours.line, width: 1 }),
    line(paths.boundary_line, { colour: colours.line, width: 1, dash: "1.5 2.5" }));
}

function names(map) {
  const halo = { stroke: map.colours.land, "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" };
  return svg("g", { "font-size": 17, "text-anchor": "middle", fill: map.colours.name, ...halo },
    ...map.names.map(([lines, x, y]) => svg("text", { x, y },
      ...lines.map((text, i) => svg("tspan", { x, dy: i ? "1.1em" : "0" }, text)))));
}

function flows(map) {
  const head = svg("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7,
    orient: "auto-start-reverse" }, svg("path", { d: "M0 0.6L8 4L0 7.4L2 4Z", fill: map.colours.flow }));
  const arrows = map.flows.map(([x1, y1, x2, y2]) => {
    const bend = 0.12, cx = (x1 + x2) / 2 - bend * (y2 - y1), cy = (y1 + y2) / 2 + bend * (x2 - x1);
    return svg("path", { d: `M${x1} ${y1}Q${cx} ${cy} ${x2} ${y2}`, "marker-end": "url(#head)", fill: "none",
      stroke: map.colours.flow, "stroke-width": 1.6, "vector-effect": "non-scaling-stroke", opacity: map.flow_opacity });
  });
  return svg("g", {}, svg("defs", {}, head), ...arrows);
}

function segment(one) {
  const look = { colour: one.colour, width: one.width, dash: one.dash };
  const drawn = svg("g", { "data-unit": one.id });
  if (one.area) {
    drawn.append(svg("path", { d: one.d, fill: one.colour, "fill-opacity": 0.35, stroke: one.colour,
      "vector-effect": "non-scaling-stroke", "stroke-dasharray": one.dash || "none" }));
  } else {
    if (one.weak) drawn.append(line(one.d, { colour: "#1f2933", width: one.width + 3.5 }));
    drawn.append(line(one.d, look));
  }
  return drawn;
}

function number(one) {
  return svg("g", { "data-unit": one.id },
    svg("circle", { cx: one.x, cy: one.y, r: 15, fill: one.colour, stroke: "#1f2933", "stroke-width": 2.4 }),
    svg("text", { x: one.x, y: one.y, fill: one.ink, "font-size": 17, "font-weight": 600, "text-anchor": "middle",
      "dominant-baseline": "central" }, String(one.rank)));
}

function legend(entries) {
  const height = 17;
  const group = svg("g", { "font-size": 11.5, fill: "#1f2933", "dominant-baseline": "central" });
  entries.forEach(({ label, colour, width, dash, weak, arrow }, i) => {
    const y = 12 + height * i, d = `M8 ${y}L34 ${y}`;
    if (weak) group.append(line(d, { colour: "#1f2933", width: 7 }), line(d, { colour: "#fff", width: 3 }));
    else group.append(line(d, { colour, width, dash }));
    if (arrow) group.append(svg("path", { d: `M36 ${y}l-7 -4v8Z`, fill: colour }));
    group.append(svg("text", { x: 42, y }, label));
  });
  const box = svg("rect", { x: 0, y: 0, width: LEGEND_PX, height: 8 + height * entries.length, rx: 3, fill: "#fff",
    "fill-opacity": 0.9 });
  return { group: svg("g", { "font-family": "sans-serif" }, box, group), height: 8 + height * entries.length };
}

function spark(values, title) {
  const known = values.filter((v) => v !== null), top = Math.max(1, ...known), step = 56 / Math.max(1, values.length - 1);
  const at = (v, i) => `${(2 + i * step).toFixed(1)} ${(20 - 17 * v / top).toFixed(1)}`;
  let d = "", pen = "M";
  values.forEach((v, i) => { if (v === null) pen = "M"; else { d += pen + at(v, i); pen = "L"; } });
  const last = values.length - 1;
  return svg("svg", { viewBox: "0 0 60 22", width: 60, height: 22, role: "img", "aria-label": title },
    svg("path", { d, class: "spark", fill: "none", "stroke-width": 1.4, "stroke-linejoin": "round" }),
    ...(values[last] === null ? [] : [svg("circle", { cx: 2 + last * step, cy: 20 - 17 * values[last] / top, r: 2,
      class: "dot" })]));
}

function cell(row, key) {
  if (key === "place") {
    const link = el("a", { href: row.href, "data-unit": row.id }, row.place);
    return [link, el("span", { class: "way" }, row.way)];
  }
  if (key === "recent") return [spark(row.recent, row.recent_text)];
  if (key === "band") {
    const chip = el("span", { class: "chip" }, row.band);
    chip.style.background = row.colour;
    chip.style.color = row.ink;
    return row.why ? [chip, el("span", { class: "way" }, row.why)] : [chip];
  }
  if (key === "median") return [row.median, el("span", { class: "way" }, row.range)];
  return [String(row[key])];
}

function ranking(data) {
  const head = el("tr", {}, ...data.head.map(({ key, label, help }) =>
    el("th", { scope: "col", class: key, ...(help ? { title: help } : {}) }, label)));
  const rows = data.rows.flatMap((row, i) => {
    const cells = data.head.map(({ key }) => el("td", { class: key }, ...cell(row, key)));
    const begins = row.group && row.group !== data.rows[i - 1]?.group;
    const group = el("tr", { class: "group" }, el("th", { scope: "rowgroup", colspan: data.head.length }, row.group));
    return [...(begins ? [group] : []), el("tr", { "data-unit": row.id }, ...cells)];
  });
  const table = el("table", {}, el("caption", {}, data.caption), el("thead", {}, head), el("tbody", {}, ...rows));
  const scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": data.caption }, table);
  if (data.more) scroll.append(el("p", { class: "more" }, data.more));
  return scroll;
}

function zoomed(view, map, factor) {
  const width = Math.min(map.width, Math.max(map.width / MOST, view.w / factor)), height = width * map.height / map.width;
  return clamped({ x: view.x + (view.w - width) / 2, y: view.y + (view.h - height) / 2, w: width, h: height }, map);
}

function clamped(view, map) {
  const inside = (value, most) => Math.min(Math.max(value, 0), most);
  return { ...view, x: inside(view.x, map.width - view.w), y: inside(view.y, map.height - view.h) };
}

// On the screen lines keep their width in pixels; a picture of any size needs them in units of the map.
function fixWidth(line, factor) {
  line.removeAttribute("vector-effect");
  for (const name of ["stroke-width", "stroke-dasharray"]) {
    const value = line.getAttribute(name);
    if (value && value !== "none") line.setAttribute(name, value.split(" ").map((v) => v * factor).join(" "));
  }
}

function picture(data) {
  const { map } = data, key = legend(map.legend), room = 40 + 22 * data.marks.length;
  const figure = svg("svg", { xmlns: NS, viewBox: `0 0 ${map.width} ${map.height + room}`, width: 1400,
    height: Math.round(1400 * (map.height + room) / map.width), "font-family": "sans-serif" },
  svg("rect", { width: map.width, height: map.height + room, fill: "#fff" }),
  svg("svg", { width: map.width, height: map.height, viewBox: `0 0 ${map.width} ${map.height}` },
    svg("rect", { width: map.width, height: map.height, fill: map.colours.sea }), ...layers(map)),
  svg("g", { transform: `translate(${map.legend_right ? map.width - 1.5 * LEGEND_PX - 12 : 12} ` +
    `${map.height - 1.5 * key.height - 12}) scale(1.5)` }, key.group),
  svg("text", { x: 8, y: map.height + 26, "font-size": 17, "font-weight": 600 }, map.title),
  ...data.marks.map((text, i) => svg("text", { x: 8, y: map.height + 48 + 20 * i, "font-size": 12.5, fill: "#46505a" }, text)));
  for (const line of figure.querySelectorAll("[vector-effect]")) fixWidth(line, key.group.contains(line) ? 1 : PICTURE);
  return new XMLSerializer().serializeToString(figure);
}

function offer(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function save(data, kind) {
  const drawn = new Blob([picture(data)], { type: "image/svg+xml" });
  if (kind === "svg") { offer(drawn, `${data.file}.svg`); return; }
  const image = new Image(), address = URL.createObjectURL(drawn);
  image.onload = () => {
    const canvas = el("canvas", { width: 2 * image.width, height: 2 * image.height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => offer(blob, `${data.file}.png`));
    URL.revokeObjectURL(address);
  };
  image.src = address;
}

function layers(map) {
  return [ground(map), ...map.segments.filter((s) => s.area).map(segment), flows(map), names(map),
    ...map.segments.filter((s) => !s.area).map(segment), ...map.segments.filter((s) => s.numbered).reverse().map(number)];
}

function drawMap(data, state) {
  const { map, texts } = data;
  state.view ??= { x: 0, y: 0, w: map.width, h: map.height };
  const drawing = svg("svg", { role: "img", "aria-label": map.alt, "font-family": "inherit" }, ...layers(map));
  const hits = map.segments.map((one) => svg("path", { d: one.d, class: "hit", "data-unit": one.id,
    fill: one.area ? "transparent" : "none", stroke: "transparent", "stroke-width": HIT_PX,
    "vector-effect": "non-scaling-stroke" }));
  const marks = map.segments.filter((s) => s.numbered).map((one) =>
    svg("circle", { cx: one.x, cy: one.y, r: 17, class: "hit", "data-unit": one.id, fill: "transparent" }));
  drawing.append(...hits, ...marks);
  const show = () => drawing.setAttribute("viewBox", `${state.view.x} ${state.view.y} ${state.view.w} ${state.view.h}`);
  const button = (label, name, act) => {
    const node = el("button", { type: "button", "aria-label": name, title: name }, label);
    node.addEventListener("click", act);
    return node;
  };
  const turn = (factor) => () => { state.view = zoomed(state.view, map, factor); show(); };
  const tools = el("div", { class: "tools" }, button("+", texts.closer, turn(ZOOM)), button("−", texts.wider, turn(1 / ZOOM)),
    button("SVG", texts.svg, () => save(data, "svg")), button("PNG", texts.png, () => save(data, "png")));
  const key = legend(map.legend);
  const corner = map.legend_right ? "legend right" : "legend";
  const label = svg("svg", { class: corner, width: LEGEND_PX, height: key.height, "aria-hidden": "true" }, key.group);
  show();
  pan(drawing, map, state, show);
  const box = el("div", { class: "map" }, drawing, label, tools, el("div", { class: "tip", hidden: "" }));
  box.style.background = map.colours.sea;
  return box;
}

function pan(drawing, map, state, show) {
  let from = null;
  drawing.addEventListener("pointerdown", (event) => {
    from = { px: event.clientX, py: event.clientY, x: state.view.x, y: state.view.y };
    state.moved = false;
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!from || event.buttons !== 1) return;
    const unit = state.view.w / drawing.clientWidth, dx = event.clientX - from.px, dy = event.clientY - from.py;
    state.moved ||= Math.abs(dx) + Math.abs(dy) > 4;
    state.view = clamped({ ...state.view, x: from.x - dx * unit, y: from.y - dy * unit }, map);
    show();
  });
}

function tell(tip, lines, event) {
  tip.hidden = !lines;
  if (!lines) return;
  tip.replaceChildren(...lines.map((text, i) => el(i ? "span" : "b", {}, text)));
  const box = tip.parentElement.getBoundingClientRect();
  const x = event.clientX - box.left, y = event.clientY - box.top;
  tip.style.left = `${Math.max(4, Math.min(x + 14, box.width - tip.offsetWidth - 4))}px`;
  tip.style.top = `${y + 16 + tip.offsetHeight > box.height ? y - tip.offsetHeight - 10 : y + 16}px`;
}

function connect(root, data, state, choose) {
  const tip = root.querySelector(".tip"), lines = Object.fromEntries((data.map?.segments ?? []).map((s) => [s.id, s.lines]));
  const mark = (unit) => root.querySelectorAll("[data-unit]").forEach((node) =>
    node.classList.toggle("marked", node.dataset.unit === unit));
  const unitOf = (event) => event.target.closest?.("[data-unit]")?.dataset.unit;
  root.addEventListener("pointermove", (event) => {
    mark(unitOf(event));
    if (tip) tell(tip, event.target.closest?.(".map") ? lines[unitOf(event)] : null, event);
  });
  root.addEventListener("pointerleave", () => { mark(null); if (tip) tip.hidden = true; });
  root.addEventListener("focusin", (event) => mark(unitOf(event)));
  root.addEventListener("click", (event) => {
    const unit = unitOf(event);
    if (!unit || state.moved || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(unit);
  });
}

export default function panel({ data, parentElement, setTriggerValue }) {
  const state = (parentElement.routecast ??= {});
  const root = el("div", { class: data.map ? "panel" : "panel alone" });
  if (data.map) root.append(drawMap(data, state));
  const side = el("div", { class: "side" }, ranking(data));
  if (data.line) side.append(el("p", { class: "line" }, el("b", {}, data.line_title), ` ${data.line}`));
  root.append(side);
  const old = parentElement.querySelector(".panel"), at = old?.querySelector(".scroll")?.scrollTop;
  if (old) old.replaceWith(root); else parentElement.append(root);
  if (at) root.querySelector(".scroll").scrollTop = at;
  connect(root, data, state, (unit) => setTriggerValue("unit", unit));
}
