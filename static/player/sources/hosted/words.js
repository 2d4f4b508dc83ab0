/** What is said about hosted stems; fetched with what plays them. */
export const hostedWords = {
  loading: (/** @type {number|null} */ part) =>
    part === null ? 'Loading all of this stem…' : `Loading all of this stem: ${Math.floor(part * 100)} %`,
  element: "Plays without its host's permission: no pan, may drift.",
  retry: 'Retry',
  load: 'Load',
  large: (/** @type {number} */ megabytes) =>
    `This stem has to be loaded whole: about ${megabytes} MB of memory.`,
  missing: "This link leads nowhere any more. Ask the song's owner to renew it.",
  page: "This link leads to a web page, not to a sound file. Ask the song's owner for a direct link.",
  damaged: 'This file is no sound that this browser can play. WAV, FLAC, MP3, M4A and Ogg are.',
  unreachable: 'The host of this stem does not answer. The rest plays on.',
  refused: 'This link is dead, or its host lets no other page play it. The owner can keep a copy here instead.',
  gesture: 'This browser wants another press on play before it plays this stem.',
}
