// The report in a real browser. usage: node report.mjs EVENKEEL FOLDER
// FOLDER gets the reports and pictures of them. Exits with 0 if all is well.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const [evenkeel, folder] = process.argv.slice(2);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const at = (name) => join(folder, name);
const run = (...words) => execFileSync(evenkeel, words, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
let failures = 0, checks = 0;
function check(claim, is, saw = "") {
  checks++;
  if (is) return;
  failures++;
  console.error(`FAILED: ${claim} ${saw === "" ? "" : "(saw " + JSON.stringify(saw) + ")"}`);
}

// ---- what there is to look at ----

function record(name, ...words) {
  try { run("run", ...words, "-q", "-o", at(name)); } catch (error) {
    if (error.status !== 1) throw error; // an expectation that fails is a result, too
  }
}
record("zone-outage.db", "zone-outage");
record("slow-node.db", "slow-node");
record("p2c.db", "slow-node", "--policy", "least_request");
record("consul-empty-list.db", "consul-empty-list", "--set", "/clients/resolver/consul/empty=trust");
record("hostile.db", "zone-outage", "--until", "40s");
execFileSync("sqlite3", [at("hostile.db")], { input: readFileSync(join(here, "hostile.sql")) });
for (const name of ["zone-outage", "slow-node", "consul-empty-list", "hostile"])
  run("report", at(name + ".db"), "-o", at(name + ".html"));
run("report", at("slow-node.db"), at("p2c.db"), "-o", at("two.html"));
run("report", at("zone-outage.db"), "--report-dir", at("folder"));

// ---- looking ----

const browser = await chromium.launch({
  executablePath: process.env.EK_CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage(), seen = { requests: [], complaints: [], dialogs: 0 };
  page.on("request", (request) => { if (!request.url().startsWith("data:")) seen.requests.push(request.url()); });
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text()); });
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("dialog", (dialog) => { seen.dialogs++; dialog.dismiss(); });
  await page.goto("file://" + at(file));
  if (options.javaScriptEnabled !== false)
    await page.waitForFunction(() => document.documentElement.dataset.live === "1", null, { timeout: 15000 });
  return { page, seen, close: () => context.close() };
}

const ranges = (page) => page.evaluate(() => [...document.querySelectorAll(".panel")].filter((panel) => panel.uplot)
  .map((panel) => [panel.uplot.scales.x.min, panel.uplot.scales.x.max]));
const cursors = (page) => page.evaluate(() => [...document.querySelectorAll(".panel")].filter((panel) => panel.uplot)
  .map((panel) => Math.round(panel.uplot.posToVal(panel.uplot.cursor.left, "x") * 100) / 100));
const isSame = (list) => list.every((item) => JSON.stringify(item) === JSON.stringify(list[0]));
// How many colours a canvas shows: one, when nothing was drawn.
const colors = (page) => page.evaluate(() => [...document.querySelectorAll("#live canvas")].map((canvas) => {
  const bytes = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return new Set(bytes).size;
}));

async function chartsAreDrawn() {
  const { page, seen, close } = await open("zone-outage.html");
  check("the page is all that is asked for", seen.requests.length === 1, seen.requests);
  check("the console is silent", seen.complaints.length === 0, seen.complaints);
  const drawn = await colors(page);
  check("a map and five charts, all with something drawn", drawn.length === 6 && drawn.every((count) => count > 4), drawn);
  check("the still pictures make way", !(await page.isVisible("#still")));
  check("no sideways scrolling", await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await close();
}

async function zoomIsLinked() {
  const { page, close } = await open("zone-outage.html");
  const whole = await ranges(page);
  check("all charts begin with the whole run", isSame(whole) && whole[0][0] === 0 && whole[0][1] > 129, whole);
  const over = page.locator(".u-over").nth(1);
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width * .2, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * .3, box.y + 60, { steps: 4 });
  await page.mouse.up();
  const zoomed = await ranges(page);
  check("one drag zooms all charts to the same stretch", isSame(zoomed) && Math.abs(zoomed[0][0] - 26) < 1 && Math.abs(zoomed[0][1] - 39) < 1, zoomed);
  await page.mouse.move(box.x + box.width * .5, box.y + 60);
  const pointed = await cursors(page);
  check("one cursor in all charts", isSame(pointed) && Math.abs(pointed[0] - 32.5) < 1, pointed);
  check("the moment is told in words", /32\.\d+ s.*F1 blackhole/.test(await page.textContent(".readout")), await page.textContent(".readout"));
  await page.evaluate(() => scrollTo(0, document.getElementById("story").offsetTop - 60));
  const map = await page.locator(".map").boundingBox();
  await page.mouse.dblclick(map.x + map.width / 2, map.y + map.height - 20);
  check("a double click on the map shows the whole run", (await ranges(page))[0][1] > 129);
  await page.locator("#story").screenshot({ path: at("story.png") });
  await close();
}

async function keysWork() {
  const { page, close } = await open("zone-outage.html");
  await page.keyboard.press("n");
  check("n goes to the first fault", /^30\.000 s/.test(await page.textContent(".readout")), await page.textContent(".readout"));
  await page.keyboard.press(".");
  check(". goes on to the next event", /^30\.4/.test(await page.textContent(".readout")), await page.textContent(".readout"));
  await page.keyboard.press(",");
  check(", goes back", /^30\.000 s/.test(await page.textContent(".readout")));
  await page.keyboard.press("w");
  const near = (await ranges(page))[0];
  check("w zooms around the cursor", near[1] - near[0] < 90 && near[0] < 30 && near[1] > 30, near);
  await page.keyboard.press("d");
  check("d moves on", (await ranges(page))[0][0] > near[0]);
  await page.keyboard.press("Escape");
  check("Escape shows the whole run", (await ranges(page))[0][1] > 129);
  await page.click("#expectations a.moment >> nth=0");
  check("an expectation leads to its moment", /^30\.4825|^30\.48/.test(await page.textContent(".readout")), await page.textContent(".readout"));
  const focus = [];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    focus.push(await page.evaluate(() => document.activeElement.tagName));
  }
  check("Tab reaches things to press", focus.includes("BUTTON") || focus.includes("A"), focus);
  await close();
}

async function numbersCanBeTakenAlong() {
  const { page, seen, close } = await open("zone-outage.html", { permissions: ["clipboard-read", "clipboard-write"] });
  const charts = await page.locator("#live .panel").count();
  check("every chart has copy buttons and a table", (await page.locator("#live .panel .copies button").count()) === 2 * charts &&
    (await page.locator("#live .panel details.numbers").count()) === charts, charts);
  const panel = page.locator("#live .panel").nth(1);
  await panel.locator("summary").click();
  check("the table says what the chart draws", /seconds\s+ok\s+failed/.test(await panel.locator(".numbers table").innerText()));
  check("it is short enough to read", (await panel.locator("tbody tr").count()) <= 250);
  await panel.locator(".copies button", { hasText: "CSV" }).click();
  const csv = await page.evaluate(() => navigator.clipboard.readText().catch(() => null));
  check("CSV has a header and a row an interval", csv == null || (csv.startsWith('"seconds","ok","failed"\n') && csv.trim().split("\n").length > 1000), csv && csv.slice(0, 80));
  await page.locator("#latency .copies button", { hasText: "JSON" }).first().click();
  const json = await page.evaluate(() => navigator.clipboard.readText().catch(() => null));
  check("tables can be copied as well", json == null || JSON.parse(json).columns.includes("p99.99"), json && json.slice(0, 80));
  check("the console is silent", seen.complaints.length === 0, seen.complaints);
  await close();
}

async function shownForTheReader() {
  const { page, close } = await open("zone-outage.html");
  const text = await page.innerText("#shares");
  for (const words of ["chi-square p", "clients in step", "zone z3", "by client"])
    check(`the distribution says "${words}"`, text.includes(words));
  check("each expectation has a moment", (await page.locator("#expectations tbody tr").count()) === (await page.locator("#expectations a.moment").count()));
  check("the curve of each phase is drawn", (await page.locator("#latency svg path.line").count()) >= 6);
  await close();
}

async function eventsCanBeFiltered() {
  const { page, close } = await open("zone-outage.html");
  const kinds = () => page.$$eval("#log-0 tbody .kind", (cells) => [...new Set(cells.map((cell) => cell.textContent))]);
  await page.fill(".filter input", "kind:ejected");
  check("only what the filter asks for", JSON.stringify(await kinds()) === '["ejected"]', await kinds());
  check("all of it", (await page.$$("#log-0 tbody tr")).length === 24);
  await page.fill(".filter input", "kind:ejected c4 -b12");
  check("words, and words with a minus", (await page.$$("#log-0 tbody tr")).length === 3);
  await page.fill(".filter input", "");
  check("an empty filter shows the telling ones", (await kinds()).includes("fault-begin"));
  await close();
}

async function readableWithoutScripts() {
  const { page, seen, close } = await open("zone-outage.html", { javaScriptEnabled: false });
  const text = await page.innerText("main");
  for (const words of ["zone-outage", "PASS", "8 of 8 expectations hold", "30.000 s", "b03, b06, b09, b12", "client c4 ejects b12", "what it cost", "ejected 75 s"])
    check(`without scripts it says "${words}"`, text.toLowerCase().includes(words.toLowerCase()));
  check("the still pictures are there", (await page.locator("#still svg:visible").count()) >= 5);
  check("a link to a moment leads to an event of the table", await page.evaluate(() =>
    [...document.querySelectorAll("a.moment")].every((link) => document.getElementById(link.getAttribute("href").slice(1)) != null)));
  check("nothing is asked for", seen.requests.length === 1, seen.requests);
  await page.screenshot({ path: at("without-scripts.png"), fullPage: true });
  await close();
}

async function namesAreOnlyText() {
  const { page, seen, close } = await open("hostile.html");
  await page.fill(".filter input", "alert");
  await page.waitForTimeout(200);
  const strange = await page.evaluate(() => document.querySelectorAll("img, iframe, [onerror], [onload], [onclick], a[href^=javascript]").length);
  check("no name becomes an element", strange === 0, strange);
  check("no name becomes a script", seen.dialogs === 0 && (await page.locator("script").count()) === 3);
  check("nothing is asked for", seen.requests.length === 1, seen.requests);
  check("the name is shown", (await page.textContent("h1")) === "<script>alert(1)</script>", await page.textContent("h1"));
  await close();
}

async function twoRunsAreLaidOver() {
  const { page, seen, close } = await open("two.html");
  check("the console is silent", seen.complaints.length === 0, seen.complaints);
  check("a map for each", (await page.locator(".map canvas").count()) === 2);
  const lines = await page.evaluate(() => [...document.querySelectorAll(".panel")].filter((panel) => panel.uplot)[0].uplot.series.slice(1).map((series) => series.label));
  check("a line for each in one chart", JSON.stringify(lines) === '["A round_robin","B least_request"]', lines);
  await page.screenshot({ path: at("two.png"), fullPage: true });
  await close();
}

async function folderHasNothingInline() {
  const { page, seen, close } = await open("folder/index.html");
  check("it lives as well", (await colors(page)).length === 6);
  check("the console is silent", seen.complaints.length === 0, seen.complaints);
  check("it asks for its own files only", seen.requests.every((url) => url.startsWith("file://" + at("folder/"))), seen.requests);
  check("nothing inline", await page.evaluate(() => document.querySelectorAll("script:not([src]), style, [onclick]").length === 0));
  await close();
  const still = await open("folder/index.html", { javaScriptEnabled: false });
  check("colours without styles", await still.page.evaluate(() => document.querySelectorAll("#still [style]").length === 0 &&
    document.querySelector("#still path[stroke^='#']") != null));
  await still.close();
}

async function picturesInAllLights() {
  for (const [name, width, colorScheme] of [["slow-node", 1280, "dark"], ["consul-empty-list", 1280, "light"], ["zone-outage", 400, "light"]]) {
    const { page, seen, close } = await open(name + ".html", { viewport: { width, height: 900 }, colorScheme });
    check(`${name}, ${width}, ${colorScheme}: the console is silent`, seen.complaints.length === 0, seen.complaints);
    check(`${name}, ${width}: no sideways scrolling`, await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.screenshot({ path: at(`${name}-${width}-${colorScheme}.png`), fullPage: true });
    await page.emulateMedia({ media: "print" });
    check(`${name}: on paper the still pictures`, (await page.isVisible("#still")) && !(await page.isVisible("#live")));
    if (width === 1280) await page.screenshot({ path: at(`${name}-paper.png`), fullPage: true });
    await close();
  }
}

for (const test of [chartsAreDrawn, zoomIsLinked, keysWork, numbersCanBeTakenAlong, shownForTheReader, eventsCanBeFiltered, readableWithoutScripts, namesAreOnlyText,
  twoRunsAreLaidOver, folderHasNothingInline, picturesInAllLights])
  try { await test(); } catch (error) {
    failures++;
    console.error(`FAILED: ${test.name}: ${error.message}`);
  }
await browser.close();
console.log(`${checks - Math.min(failures, checks)} checks passed, ${failures} failed; pictures in ${folder}`);
process.exit(failures ? 1 : 0);
