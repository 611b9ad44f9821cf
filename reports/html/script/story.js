/* The pictures of the run over time, one below the other. */
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
    const title = (data.runs.length > 1 ? run.letter + " " + run.label + ": " : "") + "Endpoints: share of the traffic (stronger is more), and states";
    const header = ["seconds", ...run.endpoints.map(([name]) => name)];
    const rows = () => Array.from({ length: run.rows }, (_, i) => [+(i * run.step).toFixed(6), ...run.cells.map((cell) => cell.attempts[i])]);
    panel.append($("h4", {}, $("span", { textContent: title }), copyButtons(title, header, rows)), box,
      numbersBelow("Attempts in each interval", header, rows));
    root.append(panel);
    maps.push(makeMap(run, box));
  }
  const step = Math.min(...data.runs.map((run) => run.step)), rows = Math.max(...data.runs.map((run) => Math.ceil(run.rows * run.step / step)));
  const grid = Array.from({ length: rows }, (_, i) => i * step);
  for (const chart of plan(data.runs)) makeChart(chart, grid, root.clientWidth);
  for (const map of maps) map.draw();
  setCursor(view.at);
}
