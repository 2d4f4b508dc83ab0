import {copies, selectsAll} from './copy.js'
import {copyOf, one, say} from './dom.js'
import {left, percent, size} from './format.js'
import {Pace} from './pace.js'
import {Problem} from './problem.js'
import {upload} from './upload.js'
import {gettext, interpolate} from './words.js'

/** @typedef {import('./upload.js').Created} Created */

/** One upload on the page: waiting, on its way, refused, or a link. */
export class UploadRow {
  element = copyOf('upload-row')
  #going = one(this.element, '[data-going]', HTMLElement)
  #bar = one(this.element, '[data-bar]', HTMLProgressElement)
  #detail = one(this.element, '[data-detail]', HTMLElement)
  #problem = one(this.element, '[data-problem]', HTMLElement)
  #problemText = one(this.element, '[data-problem-text]', HTMLElement)
  #cancel = one(this.element, '[data-cancel]', HTMLButtonElement)
  #again = one(this.element, '[data-again]', HTMLButtonElement)
  #abort = new AbortController()
  #leaveQueue = () => false
  #file
  #options

  /**
   * @param {File} file
   * @param {{
   *   queue: import('./queue.js').Queue,
   *   model: () => string,
   *   refusal: string|null,
   *   onCreated: (created: Created, title: string) => void,
   * }} options
   */
  constructor(file, options) {
    this.#file = file
    this.#options = options
    one(this.element, '[data-name]', HTMLElement).textContent = file.name
    this.#bar.setAttribute('aria-label', interpolate(gettext('Upload of %(name)s'), {name: file.name}))
    this.#cancel.addEventListener('click', () => this.#stop())
    this.#again.addEventListener('click', () => this.#enqueue())
    if (options.refusal) this.#refuse(options.refusal, false)
    else this.#enqueue()
  }

  #enqueue() {
    const {queue, model} = this.#options
    const chosen = model()
    this.#abort = new AbortController()
    this.#going.hidden = false
    this.#cancel.hidden = false
    this.#cancel.textContent = gettext('Cancel')
    if (document.activeElement === this.#again) this.#cancel.focus()
    this.#problem.hidden = this.#again.hidden = true
    this.#bar.value = 0
    this.#detail.textContent = interpolate(gettext('%(size)s, waits for the song before it'), {size: size(this.#file.size)})
    this.#leaveQueue = queue.add(() => this.#send(chosen))
  }

  /** @param {string} model */
  async #send(model) {
    const pace = new Pace()
    const onSent = (/** @type {number} */ bytes) => {
      pace.mark(bytes, performance.now())
      this.#show(bytes, pace)
    }
    onSent(0)
    try {
      const created = await upload(this.#file, {model, signal: this.#abort.signal, onSent})
      this.#finish(created)
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem('unexpected', String(error))
      this.#refuse(problem.message, true)
    }
  }

  /**
   * @param {number} sent
   * @param {Pace} pace
   */
  #show(sent, pace) {
    const total = this.#file.size
    if (sent >= total) {
      this.#bar.removeAttribute('value')
      this.#detail.textContent = gettext('All sent, making the link')
      this.#hideCancel()
      return
    }
    this.#bar.value = sent / total
    const words = [interpolate(gettext('%(sent)s of %(total)s'), {sent: size(sent), total: size(total)}), percent(sent / total)]
    const seconds = pace.secondsLeft(total)
    if (seconds !== null) words.push(left(seconds))
    this.#detail.textContent = words.join(' · ')
  }

  /** What is sent may be a share already: that nothing was kept would be untrue. */
  #hideCancel() {
    const hadFocus = document.activeElement === this.#cancel
    this.#cancel.hidden = true
    if (!hadFocus) return
    this.element.tabIndex = -1
    this.element.focus()
  }

  #stop() {
    if (!this.#problem.hidden) this.#dismiss()
    else if (this.#leaveQueue()) this.#dismiss()
    else this.#abort.abort()
  }

  #dismiss() {
    const next = this.element.nextElementSibling ?? this.element.previousElementSibling
    this.element.remove()
    const focus = next?.querySelector('button:not([hidden])') ?? document.querySelector('#song')
    if (focus instanceof HTMLElement) focus.focus()
  }

  /**
   * @param {string} message
   * @param {boolean} mayTryAgain
   */
  #refuse(message, mayTryAgain) {
    this.#going.hidden = true
    this.#problem.hidden = false
    this.#problemText.textContent = message
    this.#again.hidden = !mayTryAgain
    this.#cancel.hidden = false
    this.#cancel.textContent = gettext('Dismiss')
    say(`${this.#file.name}: ${message}`)
  }

  /** @param {Created} created */
  #finish(created) {
    const title = this.#file.name.replace(/(.)\.[A-Za-z0-9]{1,5}$/, '$1').replaceAll('_', ' ')
    const link = one(this.element, '[data-link]', HTMLInputElement)
    const copy = one(this.element, '[data-copy]', HTMLButtonElement)
    link.value = created.url
    link.setAttribute('aria-label', interpolate(gettext('Link to %(name)s'), {name: title}))
    selectsAll(link)
    copies(copy, () => created.url)
    one(this.element, '[data-open]', HTMLAnchorElement).href = created.url
    one(this.element, '[data-done]', HTMLElement).hidden = false
    const hadFocus = this.element.contains(document.activeElement)
    this.#going.hidden = this.#cancel.hidden = true
    if (hadFocus) copy.focus()
    say(interpolate(gettext('%(name)s is uploaded. Its link is %(url)s'), {name: title, url: created.url}))
    this.#options.onCreated(created, title)
  }
}
