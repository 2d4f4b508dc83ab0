/** @import {Scope} from '../core/scope.js' */
/** @import {Player} from '../player.js' */

/** @type {Player|null} the one of this page that keys and lock screen are about: whichever began last */
let spoken = null

/**
 * Offers play, pause and seek to media keys and lock screens, from the first play on.
 * @param {Player} player
 * @param {Scope} scope
 */
export function announce(player, scope) {
  const session = navigator.mediaSession
  if (!session) return
  /** @type {Partial<Record<MediaSessionAction, MediaSessionActionHandler>>} */
  const handlers = {
    play: () => player.play(),
    pause: () => player.pause(),
    seekbackward: ({seekOffset}) => player.seek(player.currentTime - (seekOffset ?? 10)),
    seekforward: ({seekOffset}) => player.seek(player.currentTime + (seekOffset ?? 10)),
    seekto: ({seekTime}) => player.seek(seekTime ?? 0),
  }
  const actions = /** @type {MediaSessionAction[]} */ (Object.keys(handlers))
  /** @param {boolean} on */
  const install = (on) => {
    for (const action of actions) {
      try {
        session.setActionHandler(action, on ? (handlers[action] ?? null) : null)
      } catch {
        // An action that this browser doesn't know.
      }
    }
  }
  const place = () => {
    if (spoken !== player || !player.duration) return
    session.setPositionState?.({duration: player.duration, position: Math.min(player.duration, player.currentTime), playbackRate: 1})
  }
  const playing = () => {
    spoken = player
    session.metadata = new MediaMetadata({title: player.manifest?.title ?? '', artwork: pictures(player.manifest?.url)})
    session.playbackState = 'playing'
    install(true)
    place()
  }
  if (!player.paused) playing()
  player.on('play', playing)
  player.on('seek', place)
  player.on('pause', () => {
    if (spoken === player) session.playbackState = 'paused'
    place()
  })
  scope.add(() => {
    if (spoken !== player) return
    spoken = null
    install(false)
    session.metadata = null
    session.playbackState = 'none'
  })
}

/** @param {string|undefined} url of the share; a draft has none */
const pictures = (url) => (url?.startsWith(`${location.origin}/`) ? [{src: `${url}/preview.png`, sizes: '1200x630', type: 'image/png'}] : [])
