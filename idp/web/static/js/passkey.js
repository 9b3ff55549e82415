/** Asks the browser for a passkey, on a press or by autofill, and sends what it gives as a form (WebAuthn §5.1). */
const form = document.querySelector("form[data-passkey]");
const status = form?.querySelector("[role=status]");
let waiting = null;

const json = async (url) => (await fetch(url, { credentials: "same-origin" })).json();

function send(challenge, credential) {
  form.elements.challenge.value = challenge;
  form.elements.response.value = JSON.stringify(credential.toJSON());
  form.submit();
}

async function ask(kind, more = {}) {
  const { challenge, options } = await json(form.dataset.options);
  const parse = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  const publicKey = PublicKeyCredential[parse](options);
  const credential = await navigator.credentials[kind]({ publicKey, ...more });
  if (credential) send(challenge, credential);
}

/** The press: an autofill that waits is given up first, since a browser takes one question at a time. */
async function start() {
  waiting?.abort();
  status.textContent = status.dataset.busy;
  try {
    await ask(form.dataset.passkey);
  } catch {
    form.elements.response.value = "";
    form.submit();
  }
}

async function autofill() {
  if (form.dataset.conditional === undefined) return;
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  try {
    await ask("get", { mediation: "conditional", signal: waiting.signal });
  } catch {
    // Given up, or no passkey here: the page's other ways stay as they are.
  }
}

// One that this provider does not know, or knows no more: the browser need not offer it again (WebAuthn §5.1.10.2).
const gone = document.querySelector("[data-unknown]")?.dataset;
if (gone) {
  window.PublicKeyCredential?.signalUnknownCredential?.({ rpId: gone.rp, credentialId: gone.unknown })?.catch(() => {});
}

if (form && window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const button of form.querySelectorAll("[data-start]")) {
    button.hidden = false;
    button.addEventListener("click", start);
  }
  autofill();
} else if (status) {
  status.textContent = status.dataset.unsupported;
}
