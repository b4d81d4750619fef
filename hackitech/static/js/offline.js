// data-offline: a banner for as long as there is no network.
const banner = document.querySelector("[data-offline]");
const text = document.querySelector("[data-offline-text]");
const show = () => banner.replaceChildren(...(navigator.onLine ? [] : [text.content.cloneNode(true)]));
addEventListener("online", show);
addEventListener("offline", show);
show();
