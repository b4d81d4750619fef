// data-inbox: keeps the list in step with what happens elsewhere, without moving it under the reader's finger.
const inbox = document.querySelector("[data-inbox]");

if (inbox) {
  const list = () => document.getElementById("inbox-list");
  const field = (name) => list().elements[name].value;
  const pill = inbox.querySelector("[data-pill]"), status = inbox.querySelector("[data-pill-status]");
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const waiting = new Set();
  const echoes = [];
  let shown = list(), timer, busy = 0, frames = [];

  const reload = () =>
    htmx.ajax("GET", location.href, { source: inbox, target: "#inbox-list", swap: "none" }).catch(() => {});
  const recount = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { url } = document.getElementById("inbox-counts").dataset;
      htmx.ajax("GET", url, { source: inbox, swap: "none" }).catch(() => {});
    }, 250);
  };
  const raise = (text, aloud) => {
    pill.querySelector("span").textContent = text;
    pill.hidden = false;
    status.textContent = aloud;
  };

  // What "show more" will bring is not new, however often a stream that resumes tells of it.
  const isFurtherDown = (moment) => {
    const last = document.getElementById("more") && [...list().querySelectorAll("[data-row] time")].at(-1);
    return last && Date.parse(moment) < Date.parse(last.dateTime) + 1_000;
  };
  const arrive = (notification) => {
    const { id, notification_type, title, is_read, surfaced_at, group_key } = notification;
    const view = field("view"), type = field("type");
    if (is_read || document.getElementById(`n-${id}`) || !["all", "unread"].includes(view)) return;
    if (field("q") || field("group") || (type && type !== notification_type) || isFurtherDown(surfaced_at)) return;
    // A stream that resumes tells again of those that a row stands for already.
    if (list().querySelector(`[data-group="${CSS.escape(group_key)}"]`)?.id.slice(2) > id) return;
    if (!list().querySelector("[data-row]")) return reload();
    waiting.add(id);
    const words = pill.dataset[plural.select(waiting.size) === "one" ? "one" : "other"];
    raise(words.replace("{n}", number.format(waiting.size)), title);
  };
  const placeOf = ({ archived_at, snoozed_until }) => (archived_at ? "archived" : snoozed_until ? "snoozed" : "inbox");
  const change = (notification) => {
    const row = document.getElementById(`n-${notification.id}`), view = field("view");
    if (!row) return;
    const here = ["all", "unread"].includes(view) ? "inbox" : view;
    if (placeOf(notification) !== here || (view === "unread" && notification.is_read)) return row.remove();
    const button = row.querySelector('.row__acts [data-key="u"]'), verb = notification.is_read ? "unread" : "read";
    row.classList.toggle("is-unread", !notification.is_read);
    button.setAttribute("formaction", button.getAttribute("formaction").replace(/\w+$/, verb));
    button.setAttribute("aria-label", list().dataset[verb === "read" ? "labelRead" : "labelUnread"]);
  };

  // The stream also tells of what this tab did to a selection, once; the answer has shown that already.
  const isEcho = () => {
    while (echoes[0] < Date.now() - 3_000) echoes.shift();
    return echoes.shift() !== undefined;
  };
  const follow = ({ type, notification, id }) => {
    if (type === "notification.created") arrive(notification);
    if (type === "notification.updated") change(notification);
    if (type === "notification.deleted") document.getElementById(`n-${id}`)?.remove();
    if (type === "inbox.changed" && !isEcho()) {
      // A selection, or pages that were opened further down, are not thrown away unasked.
      if (list().querySelector("[name=ids]:checked, .page .page")) raise(pill.dataset.stale, pill.dataset.stale);
      else reload();
    }
    recount();
  };

  // The echo of our own action often overtakes its answer, which must still find the rows that it speaks of.
  document.addEventListener("notifi:frame", ({ detail }) => {
    if (detail.type === "hello") return;
    if (busy) frames.push(detail);
    else follow(detail);
  });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => { busy += detail.requestConfig.verb === "post"; });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.requestConfig.verb !== "post") return;
    if (detail.successful && !/\/(un)?read$/.test(detail.pathInfo.requestPath)) echoes.push(Date.now());
    if (--busy > 0) return;
    busy = 0;
    for (const frame of frames.splice(0)) follow(frame);
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (list() === shown) return;
    shown = list();
    waiting.clear();
    pill.hidden = true;
    status.textContent = "";
  });
  pill.addEventListener("click", async (event) => {
    event.preventDefault();
    await reload();
    scrollTo({ top: 0 });
    (inbox.querySelector(".row__title") ?? document.getElementById("title")).focus();
  });
}
