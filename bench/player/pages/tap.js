// Runs before the page's own scripts: hears what the page plays, and notes when it was first pressed.
// Times are performance.now(), in milliseconds since navigation.
;(() => {
  const LOUD = 1e-3 // -60 dB of full scale
  const state = { pressedAt: null, soundAt: null, usesMediaElement: false }
  const taps = new Map() // an AnalyserNode for each context

  /** Where the newest stretch of sound of this context begins, in frames before now; 0 when all is silent. */
  function framesHeard(analyser, frames) {
    const samples = new Float32Array(analyser.fftSize)
    analyser.getFloatTimeDomainData(samples)
    const first = samples.subarray(-frames).findIndex((sample) => Math.abs(sample) > LOUD)
    return first < 0 ? 0 : frames - first
  }

  /** Sound found late (the main thread was busy) counts from where it begins, not from when it was found. */
  function listen() {
    for (const [context, analyser] of taps) {
      const frames = framesHeard(analyser, analyser.fftSize)
      if (frames) state.soundAt = performance.now() - (frames / context.sampleRate) * 1000
    }
    if (state.soundAt === null) setTimeout(listen, 5)
  }

  function tapOf(context) {
    if (!taps.has(context)) {
      const analyser = new AnalyserNode(context, { fftSize: 32768 })
      taps.set(context, analyser)
      if (taps.size === 1) listen()
    }
    return taps.get(context)
  }

  const { connect, disconnect } = AudioNode.prototype
  const heard = (node) => node instanceof AudioDestinationNode && node.context instanceof AudioContext

  AudioNode.prototype.connect = function (target, ...rest) {
    if (heard(target)) connect.call(this, tapOf(target.context))
    return connect.call(this, target, ...rest)
  }
  AudioNode.prototype.disconnect = function (target, ...rest) {
    if (heard(target)) disconnect.call(this, tapOf(target.context))
    return target === undefined ? disconnect.call(this) : disconnect.call(this, target, ...rest)
  }

  const { play } = HTMLMediaElement.prototype
  HTMLMediaElement.prototype.play = function () {
    state.usesMediaElement = true // not connected to any context: this tap would be deaf to it
    return play.call(this)
  }

  addEventListener('pointerdown', (event) => (state.pressedAt ??= event.timeStamp), { capture: true })

  window.bench = {
    state,
    /** Whether there was sound in the last 0.1 s. */
    isSounding: () => [...taps].some(([context, tap]) => framesHeard(tap, Math.round(context.sampleRate / 10)) > 0),
  }
})()
