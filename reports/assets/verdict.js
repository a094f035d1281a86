"use strict";
// Sorts and filters the tables of the verdict page and of the audit page. Without it they are plain.
(function () {
  function measure() {
    const banner = document.querySelector(".banner");
    const height = banner ? banner.offsetHeight : 0;
    document.documentElement.style.setProperty("--banner", height + "px");
  }
  measure();
  window.addEventListener("resize", measure);

  const TEXTS = new Set(["place", "kind"]);

  function value(row, key) {
    const text = row.dataset[key === "verdict" ? "rank" : key] || "";
    if (TEXTS.has(key)) return text.toLowerCase();
    return text === "" ? null : Number(text);
  }

  function compare(one, other, key, sign) {
    const a = value(one, key);
    const b = value(other, key);
    // What has no number stays last, whichever way is sorted.
    if (a === null || b === null) return (a === null) - (b === null);
    const apart = a < b ? -1 : a > b ? 1 : 0;
    return sign * apart || Number(one.dataset.order) - Number(other.dataset.order);
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    const groups = Array.from(table.tBodies);
    const flat = document.createElement("tbody");
    const rows = Array.from(table.querySelectorAll("tbody tr:not(.place)"));
    const homes = groups.map((group) => rows.filter((row) => row.parentNode === group));

    function grouped() {
      flat.remove();
      groups.forEach(function (group, place) {
        group.append(...homes[place]);
        table.append(group);
      });
    }

    function sort(head, descending) {
      for (const each of heads) each.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      if (head.dataset.sort === "order" && !descending) return grouped();
      for (const group of groups) group.remove();
      const sign = descending ? -1 : 1;
      flat.append(...rows.slice().sort((a, b) => compare(a, b, head.dataset.sort, sign)));
      table.append(flat);
    }

    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      if (!head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
      button.addEventListener("click", function () {
        sort(head, head.getAttribute("aria-sort") === "ascending");
      });
    }

    const form = document.querySelector('form.filters[data-table="' + table.id + '"]');
    if (!form) continue;
    const fields = Array.from(form.querySelectorAll("[data-column]"));
    const said = form.querySelector("output");

    function fits(row, field) {
      const wanted = field.value.trim();
      if (wanted === "") return true;
      const column = field.dataset.column;
      if (column === "text") return row.textContent.toLowerCase().includes(wanted.toLowerCase());
      return row.dataset[column].split("; ").includes(wanted);
    }

    function filter() {
      let shown = 0;
      for (const row of rows) {
        row.hidden = !fields.every((field) => fits(row, field));
        if (!row.hidden) shown++;
      }
      groups.forEach(function (group, place) {
        const heading = group.querySelector("tr.place");
        if (heading) heading.hidden = homes[place].every((row) => row.hidden);
      });
      said.textContent = shown === rows.length ? "" : shown + " of " + rows.length + " shown";
    }

    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const link of document.querySelectorAll("a[data-choose]")) {
      link.addEventListener("click", function () {
        form.querySelector('[data-column="verdict"]').value = link.dataset.choose;
        filter();
      });
    }
    filter();
  }
})();
