// The dialog of an event: days are chosen from a calendar, and an end on the next day is said while it is typed.

// Minutes since midnight of what people type for a time, null for anything else; the form reads the same spellings.
function minutes(text) {
  const found = /^(\d{1,2})[:.h](\d{2})?(?::\d{2})?$/.exec(text.trim()) || /^(\d{2})(\d{2})$/.exec(text.trim());
  if (!found) return null;
  const value = Number(found[1]) * 60 + Number(found[2] || 0);
  return Number(found[2] || 0) < 60 && value <= 1440 ? value % 1440 : null;
}

function overnight(form) {
  const note = form.querySelector("[data-overnight]");
  if (!note) return;
  const since = minutes(form.elements.time_from?.value || "");
  const until = minutes(form.elements.time_to?.value || "");
  const known = since !== null && until !== null && until <= since;
  const words = !known ? "" : since === until ? note.dataset.whole : note.dataset.next;
  if (note.textContent !== words) note.textContent = words;
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.(".event-form");
  if (form) overnight(form);
});

// A day stays a text field that reads YYYY-MM-DD; the button beside it opens the browser's own calendar.
function calendars(root) {
  root.querySelectorAll("input[data-day]").forEach((field) => {
    const icon = field.form?.querySelector("[data-calendar]");
    const words = icon?.dataset.calendar;
    if (field.dataset.day || !words || !("showPicker" in HTMLInputElement.prototype)) return;
    field.dataset.day = "calendar";
    const box = document.createElement("span");
    box.className = "day-field";
    field.replaceWith(box);
    const picker = document.createElement("input");
    Object.assign(picker, { type: "date", tabIndex: -1, className: "day-picker", ariaHidden: "true" });
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-icon day-button", title: words });
    button.setAttribute("aria-label", words);
    const label = document.querySelector(`label[for="${field.id}"]`);
    if (label) {
      label.id ||= `${field.id}_label`;
      button.setAttribute("aria-describedby", label.id);
    }
    button.append(...[...icon.children].map((child) => child.cloneNode(true)));
    button.addEventListener("click", () => {
      picker.value = /^\d{4}-\d{2}-\d{2}$/.test(field.value.trim()) ? field.value.trim() : "";
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      if (picker.value) field.value = picker.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
    box.append(field, picker, button);
  });
}

function begin(root) {
  calendars(root);
  root.querySelectorAll(".event-form").forEach(overnight);
}
document.addEventListener("DOMContentLoaded", () => begin(document));
document.addEventListener("htmx:load", (event) => begin(event.detail.elt.parentElement || document));
