/* Shows where a number comes from: the data lie in the page, nothing is fetched.

   Hover and focus show what the number is; a click, a tap, Enter or the space bar shows the whole way
   back to the raw files and keeps it open; Escape, or a click elsewhere, closes it. Without this
   script the page reads as it is. */
(function () {
  "use strict";

  const island = document.getElementById("explanations");
  if (!island) return;
  const HINT = "Click, tap or press Enter for every step back to the raw files.";
  const NARROW = window.matchMedia("(max-width: 40rem)");
  const known = JSON.parse(island.textContent);
  const box = document.createElement("div");
  let shown = null; // the number whose explanation is open
  let whole = false; // whether it stays open, with every step
  let leaving = 0;
  let pressed = false; // a finger or a button is down: the click that follows tells what is meant

  box.id = "explanation";
  box.className = "explanation";
  box.setAttribute("role", "tooltip");
  box.tabIndex = 0;
  box.hidden = true;
  (document.querySelector("main") || document.body).append(box);

  function explained(number) {
    return number.dataset.id.split(" ").filter((id) => Object.hasOwn(known.statistics, id));
  }

  function element(name, text, parent, className) {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    parent.append(made);
    return made;
  }

  function list(facts, parent) {
    const made = element("dl", "", parent);
    let before = "";
    for (const [name, text] of facts) {
      element("dt", name === before ? "" : name, made);
      element("dd", text, made);
      before = name;
    }
  }

  function fill(number) {
    box.replaceChildren();
    for (const id of explained(number)) {
      const each = known.statistics[id];
      element("p", each.title, box, "name");
      element("code", id, element("p", "", box));
      if (!whole) element("p", HINT, box, "more");
      const steps = known.chains[each.record];
      const rule = known.records[steps[0]][0];
      list([...each.facts, ...known.formulas[each.formula], ...(whole ? [] : [rule])], box);
      if (!whole) continue;
      steps.forEach((step, place) => {
        const [, ...facts] = known.records[step];
        element("p", place + 1 + ". " + known.records[step][0][1], box, "step");
        list(facts, box);
      });
    }
  }

  // Beside the number; on a narrow screen across it. Never over the number itself, which may be pressed.
  function place() {
    const at = shown.getBoundingClientRect();
    const room = window.innerHeight - box.offsetHeight;
    if (NARROW.matches) {
      const banner = document.querySelector(".banner");
      const top = Math.min(banner ? banner.offsetHeight : 0, at.top - box.offsetHeight - 6);
      box.style.left = "0";
      box.style.top = (at.bottom + 6 <= room ? room : Math.max(0, top)) + "px";
      return;
    }
    const left = Math.min(at.left, window.innerWidth - box.offsetWidth - 8);
    const above = at.top - box.offsetHeight - 6;
    const top = at.bottom + 6 <= room || above < 0 ? at.bottom + 6 : above;
    box.style.left = Math.max(8, left) + "px";
    box.style.top = Math.max(8, Math.min(top, room - 8)) + "px";
  }

  function open(number, completely) {
    clearTimeout(leaving);
    if (shown !== number) close();
    else if (whole && !completely) return;
    shown = number;
    whole = completely;
    fill(number);
    box.hidden = false;
    box.scrollTop = 0;
    number.setAttribute("aria-describedby", box.id);
    number.setAttribute("aria-expanded", String(completely));
    place();
  }

  function close() {
    clearTimeout(leaving);
    if (!shown) return;
    shown.removeAttribute("aria-describedby");
    shown.setAttribute("aria-expanded", "false");
    shown = null;
    whole = false;
    box.hidden = true;
  }

  function numberOf(event) {
    return event.target instanceof Element ? event.target.closest(".stat[aria-expanded]") : null;
  }

  for (const number of document.querySelectorAll(".stat[data-id]")) {
    if (!explained(number).length) continue;
    number.setAttribute("role", "button");
    number.setAttribute("aria-expanded", "false");
    number.tabIndex = 0;
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const number = numberOf(event);
    if (number && !whole) open(number, false);
    else if (box.contains(event.target)) clearTimeout(leaving);
  });
  document.addEventListener("pointerout", (event) => {
    const from = numberOf(event) || box.contains(event.target);
    if (!from || whole || shown === document.activeElement) return;
    clearTimeout(leaving);
    leaving = setTimeout(close, 250);
  });
  document.addEventListener("pointerdown", () => { pressed = true; });
  document.addEventListener("pointercancel", () => { pressed = false; });
  document.addEventListener("focusin", (event) => {
    const number = numberOf(event);
    if (pressed) return;
    if (number) open(number, false);
    else if (!box.contains(event.target)) close();
  });
  document.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) close();
  });
  document.addEventListener("click", (event) => {
    pressed = false;
    if (box.contains(event.target)) return;
    const number = numberOf(event);
    if (!number) close();
    else if (!String(window.getSelection())) {
      if (shown === number && whole) close();
      else open(number, true);
    }
  });
  document.addEventListener("keydown", (event) => {
    pressed = false;
    if (event.key === "Escape" && shown) {
      const back = box.contains(document.activeElement) ? shown : null;
      close();
      if (back) {
        back.focus();
        close();
      }
      return;
    }
    const number = numberOf(event);
    if (!number) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (shown === number && whole) close();
      else open(number, true);
    } else if (shown === number && whole && /^Arrow(Up|Down)$/.test(event.key)) {
      event.preventDefault();
      box.scrollTop += event.key === "ArrowDown" ? 60 : -60;
    }
  });
  function follow() {
    if (!shown) return;
    const at = shown.getBoundingClientRect();
    if (at.bottom < 0 || at.top > window.innerHeight) close();
    else place();
  }
  for (const what of ["scroll", "resize"]) {
    window.addEventListener(what, follow, { passive: true, capture: true });
  }
})();
