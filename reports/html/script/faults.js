/* When each fault lasted, in any picture. */
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
