/** Watches a sign-in that was shown as a picture: tells how far it is, goes on when it is confirmed, renews it five times. */
const form = document.querySelector("form[data-qr]");
const progress = document.getElementById("progress");
const EVERY = 2000;
const RENEWALS = 5;
const KEY = "yihao.qr.renewals";

function renew() {
  const done = Number(sessionStorage.getItem(KEY) ?? "0");
  if (done >= RENEWALS) return;
  sessionStorage.setItem(KEY, String(done + 1));
  location.replace(form.dataset.new);
}

async function look() {
  // A hidden page asks nobody: it looks once more when it is seen again.
  if (document.hidden) return;
  const { state, text } = await (await fetch(form.dataset.qr, { credentials: "same-origin" })).json();
  if (progress.textContent !== text) progress.textContent = text;
  if (state === "confirmed") form.submit();
  else if (state === "expired") renew();
  else if (state === "refused") location.reload();
  else setTimeout(watch, EVERY);
}

function watch() {
  look().catch(() => setTimeout(watch, EVERY * 5));
}

if (form) {
  document.addEventListener("visibilitychange", watch);
  watch();
}
