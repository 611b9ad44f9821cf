/* Keys, and links that lead to a moment. */
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
