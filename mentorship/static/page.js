/* What pages do besides: everything here only adds, and each page works without it. */

const KEPT = "draft:";
const PAUSE = 2000;

/* After an error the summary takes the focus, so that a screen reader begins there. */
document.querySelector("[data-focus]")?.focus();

/* Autosave: a draft goes to the server when typing pauses; until the server has it, this device keeps a copy. */
for (const form of document.querySelectorAll("form[data-autosave]")) keepDraft(form);

function keepDraft(form) {
  const status = document.querySelector("[data-autosave-status]");
  const key = KEPT + form.dataset.autosave;
  let timer = 0, sending = false, changed = false, leaving = false;
  const say = (words) => { if (status) status.textContent = words; };
  const entries = () => [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
  const texts = (rows) => JSON.stringify(rows.filter(([name]) => name !== "version" && name !== "window"));
  const schedule = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };
  const keep = (submitted = false) => {
    // A full or closed store loses nothing: the server is asked all the same.
    try { localStorage.setItem(key, JSON.stringify({ rows: entries(), submitted })); } catch { /* as said */ }
  };
  const versionOf = (rows) => rows.find(([name]) => name === "version")?.[1];

  function fill(rows) {
    for (const box of form.querySelectorAll("input[type=checkbox], input[type=radio]")) {
      box.checked = rows.some(([name, value]) => name === box.name && value === box.value);
    }
    for (const [name, value] of rows) {
      const field = form.querySelector(`[name="${CSS.escape(name)}"]:not([type=checkbox]):not([type=radio])`);
      // The version and the window go back as they were when this was typed, so that the server sees what is stale.
      if (field) field.value = value;
    }
  }

  async function save() {
    if (sending || !changed) return;
    sending = true;
    changed = false;
    const sent = texts(entries());
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401) { say("You are signed out. What you wrote is kept on this device; sign in to save it."); return; }
      const told = await answer.json();
      if (!answer.ok) { say(told.error || "We couldn’t save. What you wrote is still on this page; try again."); return; }
      const version = form.querySelector('[name="version"]');
      if (version && told.version !== undefined) version.value = told.version;
      // A page that is being left may come back before this was stored: then the copy is compared with what came.
      if (texts(entries()) === sent && !leaving) localStorage.removeItem(key); else keep(leaving);
      say(`Saved at ${told.saved_at}`);
    } catch {
      changed = true;
      say("No connection. What you wrote is kept on this device and is saved when you are back.");
    } finally {
      sending = false;
      if (changed) schedule(navigator.onLine ? PAUSE : 5 * PAUSE);
    }
  }

  form.addEventListener("input", () => { changed = true; keep(); schedule(PAUSE); });
  // A form that was sent may still be lost on its way: the copy goes when a page comes back with a newer version.
  form.addEventListener("submit", () => { clearTimeout(timer); if (changed || localStorage.getItem(key)) keep(true); changed = false; });
  window.addEventListener("pagehide", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("online", () => schedule(0));

  const kept = JSON.parse(localStorage.getItem(key) || "null");
  if (!kept) return;
  const arrived = kept.submitted && versionOf(kept.rows) !== versionOf(entries());
  if (arrived || texts(kept.rows) === texts(entries())) { localStorage.removeItem(key); return; }
  fill(kept.rows);
  say("This is what you wrote here while it could not be saved.");
  changed = true;
  schedule(0);
}

/* Signing out leaves no draft behind on a shared computer. */
for (const form of document.querySelectorAll("form[data-forget]")) {
  form.addEventListener("submit", () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(KEPT)) localStorage.removeItem(key);
  });
}

/* The planning run tells how far it is; the live region speaks every ten seconds at most. */
for (const run of document.querySelectorAll("[data-poll]")) {
  const bar = run.querySelector("progress"), live = run.querySelector("[data-poll-live]");
  let spoken = 0;
  const ask = async () => {
    try {
      const told = await (await fetch(run.dataset.poll, { headers: { Accept: "application/json" } })).json();
      if (told.done || (run.dataset.pollShape ?? told.shape) !== told.shape) { window.location.reload(); return; }
      if (bar && told.percent !== undefined) bar.value = told.percent;
      for (const place of run.querySelectorAll("[data-poll-text]")) {
        const words = place.dataset.pollText.split(".").reduce((found, name) => found?.[name], told);
        if (words !== undefined) place.textContent = words;
      }
      for (const mark of run.querySelectorAll("[data-poll-mark]")) {
        for (const [name, value] of Object.entries(told.chart?.marks[mark.dataset.pollMark] ?? {})) mark.setAttribute(name, value);
      }
      if (live && Date.now() - spoken > 10000) { live.textContent = told.headline; spoken = Date.now(); }
    } catch { /* The next question may get through; “Check again” works without any of this. */ }
    setTimeout(ask, 1000);
  };
  ask();
}

/* How many there are is looked up one after another, once the page is there; the links work without. */
(async () => {
  for (const place of document.querySelectorAll("[data-count]")) {
    try {
      const told = await (await fetch(place.dataset.count, { headers: { Accept: "application/json" } })).json();
      place.textContent = ` (${told.words})`;
    } catch { return; }
  }
})();

/* Filters answer at once; without this there is a Show button. */
for (const form of document.querySelectorAll("form[data-filter]")) {
  form.addEventListener("change", () => form.requestSubmit());
  for (const button of form.querySelectorAll("[data-filter-show]")) button.hidden = true;
}

/* A print-ready page opens the print dialog by itself. */
if (document.querySelector("[data-print]")) window.print();

/* A menu closes with Escape and when the focus leaves it. */
for (const menu of document.querySelectorAll("details.menu")) {
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); } });
  menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
}
