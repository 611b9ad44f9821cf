/* Numbers to take along: buttons that copy them, and tables that show them. */
const TABLE_ROWS = 250;

async function copy(text, button) {
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
}

/* Text that a spreadsheet would take for a formula is quoted once more. */
const quoted = (v) => v == null ? "" : typeof v === "string" ? '"' + v.replace(/"/g, '""').replace(/^([=+\-@])/, "'$1") + '"' : v;

/* `rows` is called when a button is pressed: a list of lists. */
function copyButtons(title, header, rows) {
  const button = (name, make) => {
    const node = $("button", { type: "button", textContent: name, title: `Copy "${title}" as ${name}` });
    node.addEventListener("click", () => copy(make(), node));
    return node;
  };
  return $("span", { className: "copies" },
    button("CSV", () => [header.map(quoted).join(), ...rows().map((row) => row.map(quoted).join())].join("\n") + "\n"),
    button("JSON", () => JSON.stringify({ title, columns: header, rows: rows() })));
}

/* The same numbers to read, for the stretch of time that is shown; made when it is opened. */
function numbersBelow(title, header, rows) {
  const box = $("details", { className: "numbers" }, $("summary", { textContent: "Numbers" }));
  box.addEventListener("toggle", () => {
    while (box.children.length > 1) box.lastChild.remove();
    if (!box.open) return;
    const shown = rows().filter(([t]) => t >= view.min && t < view.max), step = Math.ceil(shown.length / TABLE_ROWS) || 1;
    const cell = (v) => v == null ? "–" : typeof v === "number" ? +v.toPrecision(6) + "" : v;
    const body = $("tbody");
    for (let i = 0; i < shown.length; i += step)
      body.append($("tr", {}, ...shown[i].map((v, k) => $(k ? "td" : "th", { className: "num", textContent: cell(v) }))));
    box.append($("p", { className: "note", textContent: `${title}, ${seconds(view.min)} to ${seconds(view.max)}` +
      (step > 1 ? `: every ${step}th row of ${count(shown.length)}; the copy buttons take all.` : ".") }),
      $("div", { className: "wide log" }, $("table", {}, $("thead", {}, $("tr", {}, ...header.map((h) =>
        $("th", { className: "num", textContent: h })))), body)));
  });
  return box;
}

/* Tables that are there without scripts can be copied as well. */
function copyTables() {
  for (const table of document.querySelectorAll("details.numbers table, .copied table")) {
    const text = (cell) => cell.innerText.replace(/\s+/g, " ").trim();
    const header = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.replace(/\s+/g, " ").trim());
    const title = header[0];
    const rows = () => [...table.tBodies[0].rows].map((row) => [...row.cells].map(text));
    table.parentElement.before($("div", { className: "tools right" }, copyButtons(title, header, rows)));
  }
}
