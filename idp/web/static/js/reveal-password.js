/** Shows or hides a typed password. The button is only there with scripts on; a sent password is always hidden again. */
function show(button, field, shown) {
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  for (const word of button.querySelectorAll("[data-when]")) {
    word.hidden = (word.dataset.when === "shown") !== shown;
  }
}

for (const button of document.querySelectorAll("button[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => show(button, field, field.type === "password"));
  field.form?.addEventListener("submit", () => show(button, field, false));
}
