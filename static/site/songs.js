import {one, tell} from './dom.js'
import {refusal} from './files.js'
import {Queue} from './queue.js'
import {UploadRow} from './upload-row.js'

/** "A song to separate" on the first page: each song is a row of its own, and becomes a link. */
export class Songs {
  zone = one(document, '#drop', HTMLFormElement)
  input = one(document, '#song', HTMLInputElement)
  #model = /** @type {HTMLSelectElement|null} */ (document.querySelector('#model'))
  #queue = new Queue()
  #onCreated

  /** @param {(created: import('./upload.js').Created, title: string) => void} onCreated */
  constructor(onCreated) {
    this.#onCreated = onCreated
    this.#model?.addEventListener('change', () => {
      tell(one(document, '#model-about', HTMLElement), this.#model?.selectedOptions[0]?.dataset.about ?? '')
    })
  }

  /** Whether leaving the page would lose an upload. */
  get busy() {
    return this.#queue.busy
  }

  /** @param {File[]} files */
  take(files) {
    one(document, '#uploads', HTMLElement).hidden = false
    for (const file of files) {
      const row = new UploadRow(file, {
        queue: this.#queue,
        model: () => this.#model?.value ?? '',
        refusal: refusal(file, Number(this.zone.dataset.maxBytes)),
        onCreated: this.#onCreated,
      })
      one(document, '#upload-list', HTMLElement).append(row.element)
    }
  }
}
