/** Keeps what comes in, until it is asked for it. */
class Recorder extends AudioWorkletProcessor {
  #blocks = []

  constructor() {
    super()
    this.port.onmessage = () => this.port.postMessage(this.#blocks)
  }

  process([[left, right]]) {
    // A node that nobody feeds has no channels.
    if (left) this.#blocks.push([left.slice(), (right ?? left).slice()])
    return true
  }
}

registerProcessor('recorder', Recorder)
