// data-switch: what is sent is on or off, as the switch stands now; what the server did not take is taken back.
const input = (cell) => cell.querySelector("input");
const sent = (detail) => detail.requestConfig.parameters.enabled === "true";
const cellOf = (detail) => (detail.elt ?? detail.requestConfig.elt).closest("[data-switch]");

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const cell = cellOf(detail);
  if (cell) detail.parameters.enabled = String(input(cell).checked);
});
// It was pressed again meanwhile: that request waits its turn and will bring the answer that counts.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const cell = cellOf(detail);
  if (!cell || !detail.shouldSwap || sent(detail) === input(cell).checked) return;
  input(cell).defaultChecked = sent(detail);
  detail.shouldSwap = false;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const cell = cellOf(detail);
  if (cell && !detail.successful && sent(detail) === input(cell).checked) input(cell).checked = input(cell).defaultChecked;
});
