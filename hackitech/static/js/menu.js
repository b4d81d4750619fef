// data-menu: comes into view when it opens, closes when one looks elsewhere, and on Escape.
const close = (except) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) if (menu !== except) menu.open = false;
};
document.addEventListener("click", (event) => close(event.target.closest("[data-menu]")));
document.addEventListener("focusin", (event) => close(event.target.closest("[data-menu]")));
document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches("[data-menu]")) target.querySelector(".menu__panel")?.scrollIntoView({ block: "nearest" });
}, true);
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
