// Runs beside the page's own thread, so that a busy page loses no sound: hands over what the microphone gives, mono.
class Samples extends AudioWorkletProcessor {
  process(inputs) {
    const channels = inputs[0];
    if (channels.length) {
      const samples = Float32Array.from(channels[0]);
      for (const other of channels.slice(1)) other.forEach((sample, place) => { samples[place] += sample; });
      if (channels.length > 1) samples.forEach((sample, place) => { samples[place] = sample / channels.length; });
      this.port.postMessage(samples, [samples.buffer]);
    }
    return true;
  }
}
registerProcessor("samples", Samples);
