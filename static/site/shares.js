/**
 * What this browser knows of a share that was made or is managed here.
 * @typedef {object} Mine
 * @property {string} id
 * @property {string} url
 * @property {string} token the edit token
 * @property {string} title
 * @property {string} state as the manifest says, or "gone"
 * @property {number} created milliseconds
 * @property {string} [job] "import" for stems that existed already
 * @property {number} [revision] of its owner's changes, as far as it was heard of
 */

const KEY = 'stemlink.shares'

/** "Your shares in this browser": kept in localStorage, or for as long as the page lives where that is forbidden or full. */
export class Shares {
  /** @type {Mine[]|null} all of them, where the browser did not keep what was last written */
  #memory
  #storage
  #lasting

  /** @param {Storage|null} storage */
  constructor(storage = storageIfReadable()) {
    this.#storage = storage
    this.#memory = storage ? null : []
    this.#lasting = storage !== null && keeps(storage)
  }

  /** Whether they outlast this page, as far as is known: a storage that is full is still read. */
  get lasting() {
    return this.#lasting
  }

  /**
   * Newest first. Read anew each time, since another tab may have written meanwhile.
   * @returns {Mine[]}
   */
  list() {
    return this.#read().sort((a, b) => b.created - a.created)
  }

  /** @param {string} id */
  get(id) {
    return this.#read().find((mine) => mine.id === id) ?? null
  }

  /**
   * Add a share, or note what changed of it.
   * @param {Mine} mine
   */
  put(mine) {
    this.#write([...this.#read().filter((other) => other.id !== mine.id), mine])
  }

  /**
   * Note what a manifest says of a share that is known here; others are none of our business, and one that was overtaken
   * by its owner's change is no news.
   * @param {{id: string, title: string, state: string, job?: string, revision?: number}} manifest
   */
  note({id, title, state, job, revision}) {
    const mine = this.get(id)
    if (Number(revision) < Number(mine?.revision)) return
    const news = {title, state, ...(job && {job}), ...(revision && {revision})}
    if (mine && Object.entries(news).some(([key, value]) => mine[/** @type {'job'} */ (key)] !== value)) this.put({...mine, ...news})
  }

  /** @param {string} id */
  forget(id) {
    this.#write(this.#read().filter((mine) => mine.id !== id))
  }

  /** @returns {Mine[]} */
  #read() {
    if (this.#memory) return [...this.#memory]
    try {
      const kept = JSON.parse(this.#storage?.getItem(KEY) ?? '[]')
      return Array.isArray(kept) ? kept.filter(isMine) : []
    } catch {
      return []
    }
  }

  /** @param {Mine[]} all */
  #write(all) {
    this.#memory = all
    this.#lasting = false
    try {
      if (!this.#storage) return
      this.#storage.setItem(KEY, JSON.stringify(all))
      this.#memory = null
      this.#lasting = true
    } catch {
      // full, or forbidden after all: go on without, and try again with the next
    }
  }
}

/** Whether another tab's change concerns the list. @param {StorageEvent} event */
export const concernsShares = (event) => event.key === KEY || event.key === null

/**
 * @param {any} value
 * @returns {value is Mine}
 */
const isMine = (value) =>
  ['id', 'url', 'token', 'title', 'state'].every((key) => typeof value?.[key] === 'string') &&
  /^\w{1,40}$/.test(value.id) &&
  /^https?:\/\//.test(value.url) &&
  Number.isFinite(value.created)

/** @returns {Storage|null} null where the browser has nothing kept: sandboxed frames, blocked cookies */
function storageIfReadable() {
  try {
    const storage = globalThis.localStorage
    storage.getItem(KEY)
    return storage
  } catch {
    return null
  }
}

/**
 * Whether something can be written, too: not where it is full, nor in private windows of some browsers.
 * @param {Storage} storage
 */
function keeps(storage) {
  try {
    storage.setItem(`${KEY}.try`, '')
    storage.removeItem(`${KEY}.try`)
    return true
  } catch {
    return false
  }
}
