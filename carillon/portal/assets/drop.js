// <details class="drop">: a menu or a panel below its button. It closes by Escape, by a click elsewhere and by leaving it.
const links = (drop) => [...drop.querySelectorAll(".drop-menu a")];

document.addEventListener("toggle", (event) => {
  const drop = event.target;
  if (!drop.matches?.(".drop") || !drop.open) return;
  drop.classList.remove("drop-up");
  const panel = drop.querySelector(".drop-panel").getBoundingClientRect();
  // No room below, and enough above.
  if (panel.bottom > window.innerHeight && drop.getBoundingClientRect().top > panel.height) drop.classList.add("drop-up");
}, true);

document.addEventListener("click", (event) => {
  document.querySelectorAll(".drop[open]").forEach((drop) => { if (!drop.contains(event.target)) drop.open = false; });
});
document.addEventListener("focusin", (event) => {
  document.querySelectorAll(".drop[open]").forEach((drop) => { if (!drop.contains(event.target)) drop.open = false; });
});

document.addEventListener("keydown", (event) => {
  const drop = event.target.closest?.(".drop");
  if (!drop) return;
  if (event.key === "Escape" && drop.open) {
    drop.open = false;
    drop.querySelector("summary").focus();
    event.preventDefault();
  }
  const all = links(drop);
  if (!all.length || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  drop.open = true;
  const here = all.indexOf(document.activeElement);
  const next = { ArrowDown: here + 1, ArrowUp: here < 0 ? -1 : here - 1, Home: 0, End: -1 }[event.key];
  all.at(next % all.length).focus();
});
