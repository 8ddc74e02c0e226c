// <textarea maxlength data-left="{left} characters left">: says below the field how many characters are left.
const FEW = 50;

function tell(field) {
  // A form sends two characters for the end of a line.
  const left = field.maxLength - field.value.replace(/\n/g, "\r\n").length;
  const words = field.nextElementSibling;
  words.textContent = field.dataset.left.replace("{left}", Math.max(0, left));
  words.classList.toggle("few", left < FEW);
}

document.addEventListener("input", (event) => { if (event.target.matches?.("[data-left]")) tell(event.target); });
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-left]").forEach((field) => {
    const words = document.createElement("span");
    words.className = "characters-left";
    field.after(words);
    tell(field);
  });
});
