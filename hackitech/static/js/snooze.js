// data-snooze: a row's menu. There is one for all rows; it moves to the one that asks for it.
const panel = document.querySelector("[data-snooze-menu]")?.content.firstElementChild;

document.addEventListener("click", ({ target }) => {
  const details = target.closest("[data-snooze] > summary")?.parentElement;
  if (!details) return;
  const path = details.closest("[data-row]").querySelector(".row__title").getAttribute("href");
  for (const button of panel.querySelectorAll("button")) button.setAttribute("formaction", `${path}/snooze`);
  details.append(panel);
});
