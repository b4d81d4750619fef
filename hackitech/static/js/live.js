// The live connection. One tab holds the socket and tells the others; every tab gets each frame as `notifi:frame`.
const { member, after } = document.body.dataset;

if (member) {
  const channel = new BroadcastChannel(`notifi-${member}`);
  const seen = new Set();
  let last = Number(after), up = false, failures = 0, socket, timer;

  const take = (frame) => {
    if (frame.type === "link") { up = frame.up; return; }
    const notification = frame.notification;
    if (frame.type === "notification.created") {
      if (seen.has(notification.id)) return;
      seen.add(notification.id);
      last = Math.max(last, notification.id);
    } else if (notification?.snoozed_until) seen.delete(notification.id);
    document.dispatchEvent(new CustomEvent("notifi:frame", { detail: frame }));
  };
  const share = (frame) => { take(frame); channel.postMessage(frame); };

  const connect = () => {
    const url = new URL("/api/notifications/stream/", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("after", last);
    clearTimeout(timer);
    socket = new WebSocket(url);
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "hello") { failures = 0; share({ type: "link", up: true }); }
      share(frame);
    };
    socket.onclose = ({ code }) => {
      socket = null;
      share({ type: "link", up: false });
      if (code === 1008) return;
      const most = code === 1012 ? 10_000 : Math.min(1_000 * 2 ** failures++, 30_000);
      timer = setTimeout(connect, Math.random() * most);
    };
  };
  const own = () => new Promise(() => {
    channel.addEventListener("message", ({ data }) => {
      if (data.type === "ask") channel.postMessage({ type: "link", up });
    });
    addEventListener("online", () => { if (!socket) connect(); });
    addEventListener("offline", () => socket?.close());
    connect();
  });

  channel.addEventListener("message", ({ data }) => { if (data.type !== "ask") take(data); });
  channel.postMessage({ type: "ask" });
  // Without locks (plain http elsewhere than on this machine) every tab has a socket of its own.
  if (navigator.locks) navigator.locks.request(`notifi-${member}`, own);
  else own();

  let polled = null;
  setInterval(async () => {
    if (up || document.hidden) return;
    const answer = await fetch("/api/notifications/notifications/unread_count/").catch(() => null);
    if (!answer?.ok) return;
    const { unread_count } = await answer.json();
    if (unread_count !== polled) take({ type: "inbox.changed", unread_count });
    polled = unread_count;
  }, 60_000);
}
