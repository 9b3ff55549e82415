/** Lets a USB key sign the line of a form[data-ukey]: the helper on this machine shows it and asks for the PIN. */
const KNOWN = { no_key: "noKey", wrong_pin: "wrongPin", locked: "locked", cancelled: "cancelled", busy: "busy" };

async function ask(port, path, seconds, body) {
  const answer = await fetch(`http://127.0.0.1:${port}/yihao/v1/${path}`, {
    method: body ? "POST" : "GET",
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
    mode: "cors",
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(seconds * 1000),
  });
  return answer.json();
}

/** The name of the text to show, and the tries that it tells of; nothing when the form is ready to go. */
async function sign(form) {
  const { port, text } = form.dataset;
  let status;
  try {
    status = await ask(Number(port), "status", 5);
  } catch {
    return ["absent"];
  }
  if (!status.keys) return ["noKey"];
  const answer = await ask(Number(port), "sign", 120, { text });
  if (answer.error) return [KNOWN[answer.error] ?? "failed", answer.tries_left];
  form.elements.certificate.value = answer.certificates.join(" ");
  form.elements.signature.value = answer.signature;
  return [];
}

function say(form, name, tries) {
  const words = form.dataset[name] ?? form.dataset.failed;
  form.querySelector("[role=status]").textContent = words.replace("{tries}", String(Number(tries)));
}

for (const form of document.querySelectorAll("form[data-ukey]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy) return;
    form.ariaBusy = "true";
    say(form, "working");
    const [name, tries] = await sign(form).catch(() => ["failed"]);
    if (!name) return form.submit();
    say(form, name, tries);
    form.ariaBusy = null;
  });
  // Coming back by the history shows the page as it was left.
  window.addEventListener("pageshow", () => (form.ariaBusy = null));
}
