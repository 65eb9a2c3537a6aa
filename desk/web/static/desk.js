// The lock falls when nobody is there, and says so to the server; nothing else is decided here.
"use strict";
(() => {
  const { idle, unlock, alive, form } = document.body.dataset;
  const most = Number(idle) * 1000;
  let used = Date.now();
  let told = used;
  const lock = () => location.replace(unlock);
  const use = () => {
    const now = Date.now();
    if (now - used >= most) return lock();
    used = now;
    if (now - told > 60000) {
      told = now;
      fetch(alive, { method: "POST", body: new URLSearchParams({ form }) })
        .then((answer) => { if (answer.redirected) lock(); })
        .catch(() => {});
    }
  };
  for (const name of ["keydown", "pointerdown", "scroll", "touchstart"]) {
    addEventListener(name, use, { passive: true, capture: true });
  }
  setInterval(() => { if (Date.now() - used >= most) lock(); }, 5000);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.documentElement.classList.add("js");

  // A list that is chosen from sends by itself; with the keyboard each step would be a choice, so its button does.
  let typed = false;
  for (const name of ["keydown", "pointerdown"]) {
    addEventListener(name, () => { typed = name === "keydown"; }, { passive: true, capture: true });
  }
  addEventListener("change", (event) => {
    if (!event.target.matches("[data-sends]")) return;
    if (!typed) return event.target.form.requestSubmit();
    for (const button of event.target.form.querySelectorAll(".noscript")) button.classList.remove("noscript");
  });

  // What was changed after it was shown is not what was shown.
  addEventListener("input", (event) => {
    const shown = document.getElementById("as-shown");
    if (!shown || !event.target.matches("#text, #spoken, #address, [name=anyway]")) return;
    shown.hidden = true;
    document.getElementById("changed").hidden = false;
  });

  // j and k go through a list, / searches; never while somebody writes.
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/") {
      const field = document.querySelector("input[type=search]");
      if (field) { event.preventDefault(); field.focus(); }
      return;
    }
    if (event.key !== "j" && event.key !== "k") return;
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.indexOf(document.activeElement);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
    if (next) next.focus();
  });

  // In an interview a digit picks a choice, 0 skips, and Ctrl with Enter goes on from a text.
  addEventListener("keydown", (event) => {
    const asked = event.target.closest("[data-talk]") || document.querySelector("[data-talk]");
    if (!asked || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      asked.requestSubmit(asked.querySelector("button"));
    }
    if (event.ctrlKey || event.metaKey || !/^\d$/.test(event.key)) return;
    if (event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    const choices = asked.querySelectorAll(".option input");
    const skip = asked.querySelector("button[value=skip]");
    const picked = choices[Number(event.key) - 1];
    if (picked) { picked.focus(); picked.click(); }
    else if (event.key === "0" && choices.length && skip) skip.click();
  });

  // A file is sent by itself, as bytes, and the page is shown anew: nothing of it is a form's.
  addEventListener("change", async (event) => {
    const field = event.target.closest("input[type=file][data-to]");
    if (!field) return;
    const told = document.getElementById("noted");
    const chosen = [...field.files];
    const large = chosen.find((file) => file.size > Number(field.dataset.most));
    if (large) {
      field.value = "";
      told.textContent = large.name + told.dataset.large;
      return;
    }
    for (const file of chosen) {
      told.textContent = told.dataset.coming + file.name + " \u2026";
      const headers = { "Content-Type": "application/octet-stream", "X-Form": form, "X-Name": encodeURIComponent(file.name) };
      const answer = await fetch(field.dataset.to, { method: "POST", body: file, headers }).catch(() => null);
      if (!answer || !answer.ok) break;
    }
    field.value = "";
    location.reload();
  });

})();
