/** @import {Scope} from '../core/scope.js' */
/** @import {Player} from '../player.js' */

/**
 * The players of this site take turns: one that begins to play pauses the others, on its page, in other frames and in other
 * tabs. From the first play on; before, there is nothing to pause.
 * @param {Player} player that has begun to play
 * @param {Scope} scope
 */
export function announce(player, scope) {
  /** @type {BroadcastChannel} */
  let others
  try {
    others = new BroadcastChannel('stemlink:playing')
  } catch {
    return // Firefox has none where the listener lets no site store anything: there it plays beside the others.
  }
  scope.add(() => others.close())
  scope.listen(others, 'message', () => player.pause())
  const tell = () => others.postMessage(null)
  player.on('play', tell)
  if (!player.paused) tell()
}
