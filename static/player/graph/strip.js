import {Envelope} from './envelope.js'

const RAMP = 0.015

/**
 * The channel of one stem. It lives as long as the context: sources come and go, its levels stay.
 * A neutral pan isn't in the way of the sound at all: a StereoPanner at 0 changes samples.
 */
export class Strip {
  #context
  #output
  #fader
  #gain
  /** @type {StereoPannerNode|null} */
  #panner = null
  /** @type {Envelope|null} */
  #pan = null
  #meter
  /** @type {Float32Array<ArrayBuffer>} */
  #samples

  /**
   * @param {BaseAudioContext} context
   * @param {AudioNode} output
   * @param {{gain: number, pan: number}} start
   */
  constructor(context, output, {gain, pan}) {
    this.#context = context
    this.#output = output
    this.#fader = context.createGain()
    this.#gain = new Envelope(this.#fader.gain, context.sampleRate, gain)
    this.#fader.connect(output)
    this.#meter = context.createAnalyser()
    this.#meter.fftSize = 1024
    this.#fader.connect(this.#meter)
    this.#samples = new Float32Array(1024)
    if (pan !== 0) this.#pan = this.#putPanner(pan)
  }

  /** Where sources are connected. */
  get input() {
    return this.#fader
  }

  /**
   * @param {number} gain linear
   * @param {number} frame from which on it moves there
   */
  setGain(gain, frame) {
    if (gain !== this.#gain.target) this.#gain.ramp(gain, frame, this.#rampFrames)
  }

  /**
   * @param {number} pan -1 left, 1 right
   * @param {number} frame
   */
  setPan(pan, frame) {
    if (pan === (this.#pan?.target ?? 0)) return
    this.#pan ??= this.#putPanner(0)
    this.#pan.ramp(pan, frame, this.#rampFrames)
  }

  /** @param {number} pan at which it begins */
  #putPanner(pan) {
    this.#panner = this.#context.createStereoPanner()
    // One channel would be panned by another law, 3 dB softer in the middle.
    this.#panner.channelCount = 2
    this.#panner.channelCountMode = 'explicit'
    this.#fader.disconnect(this.#output)
    this.#fader.connect(this.#panner).connect(this.#output)
    return new Envelope(this.#panner.pan, this.#context.sampleRate, pan)
  }

  /**
   * See Mixer.settle.
   * @param {number} frame
   */
  settle(frame) {
    this.#gain.settle(frame)
    this.#pan?.settle(frame)
  }

  /**
   * Takes a panner that has come to rest in the middle out again.
   * @param {number} frame
   */
  rest(frame) {
    if (!this.#panner || !this.#pan || this.#pan.target !== 0 || this.#pan.at(frame) !== 0) return
    this.#fader.disconnect(this.#panner)
    this.#panner.disconnect()
    this.#fader.connect(this.#output)
    this.#panner = null
    this.#pan = null
  }

  /** The highest sample of the last 23 ms, 0 to 1 and above. */
  level() {
    this.#meter.getFloatTimeDomainData(this.#samples)
    let peak = 0
    for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample))
    return peak
  }

  dispose() {
    this.#fader.disconnect()
    this.#meter.disconnect()
    this.#panner?.disconnect()
  }

  get #rampFrames() {
    return Math.round(RAMP * this.#context.sampleRate)
  }
}
