"use strict";
// Keeps the grid and the progress of a run fresh. Without it, the pages are as they were when they were opened.
(() => {
  const put = async (element, path) => {
    const answer = await fetch(path, { credentials: "same-origin" });
    if (answer.ok) element.innerHTML = await answer.text();
  };
  const grid = document.querySelector("#grid[data-live]");
  if (grid) {
    setInterval(() => { if (!document.hidden && !grid.contains(document.activeElement)) put(grid, "/grid" + location.search); }, 3000);
  }
  const progress = document.querySelector("#progress[data-events]");
  if (progress) {
    const events = new EventSource(progress.dataset.events);
    events.addEventListener("changed", () => put(progress, progress.dataset.progress));
    events.addEventListener("ended", () => { events.close(); location.reload(); });
  }
  for (const all of document.querySelectorAll("input[data-all]")) {
    all.addEventListener("change", () => {
      for (const box of document.querySelectorAll(`input[name="${all.dataset.all}"]`)) box.checked = all.checked;
    });
  }
})();
