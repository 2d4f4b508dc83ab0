/** @import {Scope} from '../core/scope.js' */

/**
 * @typedef {object} Commands
 * @property {() => void} toggle play or pause
 * @property {(seconds: number) => void} move
 * @property {(index: number) => void} solo
 * @property {(index: number) => void} mute
 * @property {() => void} soloNone
 * @property {() => void} loop
 * @property {(edge: 'from'|'to') => void} loopHere
 * @property {(closer: boolean) => void} zoom
 * @property {() => void} help
 */

/**
 * Single keys, only while the player has the focus (WCAG 2.1.4), and never those that the focused control needs itself.
 * @param {HTMLElement} element
 * @param {Scope} scope
 * @param {Commands} commands
 */
export function listenToKeys(element, scope, commands) {
  scope.listen(element, 'keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const target = /** @type {Element} */ (event.target)
    const action = forDigit(event, commands) ?? forKey(event, target, commands)
    if (!action) return
    event.preventDefault()
    if (!event.repeat || /Arrow|[+=-]/.test(event.key)) action() // others flip while held
  })
}

/**
 * @param {KeyboardEvent} event
 * @param {Commands} commands
 */
function forDigit(event, {solo, mute, soloNone}) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1]
  if (digit === undefined) return null
  if (digit === '0') return event.shiftKey ? null : soloNone
  return () => (event.shiftKey ? mute : solo)(Number(digit) - 1)
}

/**
 * @param {KeyboardEvent} event
 * @param {Element} target
 * @param {Commands} commands
 * @returns {(() => void)|null}
 */
function forKey(event, target, commands) {
  const ownKeys = target.matches('input, select, textarea')
  const step = event.shiftKey ? 1 : 5
  switch (event.key) {
    case ' ':
      return target.closest('button, input[type=checkbox], select, a') ? null : commands.toggle
    case 'ArrowLeft':
      return ownKeys ? null : () => commands.move(-step)
    case 'ArrowRight':
      return ownKeys ? null : () => commands.move(step)
    case 'Home':
      return ownKeys ? null : () => commands.move(-Infinity)
    case 'End':
      return ownKeys ? null : () => commands.move(Infinity)
    case 'l':
    case 'L':
      return commands.loop
    case '[':
      return () => commands.loopHere('from')
    case ']':
      return () => commands.loopHere('to')
    case '+':
    case '=':
      return () => commands.zoom(true)
    case '-':
      return () => commands.zoom(false)
    case '?':
      return commands.help
    default:
      return null
  }
}
