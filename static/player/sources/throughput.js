/** Seconds of loading that the estimate remembers. */
const MEMORY = 8

/** Megabits per second: no browser says more, however fast the line is. */
const MOST_SAID = 10

/**
 * What the browser knows of the line before anything has come over it. Only Chromium does, and only of slow ones is it believed.
 * @typedef {{effectiveType?: string, downlink?: number, saveData?: boolean}} Connection
 * @returns {Connection}
 */
export const connection = () => /** @type {{connection?: Connection}} */ (globalThis.navigator ?? {}).connection ?? {}

/**
 * @param {Connection} connection
 * @returns {number|null} bits per second
 */
export function speedOf({effectiveType = '4g', downlink = MOST_SAID}) {
  return effectiveType === '4g' || downlink >= MOST_SAID ? null : downlink * 1e6
}

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

  /** Bits per second; until enough has come, what the browser says; null while nobody knows. */
  get bitsPerSecond() {
    this.#account()
    return this.#busy > 0.05 && this.#bytes > 50_000 ? (this.#bytes * 8) / this.#busy : speedOf(connection())
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
