// The telephone of Try it: one call at a time from this browser to Asterisk, through the portal's own door.
import JsSIP from "jssip";

const place = document.getElementById("try-phone");
const part = (name) => document.getElementById(`try-${name}`);
const socket = new JsSIP.WebSocketInterface(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${place.dataset.socket}`);
const agent = new JsSIP.UA({
  sockets: [socket],
  uri: "sip:browser@carillon.invalid",
  register: false,
  session_timers: false,
  connection_recovery_min_interval: 1,
  connection_recovery_max_interval: 8,
});
let session = null, began = 0, ticking = null, level = null;

function show(state, text) {
  place.dataset.state = state;
  part("state").textContent = text || place.dataset[state];
  const busy = state === "connecting" || state === "talking";
  part("call").hidden = busy;
  part("end").hidden = !busy;
  place.querySelectorAll("[data-key]").forEach((key) => { key.disabled = state !== "talking"; });
}

function tick() {
  const seconds = Math.floor((Date.now() - began) / 1000);
  part("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// The loudness of what is heard, for eyes: a call that is silent can be told from a loudspeaker that is off.
function listen(stream) {
  part("audio").srcObject = stream;
  part("audio").play().catch(() => {});
  const context = new AudioContext(), analyser = context.createAnalyser(), data = new Uint8Array(analyser.fftSize);
  context.createMediaStreamSource(stream).connect(analyser);
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(data);
    part("level").value = Math.min(100, Math.max(...data.map((value) => Math.abs(value - 128))) * 1.6);
  }, 120);
  level = () => { clearInterval(timer); context.close(); part("level").value = 0; };
}

function stop(state, text) {
  clearInterval(ticking);
  level?.();
  session = level = null;
  show(state, text);
}

// The microphone is asked for only when somebody wants to talk; without it silence is sent, and all is heard the same.
async function voice() {
  if (part("microphone").checked) {
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      part("microphone").checked = false;
      part("note").textContent = place.dataset.noMicrophone;
    }
  }
  return new AudioContext().createMediaStreamDestination().stream;
}

function follow(address) {
  const story = part("story");
  story.setAttribute("hx-get", address);
  story.setAttribute("hx-trigger", "load, every 600ms");
  story.replaceChildren();
  window.htmx.process(story);
}

async function begin() {
  show("connecting");
  const form = part("form");
  part("note").textContent = "";
  const own = await voice();
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  } catch {
    return stop("refused", place.dataset.failed);
  }
  if (answer.status === 422) {
    part("form-place").innerHTML = await answer.text();
    window.htmx.process(part("form-place"));
    part("form").querySelector("[aria-invalid=true]")?.focus();
    return stop("idle");
  }
  if (!answer.ok || answer.redirected) return stop("refused", place.dataset.failed);
  const { token, steps, address } = await answer.json();
  dial(token, own, address);
  follow(steps);
}

// A browser that gives no microphone hides its addresses behind names of its own machine, and says that it has none,
// which Asterisk takes for a caller on hold: the portal knows one that is true.
function reachable(description, address) {
  return description
    .replace(/[0-9a-f-]{36}\.local/g, address)
    .replace("c=IN IP4 0.0.0.0", `c=IN ${address.includes(":") ? "IP6" : "IP4"} ${address}`);
}

function dial(token, own, address) {
  session = agent.call(`sip:${token}@carillon.invalid`, {
    mediaStream: own,
    pcConfig: { iceServers: [] },
    eventHandlers: {
      sdp: (event) => { if (event.originator === "local") event.sdp = reachable(event.sdp, address); },
      peerconnection: ({ peerconnection }) => {
        peerconnection.addEventListener("track", ({ streams, track }) => listen(streams[0] || new MediaStream([track])));
      },
    },
  });
  session.on("confirmed", () => {
    began = Date.now();
    ticking = setInterval(tick, 500);
    tick();
    show("talking");
  });
  session.on("ended", () => stop("ended"));
  session.on("failed", () => stop("refused"));
  session.on("ended", () => own.getTracks().forEach((track) => track.stop()));
  session.on("failed", () => own.getTracks().forEach((track) => track.stop()));
}

part("call").addEventListener("click", begin);
part("form-place").addEventListener("submit", (event) => { event.preventDefault(); if (!session) begin(); });
part("end").addEventListener("click", () => session?.terminate());
place.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (key) session?.sendDTMF(key.dataset.key, { transportType: JsSIP.C.DTMF_TRANSPORT.INFO });
});

// As if it were another day nobody wants to be rung, unless asked to.
part("form-place").addEventListener("change", (event) => {
  if (event.target.name !== "when") return;
  const phones = part("form").elements.phones;
  phones.value = event.target.value === "then" ? "answered" : "ring";
});

// A socket that breaks takes no call with it: the sound goes another way, and the telephone connects again.
agent.on("disconnected", () => { if (!session) show("again"); });
agent.on("connected", () => { if (!session) show("idle"); });
if (!window.isSecureContext) {
  part("microphone").disabled = true;
  part("secure").hidden = false;
  const secure = `https://${location.hostname}:${place.dataset.httpsPort}${location.pathname}${location.search}`;
  part("secure-link").href = secure;
  part("secure-link").textContent = secure;
}
agent.start();
