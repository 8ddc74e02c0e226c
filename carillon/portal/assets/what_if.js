// What if and cases: a click on the day sets the very minute; Back from the question about a case loses nothing.
const EVERY = 5; // minutes that a hand can point at

document.addEventListener("click", (event) => {
  const bar = event.target.closest?.(".day-bar");
  if (!bar || !event.detail || event.ctrlKey || event.metaKey || event.shiftKey) return; // by keyboard: the bar's begin
  event.preventDefault();
  event.stopPropagation();
  const strip = bar.closest(".day-strip"), box = strip.getBoundingClientRect();
  const minutes = (event.clientX - box.left) / box.width * Number(strip.dataset.minutes);
  const into = Math.max(0, Math.round((minutes - Number(bar.dataset.elapsed)) / EVERY) * EVERY);
  const clock = (Number(bar.dataset.clock) + into) % 1440;
  const address = new URL(bar.getAttribute("href"), location.href);
  address.searchParams.set("time", [Math.floor(clock / 60), clock % 60].map((part) => String(part).padStart(2, "0")).join(":"));
  window.htmx.ajax("GET", address.pathname + address.search, { target: "#what-if", source: bar });
}, true);

// The question stands in front of the form that was typed; Back takes it away, or goes to the page and types it again.
document.addEventListener("click", (event) => {
  const back = event.target.closest?.("[data-back]");
  if (!back) return;
  const asked = back.closest("[data-cases-ask]");
  if (asked.dataset.casesAsk === "page") return remember(asked, back.getAttribute("href"));
  event.preventDefault();
  const dialog = back.closest("dialog");
  if (asked.dataset.casesAsk === "over") return dialog.close();
  asked.remove();
  dialog.setAttribute("aria-label", dialog.querySelector(".dialog-title")?.textContent.trim() ?? "");
  dialog.querySelector("button[type=submit].btn-primary")?.focus();
});

function remember(asked, page) {
  const pairs = [...new FormData(asked)].filter(([name]) => !["csrfmiddlewaretoken", "cases_confirmed"].includes(name));
  sessionStorage.setItem("typed", JSON.stringify({ page, action: asked.getAttribute("action"), pairs }));
}

const here = (address) => { const url = new URL(address, location.href); return url.pathname + url.search; };

function typeAgain() {
  const kept = JSON.parse(sessionStorage.getItem("typed") || "null");
  if (!kept) return;
  sessionStorage.removeItem("typed");
  if (kept.page !== here(location.href)) return;
  const names = new Set(kept.pairs.map(([name]) => name));
  const form = [...document.forms].find((each) => each.method === "post" && here(each.action) === kept.action
    && [...names].every((name) => each.elements[name]) && each.querySelector("input:not([type=hidden]), select, textarea"));
  if (!form) return;
  const left = {};
  for (const [name, value] of kept.pairs) (left[name] ??= []).push(value);
  for (const field of form.elements) {
    const values = left[field.name] ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = values.includes(option.value);
    else if (values.length && field.type !== "submit") field.value = values.shift();
  }
  form.querySelector("input:not([type=hidden]), select, textarea").focus();
}
document.addEventListener("DOMContentLoaded", typeAgain);
