// The unread count, everywhere at once: title, badge, favicon, installed app.
const title = document.title.replace(/^\([\d\s.,]+\) /, "");
const badge = document.querySelector("[data-badge]");
const favicon = document.querySelector("[data-favicon]");
const number = new Intl.NumberFormat(document.documentElement.lang);
const counts = () => document.getElementById("mailbox-unread");
let shown = counts();

const show = (unread) => {
  document.title = (unread ? `(${number.format(unread)}) ` : "") + title;
  badge.hidden = !unread;
  badge.querySelector("[data-badge-number]").textContent = number.format(unread);
  favicon.href = unread ? favicon.dataset.dot : favicon.dataset.idle;
  (unread ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.())?.catch(() => {});
};

document.addEventListener("notifi:frame", ({ detail }) => {
  if (Number.isInteger(detail.unread_count)) show(detail.unread_count);
});
// A count that was just swapped in knows better; one that stood there all along does not.
document.addEventListener("htmx:afterSettle", () => {
  if (counts() === shown) return;
  shown = counts();
  show(Number(shown.value));
});
