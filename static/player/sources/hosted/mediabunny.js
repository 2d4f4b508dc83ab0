/** Where the library lies: its own file from npm, served by us, fetched only when a hosted stem is to be streamed. */
const LIBRARY = new URL('../../../vendor/mediabunny/mediabunny.min.mjs', import.meta.url).href

/**
 * @typedef {object} Sample decoded sound
 * @property {number} timestamp seconds
 * @property {number} numberOfFrames
 * @property {number} numberOfChannels
 * @property {number} sampleRate
 * @property {(target: Float32Array, options: {planeIndex: number, format: 'f32-planar'}) => void} copyTo
 * @property {() => void} close
 *
 * @typedef {object} Packet
 * @property {number} timestamp
 * @property {number} duration
 * @property {() => EncodedAudioChunk} toEncodedAudioChunk
 *
 * @typedef {object} Track
 * @property {() => Promise<string>} getCodec
 * @property {() => Promise<boolean>} canDecode
 * @property {() => Promise<number>} getFirstTimestamp
 * @property {() => Promise<AudioDecoderConfig>} getDecoderConfig
 * @property {() => Promise<number>} computeDuration
 * @property {() => Promise<number|null>} getDurationFromMetadata
 *
 * @typedef {object} ByteSource
 * @property {(event: 'read', listener: () => void) => void} on
 *
 * @typedef {object} SampleSink
 * @property {(start: number) => AsyncGenerator<Sample, void>} samples
 *
 * @typedef {object} PacketSink
 * @property {() => Promise<Packet|null>} getFirstPacket
 * @property {(timestamp: number) => Promise<Packet|null>} getKeyPacket
 * @property {(packet: Packet) => Promise<Packet|null>} getNextPacket
 *
 * @typedef {object} Input
 * @property {() => Promise<Track|null>} getPrimaryAudioTrack
 * @property {() => void} dispose
 *
 * @typedef {object} Library what we use of it
 * @property {new (options: {source: ByteSource, formats: unknown[]}) => Input} Input
 * @property {new (url: string, options: object) => ByteSource} UrlSource
 * @property {new (blob: Blob, options: object) => ByteSource} BlobSource
 * @property {new (track: Track) => SampleSink} AudioSampleSink
 * @property {new (track: Track) => PacketSink} EncodedPacketSink
 * @property {unknown} WAVE
 * @property {unknown} FLAC
 * @property {unknown} MP3
 * @property {unknown} MP4
 * @property {unknown} QTFF
 * @property {unknown} OGG
 * @property {unknown} ADTS
 * @property {unknown} WEBM
 * @property {unknown} MATROSKA
 */

/** @returns {Promise<Library>} */
export const loadMediabunny = () => import(LIBRARY)

/**
 * Sound in one file. Not playlists, which would fetch what else they name.
 * @param {Library} library
 */
export const soundFiles = ({WAVE, FLAC, MP3, MP4, QTFF, OGG, ADTS, WEBM, MATROSKA}) =>
  [WAVE, FLAC, MP3, MP4, QTFF, OGG, ADTS, WEBM, MATROSKA]
