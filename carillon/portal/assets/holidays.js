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
