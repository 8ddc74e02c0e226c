// Voice prompts: play buttons, one sound at a time and nothing loaded before a press; the counter of a description.
import { say } from "./say.js";

const sound = new Audio();
sound.preload = "none";
let button = null;

function rest() {
  if (!button) return;
  button.classList.remove("playing");
  button.setAttribute("aria-pressed", "false");
  button = null;
  sound.pause();
}

function play(pressed) {
  if (button === pressed) return rest();
  rest();
  document.querySelectorAll("audio").forEach((other) => other.pause());
  button = pressed;
  button.classList.add("playing");
  button.setAttribute("aria-pressed", "true");
  sound.src = pressed.href;
  // A press that stops it again before it began is no failure.
  sound.play().catch((error) => { if (error.name !== "AbortError" && button === pressed) { rest(); say(document.body.dataset.failed); } });
}

sound.addEventListener("ended", rest);

// Without this script it is a link to the sound; with it a button that starts and stops.
function equip(root) {
  root.querySelectorAll("[data-play]:not([role])").forEach((each) => {
    each.setAttribute("role", "button");
    each.setAttribute("aria-pressed", "false");
  });
  root.querySelectorAll("[data-counter]").forEach(count);
  if (button && !button.isConnected) rest();
}

function count(words) {
  const field = document.getElementById(words.dataset.counter);
  words.hidden = !field;
  if (field) words.textContent = words.dataset.words.replace("{n}", field.value.length).replace("{most}", field.maxLength);
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-play]");
  if (!pressed || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  play(pressed);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || !event.target.matches("[data-play]")) return;
  event.preventDefault();
  play(event.target);
});
document.addEventListener("play", (event) => { if (event.target !== sound) rest(); }, true);
document.addEventListener("input", (event) => {
  if (event.target.id) document.querySelectorAll(`[data-counter="${CSS.escape(event.target.id)}"]`).forEach(count);
});
document.addEventListener("DOMContentLoaded", () => equip(document));
document.addEventListener("htmx:load", (event) => equip(event.detail.elt.parentElement || document));
