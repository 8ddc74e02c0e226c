// <input data-choose-all="name">: ticks or clears all boxes of that name in its form, and shows whether some are ticked.
const boxes = (all) => [...all.form.elements].filter((box) => box.type === "checkbox" && box.name === all.dataset.chooseAll);

function show(all) {
  const ticked = boxes(all).filter((box) => box.checked).length;
  all.closest("label").hidden = !boxes(all).length;
  all.checked = ticked > 0 && ticked === boxes(all).length;
  all.indeterminate = ticked > 0 && !all.checked;
}

document.addEventListener("change", (event) => {
  const { chooseAll } = event.target.dataset;
  if (chooseAll) boxes(event.target).forEach((box) => { box.checked = event.target.checked; });
  event.target.form?.querySelectorAll("[data-choose-all]").forEach(show);
});

const showAll = () => document.querySelectorAll("[data-choose-all]").forEach(show);
for (const name of ["DOMContentLoaded", "htmx:afterSettle", "pageshow"]) addEventListener(name, showAll);

// Another country or region shows other holidays; what was filled in for them stays.
const filled = () => [...(document.querySelector(".holidays-form")?.elements || [])].filter((field) => field.name && field.type !== "hidden");
let kept = [];
addEventListener("htmx:beforeSwap", () => {
  kept = filled().map(({ name, type, value, checked }) => ({ name, type, value, checked }));
});
addEventListener("htmx:afterSettle", () => {
  const ticks = (field) => field.type === "checkbox" || field.type === "radio";
  filled().forEach((field) => {
    const before = kept.find((old) => old.name === field.name && (!ticks(field) || old.value === field.value));
    if (!before) return;
    if (ticks(field)) field.checked = before.checked;
    else field.value = before.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  kept = [];
  showAll();
});
