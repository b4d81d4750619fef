// Shortcuts, by the letter that a key writes (so on any keyboard), silent in fields, and off where one wants them off.
const help = document.querySelector("[data-keys]"), choice = document.querySelector("[data-keys-switch]");

if (choice) {
  // A cookie, as signing out clears other storage.
  choice.checked = !document.cookie.includes("shortcuts=off");
  choice.onchange = () => { document.cookie = `shortcuts=${choice.checked ? "on" : "off"}; path=/; max-age=31536000; samesite=lax`; };
}
if (help) {
  const here = () => document.activeElement.closest("[data-row]");
  const move = (step) => {
    const rows = [...document.querySelectorAll("[data-row]")], at = rows.indexOf(here());
    const next = at < 0 ? rows.at(0) : rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    next?.querySelector(".row__title").focus();
  };
  const press = (key) => (here() ?? document.querySelector("main article"))?.querySelector(`[data-key="${key}"]`)?.click();
  const actions = {
    j: () => move(1),
    k: () => move(-1),
    x: () => here()?.querySelector("[name=ids]").click(),
    e: () => press("e"),
    u: () => press("u"),
    s: () => {
      press("s");
      document.querySelector("[data-menu][open] .menu__item")?.focus();
    },
    z: () => document.querySelector('[data-toast] [data-key="z"]')?.click(),
    "/": () => document.getElementById("q")?.focus(),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !choice.checked || help.open) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
  document.querySelector('button[data-key="?"]')?.addEventListener("click", () => help.showModal());
}
