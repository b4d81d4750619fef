// Shows pushes, takes them away again, and stands in for pages while there is no network.
// What a push holds is in docs/push.md. VERSION, of what is kept offline, is put before this script.
const OFFLINE = `offline-${VERSION}`;
const PAGE = "/static/offline.html", STYLE = "/static/offline.css";
const ICON = "/static/icon-192.png", BADGE = "/static/badge-96.png";
const API = "/api/notifications/";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(OFFLINE).then((cache) => cache.addAll([PAGE, STYLE])).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(visit(event));
  else if (new URL(request.url).pathname === STYLE) event.respondWith(kept(STYLE));
});
self.addEventListener("push", (event) => event.waitUntil(receive(event.data)));
self.addEventListener("notificationclick", (event) => event.waitUntil(open(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function takeOver() {
  for (const name of await caches.keys()) if (name !== OFFLINE) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

async function visit({ request, preloadResponse }) {
  try {
    return await preloadResponse ?? await fetch(request);
  } catch {
    return kept(PAGE);
  }
}

async function kept(path) {
  return await caches.match(path) ?? Response.error();
}

async function receive(data) {
  const push = read(data);
  if (push.withdraw) {
    for (const shown of await self.registration.getNotifications({ tag: push.withdraw })) shown.close();
    return badge(push.unread_count);
  }
  const { title, body, tag, url, id } = push;
  await self.registration.showNotification(title, { body, tag, icon: ICON, badge: BADGE, data: { url, id } });
  // The push does not say how many: a badge is worth a question, and nothing if nobody answers.
  if (navigator.setAppBadge) await ask("notifications/unread_count/").then((count) => badge(count.unread_count)).catch(() => {});
}

// A browser that is pushed to and shows nothing may end the subscription: there is always something to show.
function read(data) {
  try {
    const push = data.json();
    if (push.withdraw || push.title) return push;
  } catch { /* nothing that we sent */ }
  return { title: "Notifi", body: "", tag: "notifi", url: "/inbox" };
}

async function badge(unread) {
  if (Number.isInteger(unread)) await navigator.setAppBadge?.(unread);
}

async function open(notification) {
  notification.close();
  const { href } = target(notification.data ?? {});
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((one) => one.url === href);
  return tab ? tab.focus() : self.clients.openWindow(href);
}

// Pages elsewhere are opened from ours, where their address can be seen first.
function target({ url, id }) {
  const inside = id ? `/inbox/${id}` : "/inbox";
  try {
    const wanted = new URL(url ?? inside, self.location.origin);
    if (wanted.origin === self.location.origin) return wanted;
  } catch { /* not an address */ }
  return new URL(inside, self.location.origin);
}

async function renew({ newSubscription }) {
  const answer = await fetch("/devices/registration", { redirect: "error" });
  const { public_key, name, csrf_token } = await answer.json();
  const options = { userVisibleOnly: true, applicationServerKey: public_key };
  const subscription = newSubscription ?? await self.registration.pushManager.subscribe(options);
  const { endpoint, keys } = subscription.toJSON();
  await ask("devices/", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf_token },
    body: JSON.stringify({ kind: "webpush", name, endpoint, keys }),
  });
}

async function ask(path, options) {
  const answer = await fetch(API + path, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}
