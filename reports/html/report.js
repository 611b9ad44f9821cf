/* Brings the report to life: the same pictures as without scripts, to zoom into, with one cursor. */
"use strict";
(() => {
const GUTTER = 92, RIGHT = 26, LANE = 18, EVENTS_STEP = 400;
const STATES = ["healthy", "suspect", "ejected", "probing", "draining", "gone"];
const GLYPHS = ["●", "▲", "✗", "◐", "▼", "○"];
const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [12, 4], [4, 4]];
const COLUMNS = ["ok", "errors", "attempts", "retries", "p50", "p99", "flight", "registry", "client", "behind"];

const $ = (tag, props, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* ---- data ---- */

const inflate = async (text) => {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

/* Planes of bytes, signs folded into the lowest bit, some columns as differences: see pack.c. */
const unpack = async (series) => {
  const bytes = await inflate(series.bytes), rows = series.rows, count = rows * series.differences.length;
  const columns = [];
  for (let c = 0; c < series.differences.length; c++) {
    const column = new Int32Array(rows), differs = series.differences[c] === "1";
    for (let i = 0, last = 0; i < rows; i++) {
      const at = c * rows + i;
      const word = (bytes[at] | bytes[count + at] << 8 | bytes[2 * count + at] << 16 | bytes[3 * count + at] << 24) >>> 0;
      const value = (word >>> 1) ^ -(word & 1);
      last = differs ? (last + value) | 0 : value;
      column[i] = last;
    }
    columns.push(column);
  }
  return columns;
};

const load = async (run, number) => {
  const columns = await unpack(run.series);
  run.number = number;
  run.rows = run.series.rows;
  COLUMNS.forEach((name, i) => { run[name] = columns[i]; });
  run.states = columns.slice(COLUMNS.length, COLUMNS.length + STATES.length);
  run.cells = run.endpoints.map((_, e) => {
    const at = COLUMNS.length + STATES.length + 3 * e;
    return { attempts: columns[at], errors: columns[at + 1], state: columns[at + 2] };
  });
  const text = new TextDecoder().decode(await inflate(run.events));
  run.log = text === "" ? [] : text.trimEnd().split("\n").map((line) => {
    const [id, at, kind, fault, what] = line.split("\t");
    return { id, at: at / 1e6, kind, fault: fault === "" ? null : run.faults[fault], what };
  });
  run.step = run.interval / 1e6;
};

/* ---- numbers as text ---- */

const count = (n) => n == null ? "–" : Math.round(n).toLocaleString("en-US");
const rate = (n) => n == null ? "–" : (n < 10 && n % 1 ? n.toFixed(1) : count(n)) + "/s";
const duration = (ms) => ms == null ? "–" : ms < 1 ? Math.round(ms * 1000) + " µs"
  : ms < 1000 ? +ms.toPrecision(3) + " ms" : +(ms / 1000).toPrecision(3) + " s";
const seconds = (s) => s.toFixed(3) + " s";

/* ---- what all pictures share ---- */

const view = { min: 0, max: 1, end: 1, at: null, busy: false };
const charts = [], maps = [];
let data, root, readout;

const index = (run, t) => Math.min(run.rows - 1, Math.max(0, Math.floor(t / run.step + 1e-9)));

function setRange(min, max) {
  const least = 3 * Math.min(...data.runs.map((run) => run.step));
  let length = Math.min(view.end, Math.max(least, max - min));
  if (max - min < length) min = (min + max - length) / 2;
  view.min = Math.max(0, Math.min(min, view.end - length));
  view.max = view.min + length;
  for (const u of charts) u.setScale("x", { min: view.min, max: view.max });
  for (const map of maps) map.draw();
  setCursor(view.at);
}

function setCursor(t) {
  view.at = t;
  view.busy = true;
  for (const u of charts) place(u);
  view.busy = false;
  for (const map of maps) map.place();
  tell();
}

function place(u) {
  const shown = view.at != null && view.at >= view.min && view.at <= view.max;
  u.setCursor({ left: shown ? u.valToPos(view.at, "x") : -10, top: shown ? 4 : -10 });
}

/* Goes there, and makes sure that it can be seen. */
function goTo(t) {
  if (t < view.min || t > view.max) {
    const half = (view.max - view.min) / 2;
    setRange(t - half, t + half);
  }
  setCursor(t);
}

function lastEvent(run, t) {
  let low = 0, high = run.log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (run.log[middle].at <= t + 1e-7) low = middle + 1; else high = middle;
  }
  return low - 1;
}

function tell() {
  readout.replaceChildren();
  if (view.at == null) {
    readout.append("Point at a picture, or press . for the next event. Drag to zoom.");
    return;
  }
  const t = view.at;
  readout.append($("b", { textContent: seconds(t) }));
  const on = data.runs[0].faults.filter((f) => t * 1e6 >= f.from && t * 1e6 < f.to);
  readout.append($("span", { className: "on", textContent: on.length ? "  " + on.map((f) => f.id + " " + f.what).join(", ") : "" }));
  for (const run of data.runs) {
    const i = index(run, t), n = lastEvent(run, t);
    const name = data.runs.length > 1 ? run.letter + ": " : "";
    readout.append(`   ${name}ok ${rate(run.ok[i] / run.step)}, failed ${rate(run.errors[i] / run.step)}, p99 ` +
      `${duration(run.p99[i] < 0 ? null : run.p99[i] / 1000)}, in flight ${count(run.flight[i])}`);
    if (n >= 0)
      readout.append($("span", { className: "ev", textContent: `${name}${seconds(run.log[n].at)} ${run.log[n].kind}: ${run.log[n].what}` }));
  }
}

/* ---- the map ---- */

function palette() {
  const parse = (name) => css(name).match(/[0-9a-f]{2}/gi).map((h) => parseInt(h, 16));
  const stops = ["--l0", "--l1", "--l2", "--l3", "--l4"].map((name) => {
    const text = css(name);
    return text.length === 4 ? [...text.slice(1)].map((h) => parseInt(h + h, 16)) : parse(name);
  });
  const at = [0, 0.02, 1, 1.9, 3];
  return (ratio) => {
    let k = 1;
    while (k < 4 && ratio > at[k]) k++;
    const part = Math.max(0, Math.min(1, (ratio - at[k - 1]) / (at[k] - at[k - 1])));
    return "rgb(" + stops[k].map((v, c) => Math.round(stops[k - 1][c] + (v - stops[k - 1][c]) * part)).join() + ")";
  };
}

function hatch(context, state) {
  const tile = $("canvas", { width: 7, height: 7 }), g = tile.getContext("2d");
  g.strokeStyle = css("--" + STATES[state]);
  g.lineWidth = 1.3;
  const lines = [[], [[0, 7, 7, 0]], [[0, 0, 7, 7], [0, 7, 7, 0]], [[0, 3.5, 7, 3.5]], [[3.5, 0, 3.5, 7]], [[1, 1, 2, 2]]][state];
  for (const [a, b, c, d] of lines) { g.beginPath(); g.moveTo(a, b); g.lineTo(c, d); g.stroke(); }
  return context.createPattern(tile, "repeat");
}

function makeMap(run, box) {
  const canvas = $("canvas"), line = $("div", { className: "line-at", hidden: true });
  const chosen = $("div", { className: "chosen", hidden: true });
  const high = run.endpoints.length <= 16 ? 22 : run.endpoints.length <= 32 ? 15 : 10;
  const top = LANE * Math.min(3, run.faults.length), height = top + high * run.endpoints.length;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Endpoints over time: share of the traffic, and states. The numbers are in the table below.");
  box.append(canvas, line, chosen);
  let width = 0;
  const x = (t) => GUTTER + (t - view.min) / (view.max - view.min) * width;
  const timeAt = (event) => {
    const left = event.clientX - box.getBoundingClientRect().left;
    return view.min + Math.max(0, Math.min(1, (left - GUTTER) / width)) * (view.max - view.min);
  };

  function cells(g) {
    const color = palette(), columns = Math.max(1, Math.floor(width / 4)), wide = width / columns;
    const total = new Float64Array(columns), first = new Int32Array(columns + 1);
    for (let c = 0; c <= columns; c++)
      first[c] = Math.floor((view.min + (view.max - view.min) * c / columns) / run.step + 1e-9);
    const last = (c) => Math.min(run.rows, Math.max(first[c] + 1, first[c + 1]));
    for (let c = 0; c < columns; c++)
      for (let i = first[c]; i < last(c); i++) total[c] += run.attempts[i];
    run.cells.forEach((cell, row) => {
      let was = null, since = 0;
      for (let c = 0; c <= columns; c++) {
        let sum = 0;
        if (c < columns) for (let i = first[c]; i < last(c); i++) sum += cell.attempts[i];
        const now = c === columns || first[c] >= run.rows ? null
          : color(sum ? Math.round(20 * sum * run.total / total[c]) / 20 : 0);
        if (now === was) continue;
        if (was) { g.fillStyle = was; g.fillRect(GUTTER + since * wide, top + row * high, (c - since) * wide, high - 1); }
        was = now; since = c;
      }
    });
  }

  function states(g) {
    const patterns = STATES.map((_, s) => s ? hatch(g, s) : null);
    run.cells.forEach((cell, row) => {
      const stop = Math.min(run.rows, index(run, view.max) + 1);
      for (let i = index(run, view.min); i < stop;) {
        let start = i;
        const s = cell.state[i];
        while (i < stop && cell.state[i] === s) i++;
        if (s === 0) continue;
        let end = i;
        const left = Math.max(GUTTER, x(start * run.step)), right = Math.min(GUTTER + width, x(end * run.step));
        const w = Math.max(2, right - left), y = top + row * high;
        g.fillStyle = patterns[s];
        g.fillRect(left, y, w, high - 1);
        g.strokeStyle = css("--" + STATES[s]);
        g.strokeRect(left + .5, y + .5, w - 1, high - 2);
        while (start > 0 && cell.state[start - 1] === s) start--;
        while (end < run.rows && cell.state[end] === s) end++;
        if (high < 15) continue;
        let text = `${GLYPHS[s]} ${STATES[s]} ${+((end - start) * run.step).toFixed(1)} s`;
        if (g.measureText(text).width + 14 > w) text = GLYPHS[s];
        const wide = g.measureText(text).width + 8;
        if (wide + 2 > w) continue;
        g.fillStyle = css("--paper");
        g.fillRect(left + 2, y + 2, wide, high - 5);
        g.fillStyle = css("--ink");
        g.fillText(text, left + 6, y + high / 2);
      }
    });
  }

  /* Which fault it is, above the rows. */
  function lanes(g) {
    g.font = "11.5px system-ui, sans-serif";
    run.faults.forEach((fault, f) => {
      const left = Math.max(GUTTER, x(fault.from / 1e6)), right = Math.min(GUTTER + width, x(fault.to / 1e6));
      if (right < GUTTER || left > GUTTER + width) return;
      const y = LANE * (f % 3), text = fault.id + " " + fault.what, wide = g.measureText(text).width + 10;
      g.fillStyle = css("--fault-fill");
      g.fillRect(left, y + LANE - 5, Math.max(2, right - left), 4);
      g.fillStyle = css("--fault");
      g.fillText(text, left + wide > GUTTER + width ? Math.max(GUTTER, GUTTER + width - wide) : left, y + 7);
    });
  }

  function draw() {
    const scale = window.devicePixelRatio || 1;
    width = box.clientWidth - GUTTER - RIGHT;
    if (width < 50) return;
    canvas.width = box.clientWidth * scale;
    canvas.height = height * scale;
    canvas.style.height = height + "px";
    const g = canvas.getContext("2d");
    g.scale(scale, scale);
    g.font = (high > 13 ? 11.5 : 9) + "px system-ui, sans-serif";
    g.textBaseline = "middle";
    cells(g);
    states(g);
    faultsOn(g, run, x, top, height - top, GUTTER, GUTTER + width, false);
    run.endpoints.forEach(([name, zone], row) => {
      g.fillStyle = css("--ink");
      const text = name.length > 11 ? name.slice(0, 10) + "…" : name;
      g.fillText(text, 0, top + row * high + high / 2);
      g.fillStyle = css("--dim");
      if (zone && g.measureText(text + " " + zone).width < GUTTER - 6)
        g.fillText(zone, g.measureText(text + " ").width, top + row * high + high / 2);
    });
    lanes(g);
  }

  let from = null;
  box.addEventListener("pointerdown", (event) => { from = timeAt(event); box.setPointerCapture(event.pointerId); });
  box.addEventListener("pointermove", (event) => {
    const t = timeAt(event);
    setCursor(t);
    const row = Math.floor((event.clientY - box.getBoundingClientRect().top - top) / high);
    if (row >= 0 && row < run.cells.length) {
      const cell = run.cells[row], i = index(run, t);
      readout.append($("span", { className: "ev", textContent:
        `${run.endpoints[row][0]}: ${GLYPHS[cell.state[i]]} ${STATES[cell.state[i]]}, ${rate(cell.attempts[i] / run.step)} attempts` +
        `, ${(run.attempts[i] ? 100 * cell.attempts[i] / run.attempts[i] : 0).toFixed(1)} % of all, ${rate(cell.errors[i] / run.step)} errors` }));
    }
    chosen.hidden = from == null || Math.abs(x(t) - x(from)) < 4;
    if (!chosen.hidden) {
      chosen.style.left = Math.min(x(t), x(from)) + "px";
      chosen.style.width = Math.abs(x(t) - x(from)) + "px";
    }
  });
  box.addEventListener("pointerup", (event) => {
    const t = timeAt(event), start = from;
    from = null;
    chosen.hidden = true;
    if (start != null && Math.abs(x(t) - x(start)) >= 4) setRange(Math.min(t, start), Math.max(t, start));
  });
  box.addEventListener("dblclick", () => setRange(0, view.end));
  return {
    draw,
    place() {
      line.hidden = view.at == null || view.at < view.min || view.at > view.max;
      line.style.left = x(view.at || 0) + "px";
    },
  };
}

/* ---- lines ---- */

function faultsOn(g, run, x, top, height, left, right, named) {
  for (const fault of run.faults) {
    const from = Math.max(left, x(fault.from / 1e6)), to = Math.min(right, x(fault.to / 1e6));
    if (to <= left || from >= right) continue;
    g.save();
    g.fillStyle = css("--fault-fill");
    g.globalAlpha = .13;
    if (named) g.fillRect(from, top, Math.max(2, to - from), height);
    g.globalAlpha = .8;
    g.strokeStyle = css("--fault-fill");
    g.setLineDash([4, 4]);
    for (const edge of [x(fault.from / 1e6), x(fault.to / 1e6)]) {
      if (edge < left || edge > right) continue;
      g.beginPath(); g.moveTo(edge, top); g.lineTo(edge, top + height); g.stroke();
    }
    g.globalAlpha = 1;
    if (named) {
      const scale = window.devicePixelRatio || 1;
      g.fillStyle = css("--fault");
      g.font = `600 ${11 * scale}px system-ui, sans-serif`;
      g.textAlign = "left";
      g.textBaseline = "top";
      g.fillText(fault.id, from + 4 * scale, top + 2 * scale);
    }
    g.restore();
  }
}

/* 1 and 3 times the powers of ten of a logarithmic axis. */
function decades(u) {
  const splits = [], { min, max } = u.scales.y;
  for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++)
    for (const factor of [1, 3])
      if (factor * 10 ** power >= min * .99 && factor * 10 ** power <= max * 1.01) splits.push(factor * 10 ** power);
  return splits;
}

/* The values of one column on the common grid of times. */
function onGrid(run, grid, pick) {
  return grid.map((t) => {
    const i = Math.floor((t + run.step / 1000) / run.step);
    return i < run.rows ? pick(i) : null;
  });
}

const single = (run, label, color, dash, pick, value) => ({ run, label, color, dash, pick, value });

/* Charts, each a list of lines. A comparison has one line a run in each. */
function plan(runs) {
  const many = runs.length > 1, charts = [];
  const lines = (pick, value, label, also) => runs.map((run) => single(run, many ? run.letter + " " + run.label : label,
    "--run" + run.number, DASHES[run.number], pick(run), value)).concat(many || !also ? [] : [also]);
  const errors = (run) => (i) => run.errors[i] / run.step;
  const ok = (run) => (i) => run.ok[i] / run.step;
  const p50 = (run) => (i) => run.p50[i] > 0 ? run.p50[i] / 1000 : null;
  const p99 = (run) => (i) => run.p99[i] > 0 ? run.p99[i] / 1000 : null;
  const first = runs[0];
  const second = (label, pick, value, color) => single(first, label, color || "--run3", [5, 3], pick(first), value);
  if (many) charts.push({ title: "Failed calls", lines: lines(errors, rate) });
  charts.push({ title: many ? "Calls answered OK" : "Calls", lines: lines(ok, rate, "ok", second("failed", errors, rate, "--bad")) });
  charts.push({ title: many ? "p99 latency" : "Latency", log: true, lines: lines(p99, duration, "p99", second("p50", p50, duration, "--run1")) });
  charts.push({ title: many ? "Attempts" : "Attempts and retries", lines: lines((run) => (i) => run.attempts[i] / run.step, rate, "attempts",
    second("retries", (run) => (i) => run.retries[i] / run.step, rate)) });
  charts.push({ title: "Calls in flight", lines: lines((run) => (i) => run.flight[i], count, "in flight") });
  for (const run of runs) {
    const seen = STATES.map((_, s) => s).filter((s) => run.states[s].some((n) => n > 0));
    charts.push({ title: (many ? run.letter + ": " : "") + "Endpoints by state", stacked: true, top: run.total,
      lines: seen.map((s, k) => ({ ...single(run, GLYPHS[s] + " " + STATES[s], s ? "--" + STATES[s] : "--l3", [], (i) => {
        let sum = 0;
        for (let j = 0; j <= k; j++) sum += run.states[seen[j]][i];
        return sum;
      }, count), own: (i) => run.states[s][i] })) });
  }
  if (runs.some((run) => run.hasRegistry)) {
    const index = (column) => (run) => (i) => run[column][i] || null;
    charts.push({ title: "Consul index", spread: true, lines: many ? lines(index("registry"), count)
      : [single(first, "registry", "--run0", [], index("registry")(first), count),
        single(first, "client furthest behind", "--run1", [5, 3], index("client")(first), count)] });
    charts.push({ title: "Client lag: how long the registry has been ahead of some client", lines: lines((run) => (i) => run.behind[i], duration, "lag") });
  }
  return charts;
}

function copyButtons(title, header, rows) {
  const put = async (text, button) => {
    try { await navigator.clipboard.writeText(text); } catch (_) {
      const area = $("textarea", { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const was = button.textContent;
    button.textContent = "copied";
    setTimeout(() => { button.textContent = was; }, 1200);
  };
  const quote = (v) => v == null ? "" : typeof v === "string" ? '"' + v.replace(/"/g, '""').replace(/^([=+\-@])/, "'$1") + '"' : v;
  const button = (name, make) => {
    const node = $("button", { type: "button", textContent: name, title: `Copy "${title}" as ${name}` });
    node.addEventListener("click", () => put(make(), node));
    return node;
  };
  return $("span", { className: "copies" },
    button("CSV", () => [header.map(quote).join(), ...rows().map((row) => row.map(quote).join())].join("\n") + "\n"),
    button("JSON", () => JSON.stringify({ title, columns: header, rows: rows() })));
}

function makeChart(chart, grid, width) {
  const panel = $("div", { className: "panel" });
  const values = chart.lines.map((line) => onGrid(line.run, grid, line.pick));
  panel.append($("h4", {}, $("span", { textContent: chart.title }),
    copyButtons(chart.title, ["seconds", ...chart.lines.map((line) => line.label)],
      () => grid.map((t, i) => [+t.toFixed(6), ...values.map((column) => column[i])]))));
  root.append(panel);
  if (!window.uPlot) return;
  const axis = { stroke: () => css("--dim"), font: "11px system-ui, sans-serif", grid: { stroke: () => css("--grid"), width: 1 }, ticks: { stroke: () => css("--grid"), width: 1 } };
  const steps = uPlot.paths.stepped({ align: 1 });
  const value = chart.lines[0].value;
  const high = Math.max(0, ...values.map((column) => column.reduce((a, b) => b > a ? b : a, 0)));
  const low = Math.min(...values.map((column) => column.reduce((a, b) => b != null && b < a ? b : a, Infinity)));
  const range = chart.log ? undefined : chart.top ? [0, chart.top] : chart.spread && low < Infinity
    ? [low - 1, high + 1] : [0, high > 0 ? high * 1.2 : 1];
  const options = {
    width, height: 138, pxAlign: 0,
    legend: { live: true, markers: { width: 3, dash: (u, i) => chart.lines[i - 1] && chart.lines[i - 1].dash.length ? (chart.lines[i - 1].dash[0] < 3 ? "dotted" : "dashed") : "solid" } },
    scales: { x: { time: false, min: view.min, max: view.max }, y: chart.log ? { distr: 3, log: 10 } : { range } },
    cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => { setRange(0, view.end); return null; } } },
    series: [{ label: "at", value: (u, v) => v == null ? "–" : seconds(v) }, ...chart.lines.map((line) => ({
      label: line.label, stroke: () => css(line.color), width: chart.stacked ? 1 : 1.6, dash: line.dash, paths: steps, points: { show: false },
      fill: chart.stacked && line === chart.lines[0] ? () => css(line.color) + "88" : undefined,
      value: (u, v, s, i) => i == null ? "–" : line.own ? line.value(line.own(index(line.run, grid[i]))) : line.value(v),
    }))],
    bands: chart.stacked ? chart.lines.slice(1).map((line, k) => ({ series: [k + 2, k + 1], fill: () => css(line.color) + "88" })) : [],
    axes: [{ ...axis, size: 24, values: (u, splits) => splits.map((v) => +v.toFixed(4) + " s") },
      { ...axis, size: GUTTER, ...(chart.log ? { splits: decades } : {}), values: (u, splits) => splits.map((v) => v == null ? "" : value === count && v % 1 ? "" : value(v)) }],
    padding: [6, RIGHT, 0, 0],
    hooks: {
      [chart.stacked ? "draw" : "drawClear"]: [(u) => faultsOn(u.ctx, chart.lines[0].run, (t) => u.valToPos(t, "x", true), u.bbox.top, u.bbox.height, u.bbox.left, u.bbox.left + u.bbox.width, true)],
      setCursor: [(u) => {
        if (view.busy) return;
        if (u.cursor.left >= 0) setCursor(u.posToVal(u.cursor.left, "x"));
        else if (view.at != null) requestAnimationFrame(() => setCursor(view.at));
      }],
      setSelect: [(u) => {
        if (u.select.width < 3) return;
        const from = u.posToVal(u.select.left, "x"), to = u.posToVal(u.select.left + u.select.width, "x");
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        setRange(from, to);
      }],
    },
  };
  panel.uplot = new uPlot(options, [grid, ...values], panel);
  charts.push(panel.uplot);
}

function build() {
  charts.splice(0).forEach((u) => u.destroy());
  maps.splice(0);
  root.replaceChildren();
  const keys = $("div", { className: "tools" });
  const reset = $("button", { type: "button", textContent: "whole run" });
  reset.addEventListener("click", () => setRange(0, view.end));
  keys.append(reset, "  drag: zoom  ");
  for (const [key, what] of [[", .", "previous, next event"], ["n N", "next, previous fault"], ["W S", "zoom"], ["A D", "move"], ["Esc", "whole run"]])
    keys.append($("kbd", { textContent: key }), what + " ");
  readout = $("div", { className: "readout" });
  root.append(keys, readout);
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "The run over time; keys: comma and period for events, n for faults, W A S D to zoom and move");
  for (const run of data.runs) {
    const panel = $("div", { className: "panel" }), box = $("div", { className: "map" });
    const title = (data.runs.length > 1 ? run.letter + " " + run.label + ": " : "") + "Endpoints: share of the traffic (darker is more), and states";
    panel.append($("h4", {}, $("span", { textContent: title }),
      copyButtons(title, ["seconds", ...run.endpoints.map(([name]) => name)],
        () => Array.from({ length: run.rows }, (_, i) => [+(i * run.step).toFixed(6), ...run.cells.map((cell) => cell.attempts[i])]))), box);
    root.append(panel);
    maps.push(makeMap(run, box));
  }
  const step = Math.min(...data.runs.map((run) => run.step)), rows = Math.max(...data.runs.map((run) => Math.ceil(run.rows * run.step / step)));
  const grid = Array.from({ length: rows }, (_, i) => i * step);
  for (const chart of plan(data.runs)) makeChart(chart, grid, root.clientWidth);
  for (const map of maps) map.draw();
  setCursor(view.at);
}

/* ---- keys and links ---- */

function nextEvent(forwards) {
  const times = data.runs.flatMap((run) => run.log.map((event) => event.at)), now = view.at == null ? (forwards ? -1 : view.end + 1) : view.at;
  let best = null;
  for (const t of times)
    if (forwards ? t > now + 1e-6 && (best == null || t < best) : t < now - 1e-6 && (best == null || t > best)) best = t;
  if (best != null) goTo(best);
}

function nextFault(forwards) {
  const edges = data.runs.flatMap((run) => run.faults.flatMap((f) => [f.from / 1e6, f.to / 1e6])).sort((a, b) => a - b);
  const now = view.at == null ? -1 : view.at;
  const found = forwards ? edges.find((t) => t > now + 1e-6) : edges.reverse().find((t) => t < now - 1e-6);
  if (found != null) goTo(found);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  const length = view.max - view.min, middle = view.at != null && view.at >= view.min && view.at <= view.max ? view.at : (view.min + view.max) / 2;
  const zoom = (by) => setRange(middle - (middle - view.min) * by, middle + (view.max - middle) * by);
  const actions = {
    ",": () => nextEvent(false), ".": () => nextEvent(true), n: () => nextFault(true), N: () => nextFault(false),
    w: () => zoom(1 / 1.5), s: () => zoom(1.5), a: () => setRange(view.min - length / 5, view.max - length / 5), d: () => setRange(view.min + length / 5, view.max + length / 5),
    Escape: () => setRange(0, view.end),
  };
  const action = actions[event.key] || actions[event.key.toLowerCase()];
  if (!action || (event.key === "Escape" && view.min === 0 && view.max === view.end)) return;
  event.preventDefault();
  action();
}

function onClick(event) {
  const link = event.target.closest ? event.target.closest("a.moment") : null;
  if (!link) return;
  event.preventDefault();
  goTo(link.dataset.t / 1e9);
  document.getElementById("story").scrollIntoView();
  root.focus({ preventScroll: true });
}

/* ---- events with a filter ---- */

function makeLog(box, run) {
  const table = document.getElementById("log-" + box.dataset.run), body = table.tBodies[0], told = box.nextElementSibling;
  const still = [...body.rows];
  const input = $("input", { type: "search", placeholder: "filter: words, kind:ejected, fault:F1, -not" });
  input.setAttribute("aria-label", "Filter events");
  const shown = $("span"), more = $("button", { type: "button", textContent: "more" });
  let limit = EVENTS_STEP;
  function row(event) {
    const link = $("a", { className: "moment", href: "#story", textContent: seconds(event.at) });
    link.dataset.t = Math.round(event.at * 1e9);
    return $("tr", { id: `${run.letter}-e${event.id}` }, $("td", { className: "num" }, link),
      $("td", { className: "kind k-" + event.kind, textContent: event.kind }), $("td", { textContent: event.what }), $("td", { textContent: event.fault ? event.fault.id : "" }));
  }
  function matches(event, words) {
    return words.every((word) => {
      const not = word[0] === "-" && word.length > 1, w = not ? word.slice(1) : word, at = w.indexOf(":");
      const key = at > 0 ? w.slice(0, at) : "", value = w.slice(at + 1);
      const found = key === "kind" ? event.kind.includes(value) : key === "fault" ? !!event.fault && event.fault.id.toLowerCase() === value
        : (event.kind + " " + event.what).toLowerCase().includes(w);
      return found !== not;
    });
  }
  function update() {
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    told.hidden = words.length > 0;
    more.hidden = true;
    if (!words.length) {
      body.replaceChildren(...still);
      shown.textContent = `${run.log.length.toLocaleString("en-US")} events to filter` + (run.log.length < run.eventCount ? `, of ${run.eventCount.toLocaleString("en-US")} recorded` : "");
      return;
    }
    const found = run.log.filter((event) => matches(event, words));
    body.replaceChildren(...found.slice(0, limit).map(row));
    shown.textContent = `${found.length.toLocaleString("en-US")} found`;
    more.hidden = found.length <= limit;
  }
  input.addEventListener("input", () => { limit = EVENTS_STEP; update(); });
  more.addEventListener("click", () => { limit += EVENTS_STEP; update(); });
  box.append(input, shown, more);
  box.hidden = false;
  update();
}

/* ---- begin ---- */

async function begin() {
  const element = document.getElementById("data");
  data = element ? JSON.parse(element.textContent) : window.evenkeelData;
  if (!data || !window.DecompressionStream) return;
  await Promise.all(data.runs.map(load));
  for (const box of document.querySelectorAll(".filter")) makeLog(box, data.runs[box.dataset.run]);
  if (!window.uPlot) return;
  root = document.getElementById("live");
  const still = document.getElementById("still");
  view.end = data.end / 1e6;
  view.max = view.end;
  root.hidden = false;
  still.hidden = true;
  build();
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  let width = root.clientWidth, timer = 0;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (root.clientWidth && root.clientWidth !== width) { width = root.clientWidth; build(); } }, 120);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  const at = /^#t=([0-9.]+)/.exec(location.hash);
  if (at) { goTo(+at[1]); document.getElementById("story").scrollIntoView(); }
  document.documentElement.dataset.live = "1";
}
begin();
})();
