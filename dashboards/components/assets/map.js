// The map that pages draw: ground, segments, what stands at places, zoom, pictures. Texts, colours and places come from
// Python (figures/map_data.py).
const NS = "http://www.w3.org/2000/svg";
const HIT_PX = 14; // as wide as a fingertip needs with the zoom's help
const ZOOM = 1.6;
const MOST = 24; // times
const PICTURE = 1.6; // units of the map per pixel of a screen
const LEGEND_PX = 128, LETTER_PX = 6;  // the least a legend is wide; a letter of it, on average
const NAMED_FROM = 2.5; // times enlarged, crossing points have their names
const NAME_PX = 6.2, NAME_GAP_PX = 15; // a letter's width and a line's height, of names that may not overlap
const WHOLE = "M2 7L8 2L14 7M4 6V14H12V6", FULL = "M2 6V2H6M10 2H14V6M14 10V14H10M6 14H2V10"; // drawn in a square of 16
const STEP = 0.15; // of what is seen, a press of an arrow key

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

function icon(d) {
  return svg("svg", { viewBox: "0 0 16 16", width: 13, height: 13, "aria-hidden": "true" },
    svg("path", { d, fill: "none", stroke: "currentColor", "stroke-width": 1.8 }));
}

// What keeps its size on the screen however near the map is: drawn around its own place.
function placed(x, y, ...children) {
  return svg("g", { class: "placed", "data-x": x, "data-y": y, transform: `translate(${x} ${y})` }, ...children);
}

function halo(map) {
  return { stroke: map.colours.land, "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" };
}

function names(map) {
  return svg("g", { "font-size": 17, "text-anchor": "middle", fill: map.colours.name, ...halo(map) },
    ...map.names.map(([lines, x, y]) => placed(x, y, svg("text", {},
      ...lines.map((text, i) => svg("tspan", { x: 0, dy: i ? "1.1em" : "0" }, text))))));
}

function crossings(map) {
  return svg("g", { class: "crossings", "font-size": 15, fill: map.colours.ink, ...halo(map) },
    ...map.crossings.map(([name, x, y]) => placed(x, y, svg("circle", { r: 4, "stroke-width": 1.5, fill: map.colours.paper,
      stroke: map.colours.ink }), svg("text", { x: 9, "dominant-baseline": "central" }, name))));
}

// From some nearness on crossing points have names, those that stand clear of the ones before them.
function nameCrossings(group, map, view, pixels) {
  const near = map.width / view.w >= NAMED_FROM;
  const at = (x, y) => [(x - view.x) * pixels, (y - view.y) * pixels], wide = (text) => NAME_PX * text.length;
  const taken = map.names.flatMap(([lines, ...place]) => lines.map((text, i) => {
    const [x, y] = at(...place), half = wide(text) / 2;
    return { x: x - half, y: y + NAME_GAP_PX * (i - 0.3), right: x + half };
  }));
  group.style.display = near ? "" : "none";
  if (near) for (const node of group.children) {
    const [x, y] = at(node.dataset.x, node.dataset.y), right = x + 12 + wide(node.lastChild.textContent);
    const clear = taken.every((t) => right < t.x || x > t.right || Math.abs(y - t.y) > NAME_GAP_PX);
    if (clear) taken.push({ x, y, right });
    node.lastChild.style.display = clear ? "" : "none";
  }
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

function segment(one, ink) {
  const look = { colour: one.colour, width: one.width, dash: one.dash };
  const drawn = svg("g", { "data-unit": one.id, class: "segment" });
  if (one.area) {
    drawn.append(svg("path", { d: one.d, class: "area", fill: one.colour, "fill-rule": "evenodd", "fill-opacity": 0.22,
      stroke: one.colour, "stroke-width": 0.6, "vector-effect": "non-scaling-stroke" }));
  } else {
    if (one.weak) drawn.append(line(one.d, { colour: ink, width: one.width + 3.5 }));
    drawn.append(line(one.d, look));
  }
  return drawn;
}

function number(one, ink) {
  return svg("g", { "data-unit": one.id }, placed(one.x, one.y,
    svg("circle", { r: 15, fill: one.colour, stroke: ink, "stroke-width": 2.4 }),
    svg("text", { fill: one.ink, "font-size": 17, "font-weight": 600, "text-anchor": "middle",
      "dominant-baseline": "central" }, String(one.rank))));
}

function legend({ legend: entries, colours }) {
  const height = 17, width = Math.max(LEGEND_PX, 50 + LETTER_PX * Math.max(...entries.map((e) => e.label.length)));
  const group = svg("g", { "font-size": 11.5, fill: colours.ink, "dominant-baseline": "central" });
  entries.forEach(({ label, colour, width, dash, weak, arrow }, i) => {
    const y = 12 + height * i, d = `M8 ${y}L34 ${y}`;
    if (weak) group.append(line(d, { colour: colours.ink, width: 7 }), line(d, { colour: colours.paper, width: 3 }));
    else group.append(line(d, { colour, width, dash }));
    if (arrow) group.append(svg("path", { d: `M36 ${y}l-7 -4v8Z`, fill: colour }));
    group.append(svg("text", { x: 42, y }, label));
  });
  const box = svg("rect", { x: 0, y: 0, width, height: 8 + height * entries.length, rx: 3, fill: colours.paper,
    "fill-opacity": 0.9 });
  return { group: svg("g", { "font-family": "sans-serif" }, box, group), width, height: 8 + height * entries.length };
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
  const { map } = data, key = legend(map), room = 40 + 22 * data.marks.length;
  const figure = svg("svg", { xmlns: NS, viewBox: `0 0 ${map.width} ${map.height + room}`, width: 1400,
    height: Math.round(1400 * (map.height + room) / map.width), "font-family": "sans-serif" },
  svg("rect", { width: map.width, height: map.height + room, fill: "#fff" }),
  svg("svg", { width: map.width, height: map.height, viewBox: `0 0 ${map.width} ${map.height}` },
    svg("rect", { width: map.width, height: map.height, fill: map.colours.sea }), ...layers(map)),
  svg("g", { transform: `translate(${map.legend_right ? map.width - 1.5 * key.width - 12 : 12} ` +
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
  const { ink } = map.colours, drawn = (areas) => map.segments.filter((s) => s.area === areas).map((s) => segment(s, ink));
  return [ground(map), ...drawn(true), flows(map), names(map), ...drawn(false),
    ...map.segments.filter((s) => s.numbered).reverse().map((s) => number(s, ink))];
}

// On dark pages each colour has its stand-in; pictures, which are printed, keep the light ones.
function themed(data) {
  const shade = (colour) => (data.dark && data.map?.dark[colour]) || colour;
  const shaded = (list) => list.map((one) => ({ ...one, colour: shade(one.colour) }));
  const { map } = data;
  return { ...data, rows: shaded(data.rows ?? []), map: map && { ...map, segments: shaded(map.segments),
    legend: shaded(map.legend), colours: Object.fromEntries(Object.entries(map.colours).map(([k, c]) => [k, shade(c)])) } };
}

// The part of the map that holds all that is on a chosen route, at the map's own shape.
function around(map) {
  const xs = map.segments.map((s) => s.x), ys = map.segments.map((s) => s.y), margin = 60;
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const width = Math.min(map.width, Math.max(east - west + 2 * margin, (south - north + 2 * margin) * map.width / map.height));
  const height = width * map.height / map.width;
  return clamped({ x: (west + east - width) / 2, y: (north + south - height) / 2, w: width, h: height }, map);
}

function drawMap(data, state) {
  const { texts } = data, { map } = themed(data), whole = { x: 0, y: 0, w: map.width, h: map.height };
  if (state.route !== map.route) state.view = map.route && map.segments.length ? around(map) : whole;
  state.route = map.route;
  const places = crossings(map);
  const drawing = svg("svg", { role: "img", tabindex: 0, "aria-label": `${map.alt} ${texts.keys}`, "font-family": "inherit" },
    ...layers(map), places, ...(data.extra ? [data.extra] : []));
  const hits = map.segments.map((one) => svg("path", { d: one.d, class: "hit", "data-unit": one.id,
    fill: one.area ? "transparent" : "none", stroke: "transparent", "stroke-width": HIT_PX,
    "vector-effect": "non-scaling-stroke" }));
  const marks = map.segments.filter((s) => s.numbered).map((one) => placed(one.x, one.y,
    svg("circle", { r: 17, class: "hit", "data-unit": one.id, fill: "transparent" })));
  drawing.append(...hits, ...marks);
  const box = el("div", { class: "map" }, drawing);
  const show = (view = state.view) => {
    state.view = view;
    drawing.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
    const near = view.w / map.width;
    for (const node of drawing.querySelectorAll(".placed")) {
      node.setAttribute("transform", `translate(${node.dataset.x} ${node.dataset.y}) scale(${near})`);
    }
    nameCrossings(places, map, view, drawing.clientWidth / view.w);
  };
  const turn = (factor) => show(zoomed(state.view, map, factor));
  const move = (dx, dy) => show(clamped({ ...state.view, x: state.view.x + dx * state.view.w * STEP,
    y: state.view.y + dy * state.view.h * STEP }, map));
  const keys = { "+": () => turn(ZOOM), "-": () => turn(1 / ZOOM), 0: () => show(whole), ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0), ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1) };
  drawing.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  const button = (label, name, act) => {
    const node = el("button", { type: "button", "aria-label": name, title: name }, label);
    node.addEventListener("click", act);
    return node;
  };
  const full = () => (box.getRootNode().fullscreenElement ? document.exitFullscreen() : box.requestFullscreen());
  const tools = el("div", { class: "tools" }, button("+", texts.closer, () => turn(ZOOM)),
    button("−", texts.wider, () => turn(1 / ZOOM)), button(icon(WHOLE), texts.whole, () => show(whole)),
    ...(document.fullscreenEnabled ? [button(icon(FULL), texts.full, full)] : []),
    ...(data.file ? [button("SVG", texts.svg, () => save(data, "svg")), button("PNG", texts.png, () => save(data, "png"))] : []));
  const key = legend(map), corner = map.legend_right ? "legend right" : "legend";
  if (map.legend.length) {
    box.append(svg("svg", { class: corner, width: key.width, height: key.height, "aria-hidden": "true" }, key.group));
  }
  box.append(tools, el("div", { class: "tip", hidden: "" }));
  box.style.background = map.colours.sea;
  show();
  pan(drawing, map, state, show);
  const sized = new ResizeObserver(() => { if (box.isConnected) show(); else sized.disconnect(); });
  sized.observe(box);
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
    const unit = Math.max(state.view.w / drawing.clientWidth, state.view.h / drawing.clientHeight), dx = event.clientX - from.px, dy = event.clientY - from.py;
    state.moved ||= Math.abs(dx) + Math.abs(dy) > 4;
    show(clamped({ ...state.view, x: from.x - dx * unit, y: from.y - dy * unit }, map));
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

// What is pointed at or has the focus is marked on map and list, and told by `lines` of its id; a click chooses it.
function connect(root, lines, state, choose) {
  const tip = root.querySelector(".tip");
  const mark = (unit) => root.querySelectorAll("[data-unit]").forEach((node) =>
    node.classList.toggle("marked", node.dataset.unit === unit));
  const unitOf = (event) => event.target.closest?.("[data-unit]")?.dataset.unit;
  root.addEventListener("pointermove", (event) => {
    mark(unitOf(event));
    if (tip) tell(tip, event.target.closest?.(".map") ? lines(unitOf(event)) : null, event);
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

