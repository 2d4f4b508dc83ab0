/** @import {Scope} from '../core/scope.js' */
import {copy} from '../core/clipboard.js'
import {el} from './dom.js'
import {panelWords} from './panel-words.js'

/**
 * Shows a modal dialog until it is closed.
 * @param {HTMLElement} host inside which it lives
 * @param {Scope} scope
 * @param {string} title
 * @param {...Node} content
 */
export function showDialog(host, scope, title, ...content) {
  const close = el('button', {type: 'button', className: 'pl-button pl-wide'}, panelWords.close)
  const dialog = el('dialog', {className: 'pl-dialog', 'aria-label': title}, el('h2', {}, title), ...content, close)
  const own = scope.child()
  own.add(() => dialog.remove())
  own.listen(close, 'click', () => dialog.close())
  own.listen(dialog, 'close', () => own.dispose())
  own.listen(dialog, 'keydown', (event) => event.stopPropagation())
  host.append(dialog)
  dialog.showModal()
  return dialog
}

/**
 * The keyboard shortcuts.
 * @param {HTMLElement} host
 * @param {Scope} scope
 */
export function showHelp(host, scope) {
  const list = el('dl', {}, ...panelWords.shortcuts.flatMap(([keys = '', what = '']) => [el('dt', {}, keys), el('dd', {}, what)]))
  showDialog(host, scope, panelWords.help, list, el('p', {}, panelWords.shortcutsHint))
}

/**
 * Puts text on the clipboard; where the page may not, shows it so that a person can.
 * @param {string} text
 * @param {HTMLElement} host
 * @param {Scope} scope
 * @returns {Promise<boolean>} whether it is on the clipboard
 */
export async function copyText(text, host, scope) {
  if (await copy(text)) return true
  const field = el('input', {className: 'pl-field', readOnly: true, value: text, 'aria-label': panelWords.copyByHand})
  showDialog(host, scope, panelWords.copyByHand, field)
  field.select()
  return false
}
