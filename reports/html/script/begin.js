/* Where it starts. */
async function begin() {
  const element = document.getElementById("data");
  data = element ? JSON.parse(element.textContent) : window.evenkeelData;
  if (!data || !window.DecompressionStream) return;
  await Promise.all(data.runs.map(load));
  copyTables();
  for (const box of document.querySelectorAll(".filter")) makeLog(box, data.runs[box.dataset.run]);
  if (!window.uPlot) return;
  root = document.getElementById("live");
  const still = document.getElementById("still");
  view.end = data.end / 1e6;
  view.max = view.end;
  root.hidden = false;
  still.hidden = true;
  build();
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  let width = root.clientWidth, timer = 0;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (root.clientWidth && root.clientWidth !== width) { width = root.clientWidth; build(); } }, 120);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
  const at = /^#t=([0-9.]+)/.exec(location.hash);
  if (at) { goTo(+at[1]); document.getElementById("story").scrollIntoView(); }
  document.documentElement.dataset.live = "1";
}
begin();
