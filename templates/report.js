"use strict";
// Searches and filters the findings. Without it the page can be read all the same.
(() => {
  const form = document.querySelector(".search");
  if (!form) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  const articles = [...document.querySelectorAll(".judged article")].map((article) => ({
    article,
    kind: article.className,
    heading: [...article.querySelectorAll("h3, .meta, .reason")].map((e) => e.textContent).join(" ").toLowerCase(),
    items: [...article.querySelectorAll(".messages li")].map((item) => ({ item, text: item.textContent.toLowerCase() })),
    lists: [...article.querySelectorAll("details:not(.evidence)")],
  }));
  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = [...form.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value);
    const fits = (text) => wanted.every((word) => text.includes(word));
    let rules = 0;
    let findings = 0;
    for (const { article, kind, heading, items, lists } of articles) {
      const whole = fits(heading);
      let met = 0;
      for (const { item, text } of items) {
        const meets = whole || fits(heading + " " + text);
        item.hidden = !meets;
        if (meets) met += 1;
      }
      const visible = kinds.includes(kind) && (whole || met > 0);
      article.hidden = !visible;
      if (visible) {
        rules += 1;
        findings += met;
        if (wanted.length > 0) for (const list of lists) list.open = true;
      }
    }
    for (const section of document.querySelectorAll(".judged")) {
      const inside = [...section.querySelectorAll("article")];
      section.hidden = inside.length > 0 ? inside.every((article) => article.hidden) : wanted.length > 0;
    }
    const all = articles.length;
    shown.textContent = rules === all && wanted.length === 0 ? "" : `${rules} of ${all} rules, ${findings} findings`;
  };
  let timer;
  words.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 150);
  });
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.addEventListener("change", apply);
  apply();
})();
// Sorts a table by the column whose heading is pressed, and filters a long one by a word. Without it the tables are as they came.
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell?.dataset.value ?? cell?.textContent.trim() ?? "";
  };
  const number = (text) => (/^-?[\d.]+/.test(text) ? parseFloat(text) : NaN);
  const sort = (table, column, up) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const numeric = rows.every((row) => value(row, column) === "" || !isNaN(number(value(row, column))));
    rows.sort((a, b) => {
      const [x, y] = [value(a, column), value(b, column)];
      const order = numeric ? (number(x) || 0) - (number(y) || 0) : x.localeCompare(y);
      return up ? order : -order;
    });
    body.append(...rows);
    [...table.tHead.rows[0].cells].forEach((cell, at) => {
      if (at === column) cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    });
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = [...(table.tBodies[0]?.rows ?? [])];
    if (rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = cell.textContent;
      button.addEventListener("click", () => sort(table, column, cell.getAttribute("aria-sort") !== "ascending"));
      cell.replaceChildren(button);
    });
    if (rows.length < 20) continue;
    const label = document.createElement("label");
    label.className = "filter";
    const words = document.createElement("input");
    words.type = "search";
    words.autocomplete = "off";
    label.append("Filter ", words);
    words.addEventListener("input", () => {
      const wanted = words.value.toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
    table.parentElement.before(label);
  }
})();
