// The list of schedules while somebody looks: asks by itself, rests while hidden, keeps what is ticked and focused.
const list = () => document.getElementById("list");
const live = () => document.getElementById("list-live");
const stale = () => document.getElementById("list-stale");
const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
const boxes = () => [...document.querySelectorAll("#list-rows input[type=checkbox]")];

// A hidden page asks nothing; one that is looked at again asks at once.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === live() && document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && live()) window.htmx.trigger(live(), "look");
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.target === live() && stale()) stale().hidden = false;
  });
}

// How many are ticked is said beside the buttons.
function count() {
  const form = document.getElementById("many");
  if (!form) return;
  const all = form.elements.all?.checked;
  const ticked = boxes().filter((box) => box.checked).length;
  const text = form.querySelector("[data-many-count]");
  const { none, one, more } = text.dataset;
  const wanted = all ? more.replace("{n}", form.dataset.all) : ticked === 0 ? none : ticked === 1 ? one : more.replace("{n}", ticked);
  if (text.textContent !== wanted) text.textContent = wanted;
  form.classList.toggle("many-some", Boolean(all || ticked));
  const head = document.querySelector("[data-tick-all]");
  head.hidden = false;
  head.checked = ticked > 0 && ticked === boxes().length;
  head.indeterminate = ticked > 0 && !head.checked;
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick-all]")) boxes().forEach((box) => { box.checked = event.target.checked; });
  if (event.target.closest("#list")) count();
});

// What is written anew: ticks and the focus stay, and only states that differ are said, all in one sentence.
let changed = [];
let kept = null;
function keep() {
  const states = new Map([...document.querySelectorAll(".list-state")].map((state) => [state.id, words(state)]));
  kept = { ticked: boxes().filter((box) => box.checked).map((box) => box.id), all: document.querySelector("#many [name=all]")?.checked, states };
  kept.focus = list()?.contains(document.activeElement) ? document.activeElement.id : "";
}
function restore() {
  if (!kept) return;
  kept.ticked.forEach((id) => { const box = document.getElementById(id); if (box) box.checked = true; });
  const all = document.querySelector("#many [name=all]");
  if (all) all.checked = Boolean(kept.all);
  if (kept.focus && document.activeElement === document.body) document.getElementById(kept.focus)?.focus();
  count();
}
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "list") keep();
  if (!target.classList.contains("list-state")) return;
  const now = words(fragment);
  if (words(target) === now) event.detail.shouldSwap = false;
  else changed.push(`${target.dataset.name}: ${now}`);
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id !== "list" && event.target.id !== "list") return;
  document.querySelectorAll(".list-state").forEach((state) => {
    const before = kept?.states.get(state.id);
    if (before !== undefined && before !== words(state)) changed.push(`${state.dataset.name}: ${words(state)}`);
  });
  restore();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== live()) return;
  if (event.detail.successful && stale()) stale().hidden = true;
  tell();
});
function tell() {
  if (!changed.length) return;
  const told = document.getElementById("list-told");
  told.textContent = changed.length > 3 ? told.dataset.many.replace("{n}", changed.length) : changed.join(". ");
  changed = [];
}

// A search: what is ticked and still shown stays ticked, and how many were found is said.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (list() && event.detail.requestConfig?.elt?.matches?.(".list-filter")) keep();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!list() || !event.detail.requestConfig?.elt?.matches?.(".list-filter")) return;
  restore();
  document.getElementById("list-told").textContent = document.getElementById("list-count").textContent.trim();
});
document.addEventListener("DOMContentLoaded", () => { if (list()) count(); });
