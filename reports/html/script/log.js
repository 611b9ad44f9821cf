/* The events, with a filter. */
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
