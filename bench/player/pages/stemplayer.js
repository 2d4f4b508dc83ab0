// The usage of the README of @stemplayer-js/stemplayer-js: one element for each stem, HLS lists and waveform JSON.
import '@stemplayer-js/stemplayer-js/element.js'

const rows = ['vocals', 'drums', 'bass', 'other'].map(
  (stem) =>
    `<stemplayer-js-stem label="${stem}" src="/song/${stem}/hls/stem.m3u8" waveform="/song/${stem}/waveform.json">
     </stemplayer-js-stem>`,
)
document.querySelector('#player').innerHTML = `
  <stemplayer-js>
    <stemplayer-js-controls slot="header" label="A song made by code"></stemplayer-js-controls>
    ${rows.join('')}
  </stemplayer-js>`
