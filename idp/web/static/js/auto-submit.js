/** Sends the one form that carries an answer to an application; its button stays for those without scripts. */
document.querySelector("form[data-auto-submit]")?.submit();
