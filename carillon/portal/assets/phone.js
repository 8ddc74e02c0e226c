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

// The microphone is asked for only when somebody wants to talk; without it the call is heard all the same.
async function microphone() {
  if (!part("microphone").checked) return null;
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    part("microphone").checked = false;
    part("state").textContent = place.dataset.noMicrophone;
    return null;
  }
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
  const own = await microphone();
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
  const { token, steps } = await answer.json();
  dial(token, own);
  follow(steps);
}

function dial(token, own) {
  session = agent.call(`sip:${token}@carillon.invalid`, {
    mediaStream: own || undefined,
    mediaConstraints: { audio: false, video: false },
    rtcOfferConstraints: { offerToReceiveAudio: true },
    pcConfig: { iceServers: [] },
  });
  const connection = session.connection;
  connection.addEventListener("track", (event) => listen(event.streams[0] || new MediaStream([event.track])));
  session.on("confirmed", () => {
    began = Date.now();
    ticking = setInterval(tick, 500);
    tick();
    show("talking");
  });
  session.on("ended", () => stop("ended"));
  session.on("failed", () => stop("refused"));
  session.on("ended", () => own?.getTracks().forEach((track) => track.stop()));
  session.on("failed", () => own?.getTracks().forEach((track) => track.stop()));
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
