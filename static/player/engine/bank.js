/** @import {Frames} from '../core/frames.js' */
/** @import {Block, Source} from '../sources/source.js' */
import {Emitter} from '../core/emitter.js'

const AT_ONCE = 6

/**
 * @typedef {object} Shelf
 * @property {Source} source
 * @property {Map<number, Block>} blocks
 * @property {Map<number, Block>} parts beginnings of segments that are still on their way
 * @property {Map<number, AbortController>} loading
 * @property {Map<number, Error>} failed
 * @property {boolean} dead two segments in a row couldn't be had: left alone until somebody retries
 */

/**
 * The window of decoded segments. It holds exactly the segments that were last asked for, of all stems, loads what is
 * missing in that order, and gives up the rest, so that memory doesn't depend on the length of the song.
 * @extends {Emitter<{change: void, failed: {id: string, error: Error}}>}
 */
export class Bank extends Emitter {
  /** @type {Map<string, Shelf>} */
  #shelves = new Map()
  /** @type {number[]} */
  #wanted = []

  /** @type {readonly string[]} */
  get ids() {
    return [...this.#shelves.keys()]
  }

  /** Decoded segments that are held. */
  get held() {
    return [...this.#shelves.values()].reduce((sum, shelf) => sum + shelf.blocks.size, 0)
  }

  /** Segments on their way. */
  get loading() {
    return [...this.#shelves.values()].reduce((sum, shelf) => sum + shelf.loading.size, 0)
  }

  /**
   * Replaces the sources. What was decoded stays where id and version are the same.
   * @param {Source[]} sources
   */
  setSources(sources) {
    const before = this.#shelves
    this.#shelves = new Map()
    for (const source of sources) {
      const shelf = before.get(source.id)
      if (shelf && shelf.source.version === source.version) {
        shelf.source = source
        this.#shelves.set(source.id, shelf)
        before.delete(source.id)
      } else {
        this.#shelves.set(source.id, {source, blocks: new Map(), parts: new Map(), loading: new Map(), failed: new Map(), dead: false})
      }
    }
    for (const shelf of before.values()) abortAll(shelf)
    this.focus(this.#wanted)
    this.emit('change', undefined)
  }

  /**
   * @param {number} segment
   * @returns {boolean} every stem has it, or will never have it
   */
  ready(segment) {
    if (this.#shelves.size === 0) return false
    return [...this.#shelves.values()].every((shelf) => isComplete(shelf, segment))
  }

  /**
   * @param {number} segment
   * @returns {Frames} from the start of the segment, which every stem has or will never have; Infinity: all of it
   */
  reach(segment) {
    if (this.#shelves.size === 0) return 0
    const reaches = [...this.#shelves.values()].map((shelf) =>
      isComplete(shelf, segment) ? Infinity : (shelf.parts.get(segment)?.frames ?? 0),
    )
    return Math.min(...reaches)
  }

  /**
   * @param {number} segment
   * @returns {boolean} all stems that are alive have made it, even if it isn't loaded
   */
  exists(segment) {
    return [...this.#shelves.values()].every((shelf) => shelf.dead || shelf.source.has(segment))
  }

  /**
   * @param {string} id
   * @param {number} segment
   */
  block(id, segment) {
    const shelf = this.#shelves.get(id)
    return shelf?.blocks.get(segment) ?? shelf?.parts.get(segment) ?? null
  }

  /**
   * Says what is needed now, most urgent first; everything else is given up.
   * @param {number[]} segments
   */
  focus(segments) {
    this.#wanted = segments
    const wanted = new Set(segments)
    for (const shelf of this.#shelves.values()) {
      for (const segment of shelf.blocks.keys()) if (!wanted.has(segment)) shelf.blocks.delete(segment)
      for (const segment of shelf.parts.keys()) if (!wanted.has(segment)) shelf.parts.delete(segment)
      for (const [segment, controller] of shelf.loading) {
        if (wanted.has(segment)) continue
        shelf.loading.delete(segment)
        controller.abort()
      }
    }
    this.#loadNext()
  }

  /**
   * Tries again what failed.
   * @param {string} id
   */
  retry(id) {
    const shelf = this.#shelves.get(id)
    if (!shelf) return
    shelf.dead = false
    shelf.failed.clear()
    this.#loadNext()
  }

  /** @override */
  clear() {
    for (const shelf of this.#shelves.values()) abortAll(shelf)
    this.#shelves.clear()
    this.#wanted = []
    super.clear()
  }

  #loadNext() {
    const [first = 0] = this.#wanted
    // Until what is needed first is complete it has the line for itself: sound comes sooner.
    const wanted = this.ready(first) ? this.#wanted : this.#wanted.slice(0, 1)
    for (const segment of wanted) {
      for (const shelf of this.#shelves.values()) {
        if (this.loading >= AT_ONCE) return
        const known = shelf.dead || shelf.blocks.has(segment) || shelf.failed.has(segment) || shelf.loading.has(segment)
        if (!known && shelf.source.has(segment)) void this.#load(shelf, segment)
      }
    }
  }

  /**
   * @param {Shelf} shelf
   * @param {number} segment
   */
  async #load(shelf, segment) {
    const controller = new AbortController()
    const source = shelf.source
    const urgent = segment === this.#wanted[0]
    const early = (/** @type {Block} */ part) => {
      const known = this.block(source.id, segment)
      if (!shelf.loading.has(segment) || controller.signal.aborted || (known && known.frames >= part.frames)) return
      shelf.parts.set(segment, part)
      this.emit('change', undefined)
    }
    shelf.loading.set(segment, controller)
    try {
      const block = await source.load(segment, controller.signal, urgent ? early : undefined)
      if (controller.signal.aborted) return
      shelf.loading.delete(segment)
      shelf.blocks.set(segment, block)
      shelf.parts.delete(segment)
    } catch (error) {
      if (controller.signal.aborted) return
      shelf.loading.delete(segment)
      shelf.parts.delete(segment)
      shelf.failed.set(segment, /** @type {Error} */ (error))
      const {lasting} = /** @type {{lasting?: boolean}} */ (error)
      shelf.dead = Boolean(lasting) || [segment - 1, segment + 1].some((neighbour) => shelf.failed.has(neighbour))
      this.emit('failed', {id: source.id, error: /** @type {Error} */ (error)})
    }
    this.#loadNext()
    this.emit('change', undefined)
  }
}

/**
 * @param {Shelf} shelf
 * @param {number} segment whether nothing is missing that could still come
 */
const isComplete = (shelf, segment) => shelf.blocks.has(segment) || shelf.dead || shelf.failed.has(segment)

/** @param {Shelf} shelf */
function abortAll(shelf) {
  for (const controller of shelf.loading.values()) controller.abort()
  shelf.loading.clear()
  shelf.blocks.clear()
  shelf.parts.clear()
}
