// What went wrong, said once: in place of the list where it could not be loaded, else in a toast.
const error = document.querySelector("[data-list-error]");
const texts = document.querySelector("[data-toast-texts]");
const toasts = document.querySelector("[data-toasts]");

const say = (kind) => {
  const toast = texts.content.cloneNode(true);
  toast.querySelector("p").textContent = texts.dataset[kind];
  toasts.replaceChildren(toast);
};

const fail = ({ detail }) => {
  const { status } = detail.xhr;
  if (status === 401) location.reload();
  else if (error && detail.requestConfig.verb === "get" && detail.target.id === "inbox-list") {
    error.hidden = false;
    error.querySelector("[data-retry]").onclick = () =>
      htmx.ajax("GET", detail.pathInfo.finalRequestPath, { source: "[data-inbox]", target: "#inbox-list", swap: "none" }).catch(() => {});
  } else say({ 0: "offline", 403: "denied", 429: "slow" }[status] ?? "failed");
};

for (const name of ["responseError", "sendError", "timeout"]) document.addEventListener(`htmx:${name}`, fail);

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target.id === "inbox-list") detail.target.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.target.id !== "inbox-list") return;
  document.getElementById("inbox-list").removeAttribute("aria-busy");
  if (error && detail.successful) error.hidden = true;
});

document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]").remove());
