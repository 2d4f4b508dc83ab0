/** Notes how quiet and how loud single samples were, channel by channel. */
class Listener extends AudioWorkletProcessor {
  #heard = {frames: 0, quietest: Infinity, loudest: 0}

  constructor() {
    super()
    this.port.onmessage = () => this.port.postMessage(this.#heard)
  }

  process([channels]) {
    const heard = this.#heard
    heard.frames += 128
    if (channels.length === 0) heard.quietest = 0
    for (const channel of channels) {
      for (const sample of channel) {
        heard.quietest = Math.min(heard.quietest, Math.abs(sample))
        heard.loudest = Math.max(heard.loudest, Math.abs(sample))
      }
    }
    return true
  }
}

registerProcessor('listener', Listener)
