// data-push: whether pushes reach this browser. It asks for permission when its button is pressed, never before.
const card = document.querySelector("[data-push]");

if (card) {
  const { key, name } = card.dataset;
  const able = "PushManager" in window && "Notification" in window && navigator.serviceWorker;
  const isApple = /iPhone|iPad/.test(navigator.userAgent) || (/^Mac/.test(navigator.platform) && navigator.maxTouchPoints > 1);
  const api = "/api/notifications/devices/";
  let list;

  const show = (state) => {
    for (const part of card.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
  };
  const send = async (method, path, body) => {
    const headers = { "Content-Type": "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) };
    const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status}`);
  };
  const subscribed = async () => (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription();
  const keyOf = ({ options }) =>
    btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  // The list does not tell addresses: a browser knows its own by the beginning of their hash.
  const rowOf = async ({ endpoint }) => {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`webpush ${endpoint}`));
    const mark = [...new Uint8Array(hash)].slice(0, 8).map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return document.querySelector(`[data-mark="${mark}"]`);
  };
  const works = (row, subscription) => row && !("disabled" in row.dataset) && keyOf(subscription) === key;

  const look = async () => {
    list = document.getElementById("devices");
    if (!able) return show(isApple && !navigator.standalone ? "ios" : "unsupported");
    const subscription = await subscribed(), row = subscription && await rowOf(subscription);
    row?.querySelector("[data-here]").removeAttribute("hidden");
    if (Notification.permission !== "granted") show(Notification.permission);
    else show(works(row, subscription) ? "granted" : "lost");
  };
  const reload = () => htmx.ajax("GET", "/devices", { source: card, target: "#devices", swap: "outerHTML" });

  const acts = {
    on: async () => {
      if (await Notification.requestPermission() !== "granted") return;
      await navigator.serviceWorker.register("/service-worker.js");
      const { pushManager } = await navigator.serviceWorker.ready;
      const old = await pushManager.getSubscription();
      // What is dead, or made with another key, is in the way of a new one.
      if (old && !works(await rowOf(old), old)) await old.unsubscribe();
      const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      const { endpoint, keys } = subscription.toJSON();
      await send("POST", api, { kind: "webpush", name, endpoint, keys });
    },
    off: async () => {
      const subscription = await subscribed();
      await send("DELETE", `${api}${(await rowOf(subscription)).dataset.device}/`);
      await subscription.unsubscribe();
    },
  };

  card.addEventListener("click", async ({ target }) => {
    const act = acts[target.closest("[data-act]")?.dataset.act];
    if (!act) return;
    show("busy");
    await act().then(reload).then(look).catch(() => show("failed"));
    card.querySelector("[data-state]:not([hidden]) button")?.focus();
  });
  document.addEventListener("htmx:afterSettle", () => { if (document.getElementById("devices") !== list) look(); });
  navigator.permissions?.query({ name: "notifications" }).then((permission) => { permission.onchange = look; }, () => {});
  look();
}
