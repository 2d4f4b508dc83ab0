/** @import {Options} from './options-types.js' */
import {Player} from './player.js'

/** @type {WeakMap<Element, Player>} */
const players = new WeakMap()

/**
 * Puts a player into an element. The page links player.css. For stems that no server knows yet see draft.js.
 * @param {HTMLElement} element its content is replaced
 * @param {Options} options
 */
export function mountPlayer(element, options) {
  players.get(element)?.destroy()
  const player = new Player(element, options)
  players.set(element, player)
  return player
}

/**
 * The player that was mounted in an element.
 * @param {Element} element
 */
export const playerOf = (element) => players.get(element) ?? null
