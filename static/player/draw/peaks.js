const GROUP = 32

/** The outline of one stem: pairs of lowest and highest sample, one pair per block of frames. It grows at its end. */
export class Peaks {
  /** @type {Int8Array} */
  #pairs = new Int8Array(0)
  /** @type {Int8Array} pairs of whole groups, so that an hour is drawn as fast as a minute */
  #groups = new Int8Array(0)

  /** @param {number} framesPerPeak */
  constructor(framesPerPeak) {
    this.framesPerPeak = framesPerPeak
  }

  /** Bytes that are there. */
  get bytes() {
    return this.#pairs.length
  }

  get count() {
    return this.#pairs.length / 2
  }

  /** @param {Uint8Array} bytes that follow those already there */
  append(bytes) {
    this.write(this.count, bytes)
  }

  /**
   * @param {number} from peak; between those already there and it nothing is known, and nothing seen
   * @param {Uint8Array} bytes
   */
  write(from, bytes) {
    const length = bytes.length - (bytes.length % 2)
    const before = this.#pairs
    if (from * 2 + length > before.length) {
      this.#pairs = new Int8Array(from * 2 + length)
      this.#pairs.set(before)
    }
    const pairs = this.#pairs
    pairs.set(new Int8Array(bytes.buffer, bytes.byteOffset, length), from * 2)
    const groups = new Int8Array(Math.floor(this.count / GROUP) * 2)
    groups.set(this.#groups)
    const end = Math.min(groups.length / 2, Math.ceil((from + length / 2) / GROUP))
    for (let group = Math.min(Math.floor(from / GROUP), this.#groups.length / 2); group < end; group += 1) {
      const [low, high] = extremes(pairs, group * GROUP, (group + 1) * GROUP)
      groups[group * 2] = low
      groups[group * 2 + 1] = high
    }
    this.#groups = groups
  }

  /**
   * The lowest and highest sample between two peaks, as -1 to 1.
   * @param {number} from first peak
   * @param {number} to peak after the last
   * @returns {[number, number]}
   */
  between(from, to) {
    const [start, stop] = [Math.max(0, from), Math.min(this.count, to)]
    if (start >= stop) return [0, 0]
    const [first, last] = [Math.ceil(start / GROUP), Math.floor(stop / GROUP)]
    if (first >= last) return scaled(extremes(this.#pairs, start, stop))
    const parts = [
      extremes(this.#pairs, start, first * GROUP),
      extremes(this.#groups, first, last),
      extremes(this.#pairs, last * GROUP, stop),
    ]
    return scaled([Math.min(...parts.map((part) => part[0])), Math.max(...parts.map((part) => part[1]))])
  }
}

/** @param {[number, number]} pair @returns {[number, number]} */
const scaled = ([low, high]) => [low / 127, high / 127]

/**
 * @param {Int8Array} pairs
 * @param {number} from
 * @param {number} to
 * @returns {[number, number]}
 */
function extremes(pairs, from, to) {
  let low = 127
  let high = -128
  for (let index = from; index < to; index += 1) {
    low = Math.min(low, /** @type {number} */ (pairs[index * 2]))
    high = Math.max(high, /** @type {number} */ (pairs[index * 2 + 1]))
  }
  return low > high ? [127, -128] : [low, high]
}
