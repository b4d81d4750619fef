// data-copy: puts what a field holds on the clipboard; where that is not allowed, it stays selected.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = document.getElementById("announce").textContent = button.dataset.copied;
});
