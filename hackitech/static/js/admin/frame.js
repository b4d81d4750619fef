// data-sent-by: a frame that shows what a form says. That button sends the form into it when the preview has changed.
const preview = () => document.getElementById("previews");
let frame = document.querySelector("iframe[data-sent-by]");
let shown = preview()?.dataset.version;

const show = () => {
  // A new frame each time: sent into the same one, every change would be a step on the way back.
  const fresh = frame.cloneNode();
  fresh.removeAttribute("src");
  frame.replaceWith(fresh);
  frame = fresh;
  const button = document.getElementById(frame.dataset.sentBy);
  button.form.requestSubmit(button);
};
if (frame?.dataset.unsaved !== undefined) show();
document.addEventListener("htmx:afterSettle", () => {
  if (!frame || preview().dataset.version === shown) return;
  shown = preview().dataset.version;
  show();
});
