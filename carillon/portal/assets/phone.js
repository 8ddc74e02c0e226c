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
// So long nothing may be heard of the other side before the call counts as over, and the portal may stay away.
const SILENT_MS = 3000, AWAY_MS = 15000;
let session = null, began = 0, ticking = null, level = null, attempt = 0;

function show(state, text) {
  place.dataset.state = state;
  part("state").textContent = text || place.dataset[state];
  part("call").hidden = isBusy();
  part("end").hidden = !isBusy();
  place.querySelectorAll("[data-key]").forEach((key) => { key.disabled = state !== "talking"; });
}

function isBusy() {
  return place.dataset.state === "connecting" || place.dataset.state === "talking";
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
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      return { stream, release: () => stream.getTracks().forEach((track) => track.stop()) };
    } catch {
      part("microphone").checked = false;
      part("note").textContent = place.dataset.noMicrophone;
    }
  }
  // A stream without source sends nothing at all, which looks like a page that went away.
  const context = new AudioContext(), silence = context.createConstantSource(), end = context.createMediaStreamDestination();
  silence.offset.value = 0;
  silence.connect(end);
  silence.start();
  return { stream: end.stream, release: () => context.close() };
}

// After a loss of the connection, wait until it is back.
function connected() {
  return new Promise((resolve, reject) => {
    if (agent.isConnected()) return resolve();
    agent.once("connected", resolve);
    setTimeout(reject, AWAY_MS, new Error("the portal is away"));
  });
}

function follow(address) {
  const story = part("story");
  story.setAttribute("hx-get", address);
  story.setAttribute("hx-trigger", "load, every 600ms");
  story.replaceChildren();
  window.htmx.process(story);
}

async function begin() {
  const mine = ++attempt;
  show("connecting");
  part("note").textContent = "";
  const own = await voice();
  const told = await ask();
  if (told && mine === attempt) {
    dial(told.token, own, told.address);
    follow(told.steps);
  } else {
    own.release();
  }
}

// What stood in the way of an earlier call does so no more.
function clean(form) {
  form.querySelectorAll(".field-error, .alert").forEach((error) => error.remove());
  form.querySelectorAll("[aria-invalid]").forEach((field) => { field.removeAttribute("aria-invalid"); field.classList.remove("is-invalid"); });
}

// Ask the portal for a call; nothing comes back where there is none, and the page says why.
async function ask() {
  const form = part("form"), mine = attempt;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (answer.status === 422) {
      part("form-place").innerHTML = await answer.text();
      window.htmx.process(part("form-place"));
      part("form").querySelector("[aria-invalid=true]")?.focus();
      part("story").replaceChildren();
      if (mine === attempt) stop("idle");
      return null;
    }
    if (answer.ok && !answer.redirected) {
      clean(form);
      const told = await answer.json();
      await connected();
      return told;
    }
  } catch {
    // Told below.
  }
  if (mine === attempt) stop("refused", place.dataset.failed);
  return null;
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
    mediaStream: own.stream,
    pcConfig: { iceServers: [] },
    eventHandlers: {
      sdp: (event) => { if (event.originator === "local") event.sdp = reachable(event.sdp, address); },
      peerconnection: ({ peerconnection }) => {
        peerconnection.addEventListener("track", ({ streams, track }) => listen(streams[0] || new MediaStream([track])));
        peerconnection.addEventListener("iceconnectionstatechange", () => watch(peerconnection));
      },
    },
  });
  session.on("confirmed", () => {
    began = Date.now();
    ticking = setInterval(tick, 500);
    tick();
    show("talking");
  });
  session.on("ended", () => { own.release(); stop("ended"); });
  session.on("failed", ({ cause }) => { own.release(); stop(cause === JsSIP.C.causes.CANCELED ? "ended" : "refused"); });
}

// The goodbye of the other side gets lost with the connection; the silence after it does not.
function watch(connection) {
  if (connection.iceConnectionState !== "disconnected") return;
  const mine = session;
  setTimeout(() => {
    if (session === mine && connection.iceConnectionState === "disconnected") mine?.terminate();
  }, SILENT_MS);
}

// While phones ring nobody has answered, although the telephone is connected to hear them.
document.addEventListener("htmx:afterSettle", (event) => {
  const state = event.detail.target?.querySelector?.("[data-call]")?.dataset.call;
  if (session && state && place.dataset.state === "talking") part("state").textContent = place.dataset[state];
});

// A page that is left takes its call along.
window.addEventListener("pagehide", () => { if (session) session.terminate(); });

function hangUp() {
  attempt += 1;
  if (session) session.terminate();
  else stop("ended");
}

part("call").addEventListener("click", begin);
part("form-place").addEventListener("submit", (event) => { event.preventDefault(); if (!isBusy()) begin(); });
part("end").addEventListener("click", hangUp);
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
agent.on("disconnected", () => {
  if (session) part("note").textContent = place.dataset.lost;
  else if (!place.dataset.state || place.dataset.state === "idle") show("again");
});
agent.on("connected", () => {
  if (part("note").textContent === place.dataset.lost) part("note").textContent = "";
  if (place.dataset.state === "again" || !place.dataset.state) show("idle");
});
if (!window.isSecureContext) {
  part("microphone").disabled = true;
  part("secure").hidden = false;
  const secure = `https://${location.hostname}:${place.dataset.httpsPort}${location.pathname}${location.search}`;
  part("secure-link").href = secure;
  part("secure-link").textContent = secure;
}
agent.start();
