import {whyNotLoaded} from '../older.js'
import {Problem, problemOf, unreachable} from '../problem.js'

/** @typedef {typeof import('tus-js-client')} Tus */

const ENDPOINT = '/api/uploads/'
const RETRY_AFTER = [0, 1000, 3000, 5000, 10_000, 20_000] // milliseconds; counted anew whenever something got through
const CHUNK = 32 * 1024 * 1024 // bytes: a proxy on the way that keeps back what it gets loses no more than this
const GONE = [404, 410]

/** The library as its authors built it: no module, but a script that leaves its name behind. Fetched with the first file. */
async function fetchTus() {
  const address = new URL('../../vendor/tus-js-client/tus.min.js', import.meta.url).href
  await import(address).catch(async () => {
    const {code, message} = unreachable()
    const why = await whyNotLoaded(message)
    throw new Problem(why === message ? code : 'older', why)
  })
  return /** @type {{tus: Tus}} */ (/** @type {unknown} */ (globalThis)).tus
}

/** Addresses of uploads that rows of this page have: the same file in two rows is two uploads. @type {Set<string>} */
const inUse = new Set()

/**
 * One file on its way up, in as many pieces as the line makes of it. Chosen again after a cut, even by another visit, it
 * goes on where it was: this browser remembers its address.
 */
export class Upload {
  /** @type {import('tus-js-client').Upload|null} */
  #upload = null
  #file
  #stop = new AbortController()

  /** @param {File} file */
  constructor(file) {
    this.#file = file
  }

  /**
   * Send it, or what is left of it.
   * @param {(bytes: number) => void} onSent
   * @returns {Promise<string>} the address of the whole upload; rejects with a Problem, `aborted` once it was cancelled
   */
  async send(onSent) {
    const upload = (this.#upload ??= await this.#make(await fetchTus()))
    const {signal} = this.#stop
    return new Promise((resolve, reject) => {
      const stopped = () => reject(new Problem('aborted', ''))
      if (signal.aborted) return stopped()
      signal.addEventListener('abort', stopped, {once: true})
      upload.options.onProgress = onSent
      upload.options.onSuccess = () => resolve(String(upload.url))
      upload.options.onError = (error) => reject(problemIn(error))
      upload.start()
    })
  }

  /** Give it up, and have the server forget it. */
  async cancel() {
    this.#stop.abort()
    inUse.delete(String(this.#upload?.url))
    await this.#upload?.abort(true).catch(() => {}) // else the server forgets it by itself, later
  }

  /** A share has it now: should the file be chosen again, it is another upload. */
  async forget() {
    const upload = this.#upload
    for (const {uploadUrl, urlStorageKey} of (await upload?.findPreviousUploads()) ?? []) {
      if (uploadUrl === upload?.url) await upload.options.urlStorage?.removeUpload(urlStorageKey)
    }
  }

  /** @param {Tus} tus */
  async #make(tus) {
    const upload = new tus.Upload(this.#file, {
      endpoint: ENDPOINT,
      chunkSize: CHUNK,
      retryDelays: RETRY_AFTER,
      metadata: {filename: this.#file.name},
      onUploadUrlAvailable: () => inUse.add(String(upload.url)),
    })
    const previous = await upload.findPreviousUploads()
    const free = previous.find(({uploadUrl}) => uploadUrl !== null && !inUse.has(uploadUrl))
    if (free) {
      inUse.add(String(free.uploadUrl))
      upload.resumeFromPreviousUpload(free)
    }
    return upload
  }
}

/**
 * @param {Error|import('tus-js-client').DetailedError} error
 * @returns {Problem}
 */
function problemIn(error) {
  const response = 'originalResponse' in error ? error.originalResponse : null
  const status = response?.getStatus() ?? 0
  if (status === 0 || GONE.includes(status)) return unreachable()
  let body = null
  try {
    body = JSON.parse(response?.getBody() ?? '')
  } catch {
    // an answer of something between here and the service
  }
  return problemOf(status, body)
}
