// The dialog: what opens it, what closes it (also the browser's Back), and where the focus is afterwards.
const dialog = () => document.getElementById("dialog");
const FOCUS = "carillon-focus";

// One entry of the browser's history stands for the open dialog, so that Back closes it and leaves the page alone.
let entered = false;
let afterBack = null;

function enter() {
  if (entered) return;
  entered = true;
  history.pushState({ dialog: true }, "");
}

// Take the dialog's entry away again, then go on.
function leave(then) {
  if (!entered) {
    then?.();
    return;
  }
  entered = false;
  afterBack = then || (() => {});
  history.back();
}

window.addEventListener("popstate", (event) => {
  if (afterBack) {
    event.stopImmediatePropagation(); // not for htmx: the page is the same
    const then = afterBack;
    afterBack = null;
    then();
  } else if (entered) {
    event.stopImmediatePropagation();
    entered = false;
    dialog().close();
  }
});

// A part that is loaded into #dialog-content opens the dialog; its heading names it.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "dialog-content") return;
  const box = dialog();
  const title = box.querySelector(".dialog-title");
  if (title) box.setAttribute("aria-label", title.textContent.trim());
  if (!box.open) {
    box.showModal();
    enter();
  }
  const first = box.querySelector("[aria-invalid=true]") || box.querySelector("[autofocus], input:not([type=hidden]), select, textarea, button");
  if (first) first.focus();
});

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close && close.closest("dialog")) {
    event.preventDefault();
    close.closest("dialog").close();
  }
  if (event.target === dialog()) dialog().close(); // outside of the box
});

document.addEventListener("close", (event) => {
  if (event.target !== dialog()) return;
  document.getElementById("dialog-content").replaceChildren();
  leave();
}, true);

// What a dialog saved leads back to the page, and the focus to the row that its address names.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const address = event.detail.xhr.getResponseHeader("HX-Redirect");
  if (!address || !dialog()?.open) return;
  event.preventDefault();
  const target = new URL(address, location.href);
  const here = target.pathname === location.pathname;
  if (here && target.hash) sessionStorage.setItem(FOCUS, target.hash.slice(1));
  if (here) target.hash = "";
  leave(() => (here ? location.replace(target.href) : location.assign(target.href)));
});

document.addEventListener("DOMContentLoaded", () => {
  // A dialog that was put back once is not put back by the next reload.
  const here = new URL(location.href);
  if (here.searchParams.has("draft")) history.replaceState(history.state, "", here.pathname);
  const row = document.getElementById(sessionStorage.getItem(FOCUS) || "");
  sessionStorage.removeItem(FOCUS);
  row?.querySelector("a[hx-get]")?.focus();
});
