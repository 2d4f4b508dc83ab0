import {one, say} from './dom.js'
import {gettext} from './words.js'

/**
 * Put text on the clipboard; over plain HTTP there is no clipboard API, so the old way is the fallback.
 * @param {string} text
 * @returns {Promise<boolean>} whether it worked
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const before = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'unseen'
  document.body.append(field)
  field.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    field.remove()
    if (before instanceof HTMLElement) before.focus({preventScroll: true})
  }
}

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
