import {addStems, checkAgain, editAt, read} from '../api.js'
import {Emitter} from '../../player/core/emitter.js'
import {Problem} from '../problem.js'
import {gettext} from '../words.js'

/** @typedef {import('../../player/core/manifest.js').Manifest} Manifest */
/** @typedef {import('../shares.js').Mine} Mine */

/**
 * What an owner changes, one thing after the other, each as the revision that is on the page. Whoever was overtaken is
 * shown how the share is now, and may try again.
 * @extends {Emitter<{manifest: Manifest, overtaken: void}>} `manifest`: how the share is, from whomever it was heard;
 *   `overtaken`: somebody else changed it, while nothing of ours was on its way
 */
export class Editing extends Emitter {
  #mine
  /** @type {Manifest|null} */
  #manifest = null
  /** @type {Promise<unknown>} */
  #before = Promise.resolve()
  #asking = 0

  /** @param {Mine} mine */
  constructor(mine) {
    super()
    this.#mine = mine
  }

  /** The share as it is on the page. */
  get manifest() {
    return this.#manifest
  }

  /** @param {Manifest} manifest news of the share; older ones than those on the page are none */
  take(manifest) {
    const known = this.#manifest?.revision ?? manifest.revision
    if (manifest.revision < known) return
    this.#manifest = manifest
    this.emit('manifest', manifest)
    if (manifest.revision > known && this.#asking === 0) this.emit('overtaken', undefined)
  }

  /** Ask how the share is. */
  async refresh() {
    this.take(await read(this.#mine.id, this.#mine.token))
  }

  /** @param {object} change */
  patch(change) {
    return this.#inTurn((revision) => editAt(this.#mine.id, this.#mine.token, revision, change))
  }

  /** @param {object[]} stems */
  add(stems) {
    return this.#inTurn((revision) => addStems(this.#mine.id, this.#mine.token, revision, stems))
  }

  /** Look at the links again. */
  check() {
    return this.#inTurn(() => checkAgain(this.#mine.id, this.#mine.token))
  }

  /**
   * @param {(revision: number) => Promise<Manifest>} action
   * @returns {Promise<Manifest>}
   */
  #inTurn(action) {
    this.#asking++
    const turn = this.#before.then(() => this.#try(action)).finally(() => this.#asking--)
    this.#before = turn.catch(() => {})
    return turn
  }

  /** @param {(revision: number) => Promise<Manifest>} action */
  async #try(action) {
    try {
      if (!this.#manifest) await this.refresh()
      const manifest = await action(Number(this.#manifest?.revision))
      this.take(manifest)
      return manifest
    } catch (error) {
      const problem = /** @type {Problem} */ (error)
      if (!problem.overtaken) throw problem
      await this.refresh()
      const words = gettext('Somebody else changed this share meanwhile. What they changed is shown now, and nothing of yours is lost: look at it, then save again.')
      throw new Problem(problem.code, words, problem.status)
    }
  }
}
