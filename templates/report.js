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