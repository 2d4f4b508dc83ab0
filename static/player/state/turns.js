/** @import {Scope} from '../core/scope.js' */
/** @import {Player} from '../player.js' */

/**
 * The players of this site take turns: whichever began last pauses the others, on its page, in other frames and in other
 * tabs. From the first play on; before, there is nothing to pause. Where this comes late over a slow line, another may have
 * begun in the meantime without being heard here: it says so again.
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
  let heard = 0
  const tell = () => {
    player.began = Math.max(player.began, heard + 1) // after all that we know of, even where the clock was set back
    others.postMessage(player.began)
  }
  scope.listen(others, 'message', (message) => {
    const {data: began} = /** @type {MessageEvent<number>} */ (message)
    heard = Math.max(heard, began)
    if (player.paused) return
    if (began < player.began) others.postMessage(player.began)
    else player.pause()
  })
  player.on('play', tell)
  if (!player.paused) tell()
}
