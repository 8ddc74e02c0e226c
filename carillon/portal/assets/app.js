// What the portal's pages do in the browser beyond htmx: dragging rows, closing messages, the colour switch.
import Sortable from "sortablejs";
import "./dialog.js";
import "./event.js";
import "./what_if.js";
import "./home.js";
import "./schedule_list.js";
import "./holidays.js";
import "./counter.js";
import "./prompts.js";
import { say } from "./say.js";
import "./drop.js";

document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.parentElement.remove();
});

// <form data-confirm="dialog-id">: the dialog asks first; its own submit button goes on.
document.addEventListener("submit", (event) => {
  const ask = event.target.dataset.confirm;
  const box = ask && document.getElementById(ask);
  if (!box || box.returnValue === "yes") return;
  event.preventDefault();
  box.returnValue = "";
  box.addEventListener("close", () => { if (box.returnValue === "yes") event.target.requestSubmit(); }, { once: true });
  box.showModal();
});

// <tbody data-sortable="form-id">: dropping a row submits that form with the new order.
function sortables(root) {
  root.querySelectorAll("[data-sortable]").forEach((list) => {
    if (Sortable.get(list)) return;
    Sortable.create(list, {
      handle: ".drag-handle",
      animation: 120,
      ghostClass: "dragging",
      onEnd: (drop) => {
        if (drop.oldIndex !== drop.newIndex) document.getElementById(list.dataset.sortable).requestSubmit();
      },
    });
  });
}

// After a move by button the same button of the same row has the focus again.
let focused = "";
document.addEventListener("htmx:beforeRequest", () => { focused = document.activeElement?.id || ""; });
document.addEventListener("htmx:afterSettle", () => {
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    // What somebody else deleted meanwhile has no dialog: the page shows what is there now.
    if (event.detail.xhr?.status === 404 && event.detail.target?.id === "dialog-content") return location.reload();
    // A page that asks by itself says so itself.
    if (!event.target.closest?.("[data-quiet]")) say(document.body.dataset.failed);
  });
}

// The colour switch answers at once; the form's POST keeps the choice.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-switch]")) return;
  event.preventDefault();
  const data = new FormData(event.target, event.submitter);
  document.documentElement.dataset.bsTheme = data.get("theme");
  fetch(event.target.action, { method: "POST", body: new URLSearchParams(data), redirect: "manual" });
});

// A menu that is opened as a sheet on a small screen closes with Escape.
document.addEventListener("keydown", (event) => {
  const side = document.getElementById("side");
  if (event.key === "Escape" && side?.matches(":popover-open")) side.hidePopover();
});

document.addEventListener("DOMContentLoaded", () => sortables(document));
document.addEventListener("htmx:load", (event) => sortables(event.detail.elt.parentElement || document));
