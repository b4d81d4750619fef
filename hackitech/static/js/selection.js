// The tool bar says how many rows are ticked; one box ticks them all.
const boxes = () => [...document.querySelectorAll("[data-row] [name=ids]")];
const plural = new Intl.PluralRules(document.documentElement.lang);
const number = new Intl.NumberFormat(document.documentElement.lang);

const count = () => {
  const label = document.querySelector("[data-selected]"), all = document.querySelector("[data-select-all]");
  if (!label) return;
  const n = boxes().filter((box) => box.checked).length;
  label.textContent = label.dataset[plural.select(n) === "one" ? "one" : "other"].replace("{n}", number.format(n));
  all.checked = n > 0 && n === boxes().length;
  all.indeterminate = n > 0 && !all.checked;
};

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-select-all]")) for (const box of boxes()) box.checked = target.checked;
  if (target.matches("[data-select-all], [name=ids]")) count();
});
document.addEventListener("htmx:afterSettle", count);
