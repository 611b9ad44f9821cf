/* Endpoint by time: share of the traffic by darkness, states drawn over it. */
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
        let text = `${GLYPHS[s]} ${STATES[s]} ${+((end - start) * run.step).toFixed(1)} s`, sum = 0, all = 0;
        for (let k = start; k < end; k++) { sum += cell.attempts[k]; all += run.attempts[k]; }
        const full = `${text}, ${(100 * sum / all).toFixed(1)} % of the attempts`;
        if (all && g.measureText(full).width + 14 <= w) text = full;
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
