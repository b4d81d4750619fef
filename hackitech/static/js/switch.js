// data-switch: what is sent is the cell as it stands now; what the server did not take is taken back.
const controls = (cell) => [cell.querySelector("input"), cell.querySelector("select")];
const state = (cell) => {
  const [on, often] = controls(cell);
  return `${on.checked}:${often?.value ?? ""}`;
};
const sent = (detail) => detail.requestConfig.parameters.enabled + ":" + detail.requestConfig.parameters.frequency;
const cellOf = (detail) => (detail.elt ?? detail.requestConfig.elt).closest("[data-switch]");

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const cell = cellOf(detail);
  if (cell) [detail.parameters.enabled, detail.parameters.frequency] = state(cell).split(":");
});
// It was changed again meanwhile: that request waits its turn and will bring the answer that counts.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const cell = cellOf(detail);
  if (!cell || !detail.shouldSwap || sent(detail) === state(cell)) return;
  cell.dataset.switch = sent(detail);
  detail.shouldSwap = false;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const cell = cellOf(detail);
  if (!cell || detail.successful || sent(detail) !== state(cell)) return;
  const [on, often] = controls(cell), [enabled, frequency] = cell.dataset.switch.split(":");
  on.checked = enabled === "true";
  if (often) often.value = frequency;
});
