// Whoever loses the element that has focus gets the next best: the following row, the one before, the heading.
let last = null, rows = [];

document.addEventListener("focusin", (event) => {
  last = event.target;
  rows = last.closest("[data-row]") ? [...document.querySelectorAll("[data-row]")].map((row) => row.id) : [];
});

const follow = () => {
  if (last.closest("#more")) return [...document.querySelectorAll(".page")].at(-1)?.querySelector(".row__title");
  const at = rows.indexOf(last.closest("[data-row]")?.id);
  const id = [...rows.slice(at), ...rows.slice(0, Math.max(at, 0)).reverse()].find((row) => document.getElementById(row));
  return id && document.getElementById(id).querySelector(".row__title");
};

const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
const hand = () => {
  const active = document.activeElement;
  if (!last || (active !== document.body && isSeen(active)) || isSeen(last)) return;
  const next = follow() ?? document.querySelector("h1[tabindex]") ?? document.getElementById("main");
  last = null;
  next.focus({ preventScroll: !next.matches(".row__title") });
};
new MutationObserver(hand).observe(document.body, { childList: true, subtree: true });
document.addEventListener("htmx:afterSettle", hand);
