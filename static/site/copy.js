import {copy} from '../player/core/clipboard.js'
import {one, say} from './dom.js'
import {gettext} from './words.js'

/**
 * A button that copies, and says so for two seconds.
 * @param {HTMLElement} button with a <span> for its words
 * @param {() => string} text
 */
export function copies(button, text) {
  const label = one(button, 'span', HTMLElement)
  const before = label.textContent
  let timer = 0
  button.addEventListener('click', async () => {
    const worked = await copy(text())
    const said = worked ? gettext('Copied') : gettext('Copy it by hand')
    button.style.minInlineSize = `${button.offsetWidth}px` // the shorter word moves nothing
    label.textContent = said
    button.classList.toggle('copied', worked)
    say(said)
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      label.textContent = before
      button.classList.remove('copied')
      button.style.minInlineSize = ''
      say('')
    }, 2000)
  })
}

/**
 * A field that holds something to be copied selects all of it when it is entered.
 * @param {HTMLInputElement|HTMLTextAreaElement} field
 */
export function selectsAll(field) {
  field.addEventListener('focus', () => field.select())
}
