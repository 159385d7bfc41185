// Small manners of the pages. Everything works without this file but live progress and dialogs (which are pages then).
(() => {
  "use strict";
  const body = document.body;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  let csrf = body.dataset.csrf;

  // Requests of htmx carry the CSRF token; refreshes that nobody asked for do not count as activity.
  document.addEventListener("htmx:configRequest", (event) => {
    const headers = event.detail.headers;
    headers["X-CSRF-Token"] = csrf;
    if (event.detail.verb === "get") {
      const asked = event.detail.parameters; // an empty filter does not stand in the address
      Object.keys(asked).forEach((name) => { if (asked[name] === "") delete asked[name]; });
    }
    if (body.dataset.user) headers["X-Expected-User"] = body.dataset.user;
    if (event.detail.triggeringEvent && event.detail.triggeringEvent.type === "live") {
      headers["X-Background"] = "1";
      event.detail.path = shows(event.detail.elt);
    }
  });

  // Dialogs: an answer put into a dialog opens it; Esc, a [data-close] button or a click outside closes it.
  const dialogOf = (node) => node.closest("dialog");
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = dialogOf(event.detail.target);
    if (dialog && !dialog.open) dialog.showModal();
    if (dialog) (one("[data-error-summary]", dialog) || one("[autofocus]", dialog) || dialog).focus();
    settle(event.detail.target);
  });
  const unsaved = (root) => all("form[data-guard]", root).some((form) => form.dataset.changed);
  const close = (dialog) => {
    if (unsaved(dialog) && !window.confirm(body.dataset.unsaved)) return;
    dialog.close();
  };
  document.addEventListener("cancel", (event) => {
    if (event.target.matches("dialog")) { event.preventDefault(); close(event.target); }
  }, true);
  document.addEventListener("close", (event) => {
    const shown = one("#dialog-body, #session-dialog-body", event.target);
    if (shown) shown.replaceChildren();
  }, true);

  // Unsaved changes are asked about; also before another search or page takes the table away in which something is typed.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (elt !== target && target.matches("[data-live]") && unsaved(target) && !window.confirm(body.dataset.unsaved)) event.preventDefault();
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) form.dataset.changed = "1";
  });
  document.addEventListener("submit", (event) => { delete event.target.dataset.changed; }, true);
  window.addEventListener("beforeunload", (event) => { if (unsaved(document)) event.preventDefault(); });

  // One listener for clicks.
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const closer = target.closest("[data-close]");
    if (closer) { close(dialogOf(closer)); return; }
    if (target.matches("dialog")) {
      const box = target.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) close(target);
      return;
    }
    const pencil = target.closest("a[data-edit]");
    if (pencil && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); edit(pencil); return; }
    const leaver = target.closest("a[data-leave]");
    if (leaver) { if (leave(leaver.closest("form"))) event.preventDefault(); return; }
    if (target.closest("[data-renew]")) { renew(); return; }
    const copier = target.closest("[data-copy]");
    if (copier) { copy(document.getElementById(copier.dataset.copy)); return; }
    if (target.closest("[data-print]")) { window.print(); return; }
    const dismiss = target.closest("[data-dismiss]");
    if (dismiss) { dismiss.closest("[data-toast]").remove(); return; }
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
    openRow(event, target);
  });
  // A field is changed where it stands. Not by attributes of htmx: a large table has a thousand pencils. What stood there
  // is kept, so that the field can be left without asking anybody: the line may be away, or the item gone.
  const before = new WeakMap();
  const edit = (pencil) => {
    const cell = pencil.closest(".in-place");
    before.set(cell.parentElement, cell.cloneNode(true));
    window.htmx.ajax("GET", `${pencil.getAttribute("href")}?edit=1`, {
      source: pencil, target: cell, swap: "outerHTML settle:0ms", headers: { "HX-Target": "in-place" },
    });
  };
  const leave = (form) => {
    const cell = before.get(form.parentElement);
    if (!cell) return false;
    form.replaceWith(cell);
    window.htmx.process(cell);
    one("[data-edit]", cell).focus();
    catchUp();
    return true;
  };
  const openRow = (event, target) => {
    const row = target.closest("tr[data-href]");
    if (!row || one("form.in-place", row) || target.closest("a, button, input, select, label, summary") || String(window.getSelection())) return;
    const link = one(`a[href="${CSS.escape(row.dataset.href)}"]`, row) || one("a[href]", row);
    if (event.ctrlKey || event.metaKey) { window.open(row.dataset.href, "_blank"); return; }
    if (link) link.click(); else window.location.assign(row.dataset.href);
  };

  const copy = async (node) => {
    const text = node.dataset.value || node.textContent.trim();
    try { await navigator.clipboard.writeText(text); } catch {
      const area = document.createElement("textarea");
      area.value = text; (dialogOf(node) || body).append(area); area.select(); document.execCommand("copy"); area.remove();
    }
    say(body.dataset.copied);
  };
  const say = (text) => {
    one("#spoken").textContent = text;
    const toast = document.createElement("div");
    toast.className = "note toast-one good"; toast.dataset.toast = ""; toast.textContent = text;
    one("#toasts").append(toast);
    window.setTimeout(() => toast.remove(), 2500);
  };

  // Keyboard: "/" goes to the search; arrows walk the rows of a table, from pencil to pencil of one column.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog");
    if (event.key === "/" && !typing) {
      const search = one("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest("tbody tr") && !event.target.closest("form.in-place")) {
      const row = event.target.closest("tr");
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      const field = event.target.dataset.edit;
      const link = next && ((field && one(`[data-edit="${CSS.escape(field)}"]`, next)) || one("a, input", next));
      if (link) { event.preventDefault(); link.focus(); }
    }
  });

  // Selection in tables: the bulk bar shows itself when rows are ticked.
  const picks = () => all("[data-pick]");
  const countPicks = () => {
    const chosen = picks().filter((box) => box.checked);
    const found = one("[data-found]"); // all that were found, over all pages: offered as soon as a row is ticked
    if (found && chosen.length < picks().length) found.checked = false;
    all("[data-pick-found]").forEach((strip) => { strip.hidden = chosen.length === 0; });
    picks().forEach((box) => box.closest("tr").classList.toggle("picked", box.checked));
    all("[data-bulk]").forEach((bar) => { bar.hidden = chosen.length === 0; });
    all("[data-picked]").forEach((node) => { node.textContent = found && found.checked ? found.dataset.found : String(chosen.length); });
    const head = one("[data-pick-all]");
    if (head) { head.checked = chosen.length > 0 && chosen.length === picks().length; head.indeterminate = chosen.length > 0 && !head.checked; }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) picks().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-found]:checked")) picks().forEach((box) => { box.checked = true; });
    if (event.target.matches("[data-pick], [data-pick-all], [data-found]")) countPicks();
    if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
  });
  let chosenBefore = new Set();
  let foundBefore = null; // what was searched for when all that were found had been chosen
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!one("[data-pick]", event.detail.target)) return;
    chosenBefore = new Set(picks().filter((box) => box.checked).map((box) => box.value));
    const found = one("[data-found]");
    foundBefore = found && found.checked ? found.dataset.searchKey : null;
  });

  // Uploads: dropping a file on the field, and how much of it was sent.
  all("[data-drop]").forEach((zone) => {
    const input = one("input[type=file]", zone);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault(); zone.classList.remove("over");
      if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    });
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const shown = event.target.querySelector && one("[data-upload-progress]", event.target);
    if (!shown || !event.detail.lengthComputable) return;
    shown.hidden = false;
    const bar = one("progress", shown);
    bar.max = event.detail.total; bar.value = event.detail.loaded;
  });

  // Live: events of the account refresh the parts that asked for them; without a stream they are asked every 5 s.
  const TOO_OFTEN = 700;
  const refreshed = new WeakMap();
  const waiting = new WeakMap();
  const refresh = (part) => {
    const since = performance.now() - (refreshed.get(part) || -TOO_OFTEN);
    if (waiting.has(part) || ended()) return;
    if (since < TOO_OFTEN) {
      waiting.set(part, window.setTimeout(() => { waiting.delete(part); refresh(part); }, TOO_OFTEN - since));
      return;
    }
    refreshed.set(part, performance.now());
    if (!part.isConnected) return;
    if (edited(part)) { stale.add(part); return; }
    window.htmx.trigger(part, "live");
  };
  // What somebody types into, has just asked to, or is pressing on is left alone, also by an answer that was under way:
  // a link replaced between press and release is never followed. It is brought up to date after.
  const stale = new Set();
  const edited = (part) => Boolean(one("form.in-place, .htmx-request, :active", part))
    || (part.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), select, textarea"));
  const catchUp = () => stale.forEach((part) => { if (!edited(part)) { stale.delete(part); refresh(part); } });
  // What a part shows: after a search or another page of a table that is no longer what stood there at first. An answer
  // for what it showed before comes too late.
  const shows = (part) => part.dataset.shows || part.getAttribute("hx-get");
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    const asked = event.detail.requestConfig;
    if (!part.matches("[data-live]") || !event.detail.shouldSwap) return;
    if (asked.elt !== part) {
      if (asked.verb === "get") part.dataset.shows = event.detail.pathInfo.finalRequestPath;
      return;
    }
    if (!edited(part) && asked.path === shows(part)) return;
    event.detail.shouldSwap = false;
    stale.add(part);
  });
  ["htmx:afterSettle", "htmx:afterRequest"].forEach((end) => document.addEventListener(end, catchUp));
  ["focusout", "pointerup", "pointercancel"].forEach((end) => document.addEventListener(end, () => window.setTimeout(catchUp)));
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest("form.in-place");
    if (form) leave(form);
  });
  const parts = () => all("[data-live]");
  const heights = new Map(); // how far each exchange was heard to be; stored values come later and are smaller
  const move = (id) => {
    const { done, total } = heights.get(id) || {};
    if (!total) return;
    all(`[data-progress="${CSS.escape(id)}"]`).forEach((line) => {
      const bar = one("progress", line);
      if (bar.max === total && bar.value > done) return;
      bar.max = total; bar.value = done;
      const words = one("[data-words]", line);
      if (words) words.textContent = words.dataset.words.replace("{done}", done).replace("{total}", total);
      all(`[data-percent="${CSS.escape(id)}"] > span`).forEach((badge) => {
        badge.textContent = badge.textContent.replace(/\d+/, String(Math.floor(done * 100 / total)));
      });
    });
  };
  const concerns = (part, kind, values) => part.dataset.live.split(" ").some((wish) => {
    const [name, id] = wish.split(":");
    return name === kind && (!id || values.includes(id));
  });
  const KINDS = ["register_changed", "register_group_changed", "exchange_changed", "import_changed", "base_changed", "item_group_changed", "account_changed", "notified", "user_changed"];
  let stream = null;
  let streaming = false;
  let opened = false; // the line stood before: who was signed in may have changed meanwhile
  const ended = () => one("#session-dialog").open; // somebody is signing in there: leave the form alone
  const hush = () => { if (stream) stream.close(); stream = null; streaming = false; };
  const listen = () => {
    if (stream || ended() || document.hidden || !body.dataset.liveUrl || !parts().length || !window.EventSource) return;
    stream = new EventSource(body.dataset.liveUrl);
    const heard = (kind) => (event) => {
      let told = {};
      try { told = JSON.parse(event.data); } catch { /* a keep-alive without data */ }
      if (told.kind === "progress" && told.exchange) { heights.set(told.exchange, told); move(told.exchange); return; }
      const values = Object.values(told).filter((value) => typeof value === "string");
      parts().filter((part) => concerns(part, kind || told.kind, values)).forEach(refresh);
    };
    KINDS.forEach((kind) => stream.addEventListener(kind, heard(kind)));
    stream.addEventListener("message", heard(""));
    stream.addEventListener("end", () => { hush(); parts().slice(0, 1).forEach(refresh); });
    stream.addEventListener("resync", () => parts().forEach(refresh));
    stream.addEventListener("open", () => {
      if (!streaming) { parts().forEach(refresh); if (opened) lookAtSession(); }
      streaming = opened = true;
    });
    stream.addEventListener("error", () => {
      streaming = false;
      if (stream && stream.readyState === EventSource.CLOSED) { hush(); window.setTimeout(listen, 5000); }
    });
  };
  window.addEventListener("pagehide", hush);
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  window.setInterval(() => { if (!streaming && !document.hidden) parts().forEach(refresh); }, 5000);
  // A browser has six lines to a server for all its tabs: a tab that nobody looks at gives its line back.
  let away = 0;
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(away);
    if (document.hidden) away = window.setTimeout(hush, 10000); else listen();
  });

  // The session ended and was renewed in a dialog over the page: what was typed stays, the tokens are new.
  const takeToken = (token) => {
    csrf = token;
    body.dataset.csrf = csrf;
    all("input[name=csrf]").forEach((input) => { input.value = csrf; });
  };
  document.addEventListener("session-renewed", (event) => {
    takeToken(event.detail.csrf);
    one("#session-dialog").close();
    hush();
    listen();
    lookAtSession();
  });

  // Two minutes before the session ends a dialog counts down. Other tabs may have gone on meanwhile, so the server is
  // asked first; asking is no activity. Times are told in seconds from now: the clock of this computer may be wrong.
  const WARN_SECONDS = 120;
  const ASK_EVERY = 10000;
  const warning = one("#session-warning");
  let ends = null; // when, by this computer's clock
  let asked = 0;
  let hidden = false; // the warning was closed by hand: it does not come back for the same end
  const setEnds = (idle, whole) => {
    const now = Date.now();
    ends = { idle: now + idle * 1000, whole: now + whole * 1000 };
  };
  const told = (answer) => {
    if (answer.over) {
      if (warning.open) warning.close();
      if (ended()) return;
      const part = one("#bell") || one("[data-live]");
      if (part) window.htmx.trigger(part, "live"); else window.location.reload(); // the refusal brings the sign-in form
      return;
    }
    if (answer.user !== body.dataset.user) return;
    if (ended()) { document.dispatchEvent(new CustomEvent("session-renewed", { detail: answer })); return; }
    takeToken(answer.csrf);
    setEnds(answer.idle_left, answer.session_left);
    const left = secondsLeft();
    if (left > WARN_SECONDS) { hidden = false; if (warning.open) warning.close(); }
    else if (!warning.open && !hidden) warn();
  };
  const ask = async (options) => {
    asked = Date.now();
    try {
      const answer = await fetch("/me/session", { credentials: "same-origin", cache: "no-store", ...options });
      if (answer.ok) told(await answer.json());
    } catch { /* the line is away: asked again soon */ }
  };
  const lookAtSession = async () => { if (ends) await ask({ headers: { "X-Background": "1" } }); };
  const renew = async () => {
    await lookAtSession(); // the token may be another one by now
    if (!ended()) await ask({ method: "POST", headers: { "X-CSRF-Token": csrf } });
  };
  const secondsLeft = () => Math.round((Math.min(ends.idle, ends.whole) - Date.now()) / 1000);
  const warn = () => {
    const limit = ends.whole <= ends.idle || ends.whole - Date.now() <= WARN_SECONDS * 1000;
    all("[data-when]", warning).forEach((node) => { node.hidden = node.dataset.when !== (limit ? "limit" : "idle"); });
    countDown();
    warning.showModal();
    one(limit ? "[data-close]" : "[data-renew]", warning).focus();
  };
  const countDown = () => {
    const left = Math.max(0, secondsLeft());
    one("[data-left]", warning).textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  };
  if (warning) {
    setEnds(Number(body.dataset.idleLeft), Number(body.dataset.sessionLeft));
    warning.addEventListener("close", () => { hidden = secondsLeft() <= WARN_SECONDS; });
    window.setInterval(() => {
      if (warning.open) countDown();
      if (Date.now() - asked < ASK_EVERY || (ended() && document.hidden)) return;
      if (ended() || secondsLeft() <= WARN_SECONDS) lookAtSession();
    }, 1000);
  }

  // What must be done again after a part was replaced.
  const settle = (root) => {
    all("[data-copy], [data-print]", root).forEach((button) => { button.hidden = false; });
    if (chosenBefore.size) picks().forEach((box) => { if (chosenBefore.has(box.value)) box.checked = true; });
    chosenBefore = new Set();
    const found = one("[data-found]");
    if (found && foundBefore === found.dataset.searchKey) { picks().forEach((box) => { box.checked = true; }); found.checked = true; }
    foundBefore = null;
    countPicks();
    heights.forEach((_, id) => move(id));
    all("[data-toast]").forEach((toast) => {
      if (toast.dataset.timed || toast.classList.contains("failed")) return;
      toast.dataset.timed = "1";
      window.setTimeout(() => toast.remove(), toast.querySelector("form") ? 20000 : 6000); // longer if it offers something
    });
  };
  settle(document);
  all(".tabs [aria-current]").forEach((tab) => { // the lit one is seen, where not all fit in
    const row = tab.parentElement;
    if (tab.offsetLeft + tab.offsetWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - row.offsetLeft - 40;
  });
  const summary = one("[data-error-summary]");
  if (summary) summary.focus();
  listen();
})();
