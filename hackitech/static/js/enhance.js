// data-enhance: a form whose buttons work in place. The answer is made of parts that find their own place.
document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (!form.matches("[data-enhance]")) return;
  event.preventDefault();
  // Without the place on the page that it leads to: here nothing moves.
  const [path] = (button?.getAttribute("formaction") ?? form.getAttribute("action")).split("#");
  // From the row rather than the form: two rows can be acted on at once, each in its own order.
  const source = button?.closest("[data-row]") ?? form;
  const values = button?.name ? { [button.name]: button.value } : {};
  htmx.ajax("POST", path, { source, values, swap: "none" }).catch(() => {});
});
