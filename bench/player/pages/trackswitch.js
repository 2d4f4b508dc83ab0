// The set-up of trackswitch's configuration page: one MP3 for each track.
import './trackswitch-jquery.js'
import 'trackswitch'
import 'font-awesome/css/font-awesome.css'
import 'trackswitch/dist/css/trackswitch.min.css'

const tracks = ['vocals', 'drums', 'bass', 'other'].map(
  (stem) =>
    `<ts-track title="${stem}"><ts-source src="/song/${stem}/whole.mp3" type="audio/mpeg"></ts-source></ts-track>`,
)
const player = document.querySelector('#player')
player.innerHTML = tracks.join('')
window.jQuery(player).trackSwitch({ spacebar: true })
