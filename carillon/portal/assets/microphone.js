// A voice prompt recorded in the browser. The samples themselves are kept and sent as a WAV file, and not what
// MediaRecorder makes of them: no lossy step before the telephone's own, the same file from every browser, and the
// portal needs no reader of one more hostile format.

const place = document.getElementById("microphone");
const form = place.closest("form");
const part = (name) => document.getElementById(`microphone-${name}`);
const MOST_SECONDS = Number(place.dataset.seconds), MOST_BYTES = Number(place.dataset.megabytes) * 1_000_000;
const HEADER_BYTES = 44, SILENT = 0.003, TICK_MS = 100;
let wanted = 0, open = null, parts = [], taken = 0, loudest = 0, recent = 0, rate = 48_000, recording = null, playing = null, sending = false;

function show(state, words = "") {
  place.dataset.state = state;
  const busy = state === "asking" || state === "recording";
  const focused = document.activeElement;
  part("record").hidden = state === "recording";
  part("record").setAttribute("aria-disabled", String(state === "asking"));
  part("stop").hidden = state !== "recording";
  part("listen").hidden = busy || !recording;
  part("listen-words").textContent = playing ? place.dataset.hush : place.dataset.listen;
  part("record-words").textContent = recording ? place.dataset.again : place.dataset.record;
  part("state").textContent = place.dataset[`state${state[0].toUpperCase()}${state.slice(1)}`];
  part("note").textContent = words;
  // The button that was pressed may be gone: what comes next has the focus.
  if (place.contains(focused) && focused.hidden) part(state === "recording" ? "stop" : recording ? "listen" : "record").focus();
}

function clock(seconds) {
  const whole = Math.floor(seconds + 0.05);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// A microphone of a high rate fills the largest file sooner.
function mostSamples() {
  return Math.floor(Math.min(MOST_SECONDS * rate, (MOST_BYTES - HEADER_BYTES) / 2));
}

function tell(seconds, of, level) {
  part("clock").textContent = `${clock(seconds)} / ${clock(of)}`;
  // Ears hear ratios: -60 dB is nothing, 0 dB is full.
  part("level").value = level > 0 ? Math.max(0, Math.min(100, 100 + 20 * Math.log10(level) * 100 / 60)) : 0;
}

const REFUSALS = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "taken", AbortError: "taken",
};

async function begin() {
  if (place.dataset.state === "asking") return;
  const mine = ++wanted;
  quiet();
  show("asking");
  let stream = null, context = null;
  try {
    // As it is spoken: what browsers do to calls pumps the loudness and swallows first syllables, for good.
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    stream = await navigator.mediaDevices.getUserMedia({ audio });
    context = new AudioContext();
    await context.audioWorklet.addModule(place.dataset.samples);
    if (mine !== wanted) throw new DOMException("", "AbortError");
    take(stream, context);
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    context?.close();
    if (mine === wanted) show(recording ? "ready" : "idle", place.dataset[REFUSALS[error.name] || "failed"]);
  }
}

function take(stream, context) {
  const source = context.createMediaStreamSource(stream), samples = new AudioWorkletNode(context, "samples", { numberOfOutputs: 0 });
  [parts, taken, loudest, recent, rate, recording] = [[], 0, 0, 0, context.sampleRate, null];
  samples.port.onmessage = ({ data }) => {
    if (!open) return;
    const rest = mostSamples() - taken;
    parts.push(data.length > rest ? data.slice(0, rest) : data);
    taken += parts.at(-1).length;
    for (const sample of data) recent = Math.max(recent, Math.abs(sample));
    if (taken >= mostSamples()) end(place.dataset.full);
  };
  source.connect(samples);
  stream.getAudioTracks()[0].addEventListener("ended", () => { if (open) end(place.dataset.gone); });
  const timer = setInterval(() => {
    loudest = Math.max(loudest, recent);
    tell(taken / rate, mostSamples() / rate, recent);
    recent = 0;
  }, TICK_MS);
  open = () => {
    clearInterval(timer);
    stream.getTracks().forEach((track) => track.stop());
    context.close();
  };
  show("recording");
}

function end(words = "") {
  if (!open) return;
  open();
  open = null;
  loudest = Math.max(loudest, recent);
  recording = taken ? wav() : null;
  parts = [];
  tell(taken / rate, mostSamples() / rate, 0);
  show(recording ? "ready" : "idle", words || (loudest < SILENT ? place.dataset.silent : ""));
  // Not within the event of the submission that this one takes the place of.
  if (sending) setTimeout(() => form.requestSubmit());
  sending = false;
}

// 16 bits, mono, at the microphone's own rate; a worker brings it to the telephone's.
function wav() {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + taken * 2));
  const word = (at, text) => [...text].forEach((sign, n) => view.setUint8(at + n, sign.charCodeAt(0)));
  word(0, "RIFF"); view.setUint32(4, view.byteLength - 8, true); word(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true); view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true); word(36, "data"); view.setUint32(40, taken * 2, true);
  let at = HEADER_BYTES;
  for (const samples of parts) {
    for (const sample of samples) {
      view.setInt16(at, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
      at += 2;
    }
  }
  return new Blob([view], { type: "audio/wav" });
}

// Played from the samples: an address of a blob would need a hole in the page's security policy.
async function listen() {
  if (playing) return quiet();
  const context = new AudioContext(), analyser = context.createAnalyser(), heard = new Float32Array(analyser.fftSize);
  playing = { close: () => context.close(), timer: 0 };
  const mine = playing, source = context.createBufferSource();
  source.buffer = await context.decodeAudioData(await recording.arrayBuffer());
  if (mine !== playing) return;
  source.connect(analyser).connect(context.destination);
  source.addEventListener("ended", () => { if (mine === playing) quiet(); });
  source.start();
  const began = context.currentTime;
  mine.timer = setInterval(() => {
    analyser.getFloatTimeDomainData(heard);
    const passed = Math.min(source.buffer.duration, context.currentTime - began);
    tell(passed, source.buffer.duration, heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
  }, TICK_MS);
  show("playing");
}

function quiet() {
  if (!playing) return;
  clearInterval(playing.timer);
  playing.close();
  playing = null;
  tell(taken / rate, mostSamples() / rate, 0);
  show("ready");
}

function isChosen() {
  return form.elements.source.value === "microphone";
}

function watchForm() {
  form.addEventListener("submit", (event) => {
    if (!isChosen() || recording) return;
    event.preventDefault();
    if (open) {
      sending = true;
      return end();
    }
    if (place.dataset.state !== "asking") show("idle", place.dataset.first);
    part("record").focus();
  });
  form.addEventListener("formdata", (event) => {
    if (isChosen() && recording) event.formData.set("file", recording, "recording.wav");
  });
  // Whoever chooses another way leaves no microphone on.
  form.addEventListener("change", (event) => {
    if (event.target.name !== "source" || isChosen()) return;
    wanted++;
    quiet();
    if (open) end();
    else if (place.dataset.state === "asking") show(recording ? "ready" : "idle");
  });
  window.addEventListener("pagehide", () => open?.());
}

function offer() {
  watchForm();
  part("parts").hidden = false;
  part("record").addEventListener("click", begin);
  part("stop").addEventListener("click", () => end());
  part("listen").addEventListener("click", listen);
  tell(0, MOST_SECONDS, 0);
  show("idle");
}

function tellInsecure() {
  part("insecure").hidden = false;
  if (!place.dataset.httpsPort) return;
  const address = `https://${location.hostname}:${place.dataset.httpsPort}${location.pathname}${location.search}`;
  part("secure").hidden = false;
  part("secure-link").href = address;
  part("secure-link").textContent = `https://${location.hostname}:${place.dataset.httpsPort}/`;
}

if (window.isSecureContext && navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode) offer();
else if (window.isSecureContext) part("old").hidden = false;
else tellInsecure();
