/* What everything in the page uses: elements, colours of the style, numbers as text. */
const GUTTER = 92, RIGHT = 26, LANE = 18, EVENTS_STEP = 400;
const STATES = ["healthy", "faulty", "ejected", "probing", "draining", "gone"];
const GLYPHS = ["●", "▲", "✗", "◐", "▼", "○"];
const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [12, 4], [4, 4]];
const COLUMNS = ["ok", "errors", "attempts", "retries", "p50", "p99", "flight", "registry", "client", "behind"];

const $ = (tag, props, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const count = (n) => n == null ? "–" : Math.round(n).toLocaleString("en-US");
const rate = (n) => n == null ? "–" : (n < 10 && n % 1 ? n.toFixed(1) : count(n)) + "/s";
const duration = (ms) => ms == null ? "–" : ms < 1 ? Math.round(ms * 1000) + " µs"
  : ms < 1000 ? +ms.toPrecision(3) + " ms" : +(ms / 1000).toPrecision(3) + " s";
const seconds = (s) => s.toFixed(3) + " s";
