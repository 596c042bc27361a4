// The wave along the routes (map.js draws the map): a slider through periods that came all at once. Texts, places and
// figures come from Python (wave_panel.py, figures/wave.py).
const LARGEST = 26; // radius of the largest count's circle, units of the map
const SMALLEST = 2.5;
const UNKNOWN = 6; // radius of what stands where no figure is known
const STEP_MS = 1000, CALM_STEP_MS = 2000; // a period while it plays; for readers who want little movement
const REST_MS = 600; // after which the slider's place goes into the address
const [WIDE, HIGH] = [168, 24]; // pixels of a row's chart

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

// A place's figure of a period in words.
function figure(data, unit, at) {
  const { figures, past } = data, said = (v) => (v ?? 0).toLocaleString(figures.locale);
  if (at < past) return fill(figures[unit.known[at]], { n: said(unit.n[at]) });
  if (unit.n[at] === null) return figures.none;
  return fill(figures.ahead, { n: said(unit.n[at]), low: said(unit.low[at - past]), high: said(unit.high[at - past]) });
}

function bandOf(data, unit, at) {
  return at < data.past ? null : data.bands[unit.band[at - data.past]];
}

function circles(data, map) {
  const { ink, name } = map.colours;
  return svg("g", { class: "circles" }, ...map.segments.map((one) => svg("g", { "data-unit": one.id }, placed(one.x, one.y,
    svg("circle", { class: "ring", fill: "none", stroke: ink, "stroke-width": 1 }),
    svg("circle", { class: "count", stroke: ink, "stroke-width": 1.2, fill: name }),
    svg("path", { class: "unknown", d: `M-4 -4L4 4M4 -4L-4 4`, stroke: ink, "stroke-width": 1.6 })))));
}

// Circles and lines of a period: grey where reported, a band's colour where forecast; what is unknown looks unknown.
function showOn(drawing, data, map, at, most) {
  const radius = (n) => Math.max(SMALLEST, LARGEST * Math.sqrt(Math.max(n, 0) / most));
  for (const node of drawing.querySelectorAll(".circles > [data-unit]")) {
    const unit = data.units[node.dataset.unit], n = unit.n[at], [ring, count, cross] = node.firstChild.children;
    const shown = bandOf(data, unit, at), unknown = n === null;
    node.firstChild.classList.toggle("withheld", unit.known[at] === "w");
    cross.style.display = unit.known[at] === "w" ? "" : "none";
    count.setAttribute("r", unknown ? UNKNOWN : n === 0 ? SMALLEST / 2 : radius(n));
    count.setAttribute("stroke-dasharray", unknown ? "2 2" : "none");
    count.style.fill = unknown ? "none" : shown ? shown.colour : map.colours.name;
    ring.style.display = shown && !unknown ? "" : "none";
    if (shown && !unknown) ring.setAttribute("r", radius(unit.high[at - data.past]));
  }
  for (const node of drawing.querySelectorAll(".segment")) {
    const shown = bandOf(data, data.units[node.dataset.unit], at), path = node.lastChild;
    const colour = shown?.colour ?? map.colours.flow;
    path.setAttribute("stroke", colour);
    if (path.classList.contains("area")) path.setAttribute("fill", shown?.colour ?? "none");
    else path.setAttribute("stroke-width", shown?.width ?? 1.2);
  }
}

// A place's whole course: reported, then forecast with its range; a line through what is shown.
function course(data, unit) {
  const { past, periods } = data, step = (WIDE - 6) / Math.max(1, periods.length - 1);
  const top = Math.max(1, ...unit.n.filter((v) => v !== null), ...unit.high.filter((v) => v !== null));
  const x = (i) => 3 + i * step, y = (v) => HIGH - 3 - (HIGH - 6) * v / top;
  const path = (from, until) => {
    let d = "", pen = "M";
    for (let i = from; i < until; i++) {
      if (unit.n[i] === null) pen = "M"; else { d += `${pen}${x(i).toFixed(1)} ${y(unit.n[i]).toFixed(1)}`; pen = "L"; }
    }
    return d;
  };
  const known = unit.high.map((v, i) => [v, unit.low[i], i + past]).filter(([v]) => v !== null);
  const range = [...known.map(([v, , i]) => `${x(i).toFixed(1)} ${y(v).toFixed(1)}`),
    ...known.reverse().map(([, v, i]) => `${x(i).toFixed(1)} ${y(v).toFixed(1)}`)].join("L");
  const gaps = unit.n.flatMap((v, i) => (v === null ? [svg("path", { d: `M${x(i) - 2} ${HIGH - 3}h4`, class: "gap" })] : []));
  return svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, "aria-hidden": "true" },
    svg("rect", { class: "cursor", width: Math.max(2, step), height: HIGH, y: 0 }),
    ...(range ? [svg("path", { d: `M${range}Z`, class: "range" })] : []), ...gaps,
    svg("path", { d: path(0, past), class: "spark" }), svg("path", { d: path(past, periods.length), class: "spark ahead" }));
}

function list(data) {
  const { texts, rows, units } = data;
  const head = el("tr", {}, ...["place", "course", "band", "now"].map((key) => el("th", { scope: "col", class: key }, texts[key])));
  const body = rows.flatMap(({ id, group }, i) => {
    const unit = units[id], link = el("a", { href: `place?${data.kept}&unit=${encodeURIComponent(id)}`, "data-unit": id }, unit.name);
    const row = el("tr", { "data-unit": id }, el("td", { class: "place" }, link, el("span", { class: "way" }, unit.way)),
      el("td", { class: "course" }, course(data, unit)), el("td", { class: "band" }), el("td", { class: "now" }));
    const begins = group !== rows[i - 1]?.group;
    return [...(begins ? [el("tr", { class: "group" }, el("th", { scope: "rowgroup", colspan: 4 }, group))] : []), row];
  });
  const table = el("table", {}, el("caption", {}, texts.list), el("thead", {}, head), el("tbody", {}, ...body));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": texts.list }, table);
}

function showIn(root, data, at) {
  const step = (WIDE - 6) / Math.max(1, data.periods.length - 1);
  root.querySelectorAll("tbody tr[data-unit]").forEach((row, i) => {
    const unit = data.units[row.dataset.unit], own = data.rows[i], place = own.at?.[at - data.past];
    const shown = bandOf(data, own.band ? own : unit, at), cell = row.querySelector("td.band");
    row.querySelector(".cursor").setAttribute("x", 3 + at * step - Math.max(2, step) / 2);
    const chip = shown && el("span", { class: "chip" }, shown.word);
    if (chip) { chip.style.background = shown.colour; chip.style.color = shown.ink; }
    cell.replaceChildren(...(chip ? [chip] : []), ...(place ? [el("span", { class: "way" }, place)] : []));
    row.lastChild.replaceChildren(figure(data, unit, at));
  });
}

function key(data, map) {
  const { legend: words } = data, { colours } = map, sample = (...shapes) =>
    svg("svg", { viewBox: "-9 -9 18 18", width: 18, height: 18, "aria-hidden": "true" }, ...shapes);
  const dot = (look) => svg("circle", { r: 6, stroke: colours.ink, "stroke-width": 1.2, fill: "none", ...look });
  const cross = svg("path", { d: "M-4 -4L4 4M4 -4L-4 4", stroke: colours.ink, "stroke-width": 1.6 });
  return el("p", { class: "key" },
    el("span", {}, sample(dot({ fill: colours.name })), words.reported),
    ...[...data.bands.slice(0, -1).reverse(), data.bands.at(-1)].map((b) => el("span", {}, sample(dot({ fill: b.colour })), b.word)),
    el("span", {}, sample(dot({ r: 8, "stroke-width": 1 }), dot({ r: 4 })), words.range),
    el("span", {}, sample(dot({ "stroke-dasharray": "2 2" })), words.missing),
    ...(data.withheld ? [el("span", {}, sample(dot({ "stroke-dasharray": "2 2" }), cross), words.withheld)] : []));
}

// Play, slider and the period's name. What plays stops at the end, or where somebody takes the slider.
function timeline(data, state, show, settled) {
  const { texts, periods } = data, last = periods.length - 1, calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const button = el("button", { type: "button", class: "play" });
  const slider = el("input", { type: "range", min: 0, max: last, step: 1, value: state.at, "aria-label": texts.slider });
  const name = el("output", { class: "when", "aria-live": "polite" });
  const go = (at) => {
    state.at = at;
    slider.value = at;
    slider.setAttribute("aria-valuetext", periods[at].title);
    name.textContent = periods[at].title;
    show(at);
  };
  const rest = () => {
    clearTimeout(state.resting);
    state.resting = setTimeout(() => settled(state.at), REST_MS);
  };
  const stop = () => {
    clearInterval(state.playing);
    state.playing = null;
    name.setAttribute("aria-live", "polite");
    button.textContent = `▶ ${texts.play}`;
  };
  const play = () => {
    clearTimeout(state.resting);
    name.setAttribute("aria-live", "off"); // a screen reader would be talked over
    button.textContent = `❚❚ ${texts.pause}`;
    if (state.at >= last) go(0);
    state.playing = setInterval(() => {
      if (!button.isConnected) { clearInterval(state.playing); return; }
      go(state.at + 1);
      if (state.at >= last) { stop(); rest(); }
    }, calm ? CALM_STEP_MS : STEP_MS);
  };
  button.addEventListener("click", () => { if (state.playing) { stop(); rest(); } else play(); });
  slider.addEventListener("input", () => { if (state.playing) stop(); go(Number(slider.value)); });
  slider.addEventListener("change", rest);
  const now = periods[data.past]?.short ?? "", share = (data.past - 0.5) / last;
  const scale = el("div", { class: "scale", "aria-hidden": "true" }, el("span", {}, periods[0].short),
    el("span", { class: "now" }, `${texts.ahead} ${now} →`), el("span", {}, periods[last].short));
  scale.querySelector(".now").style.left = `${100 * share}%`;
  stop();
  return { bar: el("div", { class: "timeline" }, button, el("div", { class: "track" }, slider, scale), name), go };
}

function draw(given, state, trigger) {
  const { map, bands: _, ...rest } = themed(given), dark = (given.dark && given.map?.dark) || {};
  const data = { ...rest, map, bands: given.bands.map((b) => ({ ...b, colour: dark[b.colour] ?? b.colour })) };
  const most = Math.max(1, ...(map?.segments ?? []).flatMap((s) => data.units[s.id].n.map((v) => v ?? 0)));
  const drawn = map && drawMap({ ...given, extra: circles(data, map) }, state);
  const rows = list(data), [skip, back] = [data.texts.skip, data.texts.back].map((text) =>
    el("button", { type: "button", class: "skip" }, text));
  skip.addEventListener("click", () => back.focus());
  back.addEventListener("click", () => rows.focus());
  const root = el("div", { class: map ? "panel wave" : "panel wave alone" });
  state.time = timeline(data, state, (at) => {
    if (drawn) showOn(drawn, data, map, at, most);
    showIn(root, data, at);
  }, (at) => {
    if (at < data.past) return;
    state.sent = at;
    trigger("horizon", data.horizons[at - data.past]);
  });
  root.append(state.time.bar, ...(drawn ? [drawn] : []), el("div", { class: "side" }, skip, rows, back),
    ...(map ? [key(data, map)] : []));
  const lines = (id) => data.units[id] && [data.units[id].name, data.units[id].way, figure(data, data.units[id], state.at)];
  connect(root, (id) => lines(id)?.filter(Boolean), state, (unit) => trigger("unit", unit));
  return root;
}

export default function wave({ data, parentElement, setTriggerValue }) {
  const state = (parentElement.routecast ??= {}), old = parentElement.querySelector(".panel");
  const moved = state.start !== data.start && state.sent !== data.start; // by the box above, not by the slider
  state.start = data.start;
  if (moved || !(state.at < data.periods.length)) state.at = data.start;
  if (old && state.id === data.id) { // nothing else is new: what is being dragged or played goes on
    if (moved) state.time.go(state.at);
    return;
  }
  state.id = data.id;
  clearInterval(state.playing);
  const root = draw(data, state, setTriggerValue);
  if (old) old.replaceWith(root); else parentElement.append(root);
  state.time.go(state.at);
}
