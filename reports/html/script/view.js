/* The stretch of time that all pictures show, and the moment that all of them point at. */
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
