// Map (map.js) and ranking of the first page. One draws on the other: what is pointed at or focused in one is marked in
// both, and what is chosen in either goes to the page as `unit`. Texts and places come from Python (map_panel.py).
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

export default function panel({ data, parentElement, setTriggerValue }) {
  const state = (parentElement.routecast ??= {});
  const root = el("div", { class: data.map ? "panel" : "panel alone" });
  if (data.map) root.append(drawMap(data, state));
  const list = ranking(themed(data)), [skip, back] = [data.texts.skip, data.texts.back].map((text) =>
    el("button", { type: "button", class: "skip" }, text)); // seen by those who come by keyboard
  skip.addEventListener("click", () => back.focus());
  back.addEventListener("click", () => list.focus());
  const side = el("div", { class: "side" }, skip, list, back);
  if (data.line) side.append(el("p", { class: "line" }, el("b", {}, data.line_title), ` ${data.line}`));
  root.append(side);
  const old = parentElement.querySelector(".panel"), at = old?.querySelector(".scroll")?.scrollTop;
  if (old) old.replaceWith(root); else parentElement.append(root);
  if (at) root.querySelector(".scroll").scrollTop = at;
  const lines = Object.fromEntries((data.map?.segments ?? []).map((one) => [one.id, one.lines]));
  connect(root, (id) => lines[id], state, (unit) => setTriggerValue("unit", unit));
}
