// data-insert: a button that writes its words into the field where the writer was last.
let field = null;
document.addEventListener("focusin", ({ target }) => { if (target.matches("[data-source]")) field = target; });
document.addEventListener("click", ({ target }) => {
  const chip = target.closest("[data-insert]");
  if (!chip) return;
  const into = field ?? document.querySelector("[data-source]");
  into.focus();
  into.setRangeText(chip.dataset.insert, into.selectionStart, into.selectionEnd, "end");
  into.dispatchEvent(new Event("input", { bubbles: true }));
});
