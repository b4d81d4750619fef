// data-snooze: a row's menu, filled when it is first asked for.
const menu = document.querySelector("[data-snooze-menu]");

document.addEventListener("click", ({ target }) => {
  const details = target.closest("[data-snooze] > summary")?.parentElement;
  if (!details || details.children.length > 1) return;
  const panel = menu.content.cloneNode(true);
  const path = details.closest("[data-row]").querySelector(".row__title").getAttribute("href");
  for (const button of panel.querySelectorAll("button")) button.setAttribute("formaction", `${path}/snooze`);
  details.append(panel);
});
