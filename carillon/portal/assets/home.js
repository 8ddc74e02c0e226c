// The home page while somebody looks: asks by itself, rests while hidden, lets durations run, keeps what is opened.
const home = () => document.getElementById("home");
const stale = () => document.getElementById("home-stale");

// How far this machine's clock is from the server's, in seconds.
let ahead = 0;
function readClock() {
  const mark = document.getElementById("home-mark");
  if (mark) ahead = Date.now() / 1000 - Number(mark.dataset.now);
}

function two(number) {
  return String(number).padStart(2, "0");
}

function run() {
  if (document.hidden) return;
  document.querySelectorAll("#home [data-since]").forEach((clock) => {
    const seconds = Math.max(0, Math.round(Date.now() / 1000 - ahead - Number(clock.dataset.since)));
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const text = hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
    if (clock.textContent !== text) clock.textContent = text;
  });
}

// A hidden page asks nothing; one that is looked at again asks at once.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === home() && document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && home()) window.htmx.trigger(home(), "look");
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.target === home() && stale()) stale().hidden = false;
  });
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target === home() && event.detail.successful && stale()) stale().hidden = true;
});

// What a person opened or scrolled to stays so when its part is written anew.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (!target.closest("#home")) return;
  target.querySelectorAll("details[open][id]").forEach((open) => {
    fragment.querySelector(`#${open.id}`)?.setAttribute("open", "");
  });
});
const scrolled = {};
document.addEventListener("scroll", (event) => {
  const name = event.target.dataset?.keepScroll;
  if (name) scrolled[name] = event.target.scrollTop;
}, true);
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (!event.target.closest?.("#home")) return;
  document.querySelectorAll("#home [data-keep-scroll]").forEach((part) => {
    part.scrollTop = scrolled[part.dataset.keepScroll] || 0;
  });
  readClock();
  run();
});

document.addEventListener("DOMContentLoaded", () => {
  if (!home()) return;
  readClock();
  run();
  setInterval(run, 1000);
});
