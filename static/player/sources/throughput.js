/** Seconds of loading that the estimate remembers. */
const MEMORY = 8

/** How fast the line has been while something was loading, however many loads shared it. */
export class Throughput {
  #now
  #active = 0
  #since = 0
  #bytes = 0
  #busy = 0

  /** @param {() => number} [now] seconds */
  constructor(now = () => performance.now() / 1000) {
    this.#now = now
  }

  /** Bits per second; null until enough is known. */
  get bitsPerSecond() {
    this.#account()
    return this.#busy > 0.05 && this.#bytes > 50_000 ? (this.#bytes * 8) / this.#busy : null
  }

  begin() {
    this.#account()
    this.#active += 1
  }

  /** @param {number} bytes */
  received(bytes) {
    this.#bytes += bytes
  }

  end() {
    this.#account()
    this.#active -= 1
  }

  #account() {
    const now = this.#now()
    if (this.#active > 0) this.#busy += now - this.#since
    this.#since = now
    if (this.#busy > MEMORY) {
      this.#bytes *= MEMORY / 2 / this.#busy
      this.#busy = MEMORY / 2
    }
  }
}
