// Taps whatever is connected to the speakers of a page, so that a test hears what a listener would.
(() => {
  const taps = []
  const connect = AudioNode.prototype.connect
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const tap = new AnalyserNode(this.context, {fftSize: 32768, smoothingTimeConstant: 0, minDecibels: -200})
      connect.call(this, tap)
      taps.push(tap)
    }
    return connect.call(this, target, ...rest)
  }
  /** Root mean square of the last 0.7 s in dB of full scale: of all of it, and below and above a frequency. */
  globalThis.listen = (hertz) => {
    const heard = {all: -200, low: -200, high: -200}
    for (const tap of taps) {
      const {fftSize, context} = tap
      const samples = new Float32Array(fftSize)
      tap.getFloatTimeDomainData(samples)
      const bins = new Float32Array(tap.frequencyBinCount)
      tap.getFloatFrequencyData(bins)
      const edge = Math.round((hertz * fftSize) / context.sampleRate)
      const sum = (from, to) => 10 * Math.log10(bins.slice(from, to).reduce((power, bin) => power + 10 ** (bin / 10), 1e-20))
      const all = 10 * Math.log10(samples.reduce((power, sample) => power + sample * sample, 0) / fftSize + 1e-20)
      heard.all = Math.max(heard.all, all)
      heard.low = Math.max(heard.low, sum(1, edge))
      heard.high = Math.max(heard.high, sum(edge, bins.length))
    }
    return heard
  }
})()
