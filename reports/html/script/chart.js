/* One chart of lines over time, drawn by uPlot. */
/* 1 and 3 times the powers of ten of a logarithmic axis. */
function decades(u) {
  const splits = [], { min, max } = u.scales.y;
  for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++)
    for (const factor of [1, 3])
      if (factor * 10 ** power >= min * .99 && factor * 10 ** power <= max * 1.01) splits.push(factor * 10 ** power);
  return splits;
}

function makeChart(chart, grid, width) {
  const panel = $("div", { className: "panel" });
  const values = chart.lines.map((line) => onGrid(line.run, grid, line.pick));
  /* Of a stack each line ends on top of those below it; the numbers are its own. */
  const numbers = chart.lines.map((line, k) => line.own ? onGrid(line.run, grid, line.own) : values[k]);
  const header = ["seconds", ...chart.lines.map((line) => line.label)];
  const rows = () => grid.map((t, i) => [+t.toFixed(6), ...numbers.map((column) => column[i])]);
  panel.append($("h4", {}, $("span", { textContent: chart.title }), copyButtons(chart.title, header, rows)));
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
  panel.append(numbersBelow(chart.title, header, rows));
}
