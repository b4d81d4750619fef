// Says that scripts run, and leads to what is wrong with a form that came back.
document.documentElement.classList.add("js");
document.querySelector("[data-error-summary]")?.focus();
