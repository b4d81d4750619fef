// data-framed: an email's frame follows what was saved, without a flicker or a step back; one out of sight waits.
const follow = () => {
  for (const frame of document.querySelectorAll("[data-framed]")) {
    const { version } = document.getElementById(frame.dataset.framed).dataset;
    if (frame.dataset.version === version || !frame.checkVisibility()) continue;
    frame.dataset.version = version;
    const url = new URL(frame.src);
    url.searchParams.set("v", version);
    frame.contentWindow.location.replace(url);
  }
};
document.addEventListener("htmx:afterSettle", follow);
document.addEventListener("change", ({ target }) => { if (target.name === "previewed") follow(); });
