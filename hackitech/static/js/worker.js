// The service worker, for those who installed the site or allowed it to notify them: nobody else needs one.
const wanted = matchMedia("(display-mode: standalone)").matches || window.Notification?.permission === "granted";
if (wanted) navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
