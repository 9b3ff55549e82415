/** Lets a form go once: a second press does nothing until the page is shown again. The pressed button keeps its value. */
const forms = document.querySelectorAll("form[data-once]");

function mark(form, sent) {
  form.toggleAttribute("data-sent", sent);
  for (const button of form.querySelectorAll("button[type=submit]")) {
    if (sent) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-sent")) event.preventDefault();
    else mark(form, true);
  });
}

// Coming back by the history shows the page as it was left, with the mark still on it.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) forms.forEach((form) => mark(form, false));
});
