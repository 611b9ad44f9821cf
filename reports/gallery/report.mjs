// Pictures of reports. usage: node report.mjs REPORT.html PICTURE.png [light|dark]
// From the verdict to the second chart over time.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const { chromium } = createRequire(new URL("../../package.json", import.meta.url))("playwright-core");
const [report, picture, colorScheme = "light"] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.EK_CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1040, height: 900 }, colorScheme });
await page.goto("file://" + resolve(report));
await page.waitForFunction(() => document.documentElement.dataset.live === "1");
// Without what follows the reader, is there to press, or to read at length. Of several runs, what they differ in.
const bottom = await page.evaluate(() => {
  const many = document.querySelector("#compare") != null;
  const hidden = "nav, .tools, .readout, .copies, #expectations, #failover .wide, #failover > .note, details.numbers";
  for (const node of document.querySelectorAll(hidden + (many ? ", #failover, .facts" : "")))
    node.style.display = "none";
  const last = [...document.querySelectorAll(".panel")].filter((panel) => panel.uplot)[1];
  return Math.ceil(last.getBoundingClientRect().bottom + scrollY + 2);
});
await page.screenshot({ path: picture, fullPage: true, clip: { x: 0, y: 0, width: 1040, height: bottom } });
await browser.close();
