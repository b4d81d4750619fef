// data-filters: addresses without what is empty.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!detail.elt.matches("[data-filters]")) return;
  for (const [name, value] of Object.entries(detail.parameters)) {
    if (!value || (name === "view" && value === "all")) delete detail.parameters[name];
  }
});
