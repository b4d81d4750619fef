// data-beside: what a link of a list leads to is shown beside the list, where there is room for it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-beside]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const panel = document.getElementById(link.dataset.beside);
  if (!panel?.checkVisibility()) return;
  event.preventDefault();
  htmx.ajax("GET", link.href, { source: link, target: panel, swap: "innerHTML" }).then(() => {
    document.querySelector("[data-beside][aria-current]")?.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    panel.scrollTop = 0;
    document.getElementById("announce").textContent = panel.dataset.said;
  }).catch(() => {});
});
