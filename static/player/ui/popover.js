/** @import {Scope} from '../core/scope.js' */
import {attribute, el} from './dom.js'

/** A small panel that a button opens; it closes with Escape, with a press elsewhere, and when the focus leaves. */
export class Popover {
  #opener

  /**
   * @param {HTMLButtonElement} opener
   * @param {Scope} scope
   * @param {string} label
   */
  constructor(opener, scope, label) {
    this.#opener = opener
    this.element = el('div', {className: 'pl-popover', role: 'group', 'aria-label': label, hidden: true})
    scope.listen(document, 'pointerdown', (event) => {
      const target = /** @type {Node} */ (event.target)
      if (!this.element.contains(target) && !opener.contains(target)) this.toggle(false)
    })
    for (const part of [this.element, opener]) {
      scope.listen(part, 'keydown', (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== 'Escape' || this.element.hidden) return
        event.stopPropagation()
        this.toggle(false)
        opener.focus()
      })
    }
    scope.listen(this.element, 'focusout', (/** @type {FocusEvent} */ event) => {
      const to = /** @type {Node|null} */ (event.relatedTarget)
      if (to && !this.element.contains(to) && to !== opener) this.toggle(false)
    })
  }

  /** Opens it when it is closed, and the other way round. */
  flip() {
    this.toggle(Boolean(this.element.hidden))
  }

  /** @param {boolean} open */
  toggle(open) {
    this.element.hidden = !open
    attribute(this.#opener, 'aria-expanded', open)
    if (open) this.element.scrollIntoView({block: 'nearest'})
  }
}
