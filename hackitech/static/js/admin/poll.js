// data-poll: what asks for itself again does so while somebody may see it, and until it is paused.
const pause = document.querySelector("[data-poll-pause]");
const paused = () => pause?.getAttribute("aria-pressed") === "true";

pause?.addEventListener("click", () => pause.setAttribute("aria-pressed", String(!paused())));
document.addEventListener("htmx:beforeRequest", (event) => {
  if ((document.hidden || paused()) && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});
