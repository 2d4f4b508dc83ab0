/** @import {Scope} from '../core/scope.js' */
/** @import {Player} from '../player.js' */

/**
 * The players of this site take turns: whichever began last pauses the others, on its page, in other frames and in other
 * tabs, as far as browsers let them hear of each other: frames on pages of one site do. From the first play on; before,
 * there is nothing to pause. Where this comes late over a slow line, another may have begun in the meantime without being
 * heard here: it says so again.
 * @param {Player} player that has begun to play
 * @param {Scope} scope
 * @param {number} at when, in milliseconds by the clock on the wall, which is the same in all frames and tabs
 */
export function announce(player, scope, at) {
  /** @type {BroadcastChannel} */
  let others
  try {
    others = new BroadcastChannel('stemlink:playing')
  } catch {
    return // Firefox has none where the listener lets no site store anything: there it plays beside the others.
  }
  let [began, heard] = [at, 0]
  const tell = () => others.postMessage(began)
  scope.add(() => others.close())
  scope.listen(others, 'message', (message) => {
    const {data: theirs} = /** @type {MessageEvent<number>} */ (message)
    heard = Math.max(heard, theirs)
    if (player.paused) return
    if (theirs < began) tell()
    else player.pause()
  })
  player.on('play', () => {
    // Never two at once, and after all that we know of, even where the clock was set back.
    began = Math.max(Date.now() + Math.random(), heard + 1)
    tell()
  })
  if (!player.paused) tell()
}
