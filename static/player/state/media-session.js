/** @import {Scope} from '../core/scope.js' */
/** @import {Player} from '../player.js' */
/** @import {Session} from '../session.js' */

/** @type {Player|null} the one of this page that keys and lock screen are about: whichever began last */
let spoken = null

/**
 * Offers play, pause and seek to media keys and lock screens, from the first play on.
 * @param {Player} player
 * @param {Scope} scope
 * @param {Session} session of its listener
 */
export function announce(player, scope, session) {
  const system = navigator.mediaSession
  if (!system) return
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
        system.setActionHandler(action, on ? (handlers[action] ?? null) : null)
      } catch {
        // An action that this browser doesn't know.
      }
    }
  }
  const place = () => {
    const {currentTime, duration} = player
    if (spoken !== player || !duration) return
    system.setPositionState?.({duration, position: Math.min(duration, currentTime), playbackRate: session.tempo.speed})
  }
  const playing = () => {
    spoken = player
    system.metadata = new MediaMetadata({title: player.manifest?.title ?? '', artwork: pictures(player.manifest?.url)})
    system.playbackState = 'playing'
    install(true)
    place()
  }
  if (!player.paused) playing()
  player.on('play', playing)
  player.on('seek', place)
  session.on('change', place) // it counts on by itself: told of another speed, and where it goes on after waiting
  player.on('pause', () => {
    if (spoken === player) system.playbackState = 'paused'
  })
  const leave = () => {
    if (spoken !== player) return
    spoken = null
    install(false)
    system.metadata = null
    system.playbackState = 'none'
  }
  player.on('problem', (problem) => problem === 'gone' && leave())
  scope.add(leave)
}

/** @param {string|undefined} url of the share; a draft has none */
const pictures = (url) => (url?.startsWith(`${location.origin}/`) ? [{src: `${url}/preview.png`, sizes: '1200x630', type: 'image/png'}] : [])
