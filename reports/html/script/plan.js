/* Which charts there are, and which lines each has. */
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
    many && run.number === 0 ? "--base" : "--run" + run.number, DASHES[run.number], pick(run), value)).concat(many || !also ? [] : [also]);
  const errors = (run) => (i) => run.errors[i] / run.step;
  /* Once no more calls are offered, what falls is no news. */
  const loaded = (run, i) => (i + 1) * run.step <= run.load / 1e6 + 1e-6;
  const ok = (run) => (i) => loaded(run, i) ? run.ok[i] / run.step : null;
  const p50 = (run) => (i) => run.p50[i] > 0 ? run.p50[i] / 1000 : null;
  const p99 = (run) => (i) => run.p99[i] > 0 ? run.p99[i] / 1000 : null;
  const first = runs[0];
  const second = (label, pick, value, color) => single(first, label, color || "--run3", [5, 3], pick(first), value);
  if (many) charts.push({ title: "Failed calls", lines: lines(errors, rate) });
  charts.push({ title: many ? "Calls answered OK" : "Calls", lines: lines(ok, rate, "ok", second("failed", errors, rate, "--bad")) });
  charts.push({ title: many ? "p99 latency" : "Latency", log: true, lines: lines(p99, duration, "p99", second("p50", p50, duration, "--run1")) });
  charts.push({ title: many ? "Attempts" : "Attempts and retries", lines: lines((run) => (i) => loaded(run, i) ? run.attempts[i] / run.step : null, rate, "attempts",
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
