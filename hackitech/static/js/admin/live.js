// data-live: a part of the page that asks for itself anew while somebody looks, until it is paused.
const EVERY = 10_000;
const pause = document.querySelector("[data-live-pause]");
const live = () => document.querySelector("[data-live]");
const paused = () => pause.getAttribute("aria-pressed") === "true";
const refresh = () => document.hidden || paused() || htmx.trigger(live(), "refresh");

// A failure is shown where the time stands: a toast would be read aloud at every tick.
const stale = (event) => {
  if (!event.detail.elt?.matches("[data-live]") || event.detail.xhr?.status === 401) return;
  event.stopPropagation();
  live().querySelector("[data-live-fresh]").hidden = true;
  live().querySelector("[data-live-stale]").hidden = false;
};

if (pause) {
  let timer = setInterval(refresh, EVERY);
  const again = () => {
    clearInterval(timer);
    timer = setInterval(refresh, EVERY);
    refresh();
  };
  pause.addEventListener("click", () => {
    pause.setAttribute("aria-pressed", String(!paused()));
    if (!paused()) again();
  });
  document.addEventListener("visibilitychange", () => document.hidden || again());
  for (const name of ["responseError", "sendError", "timeout"]) {
    document.getElementById("main").addEventListener(`htmx:${name}`, stale);
  }
}
