// Says in the area of messages what went wrong in the browser.
export function say(text) {
  const area = document.getElementById("messages");
  if (!area || !text) return;
  const message = document.createElement("div");
  message.className = "message message-error";
  message.textContent = text;
  area.replaceChildren(message);
}
