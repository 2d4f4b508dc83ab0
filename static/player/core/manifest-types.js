/**
 * The manifest as the service sends it (GET /api/shares/<id>/).
 *
 * @typedef {object} Rendition
 * @property {string} url template with {segment}
 * @property {number} segment_frames
 * @property {number} lead_frames frames before the segment, to be cut off
 * @property {number} tail_frames frames after it
 * @property {number} [available_frames] how far it reaches, if not as far as the stem
 *
 * @typedef {object} ManifestStem
 * @property {string} id
 * @property {string} name
 * @property {string} color
 * @property {boolean} muted
 * @property {boolean} soloed
 * @property {number} volume
 * @property {number} pan
 * @property {'kept'|'hosted'} kind
 * @property {string|null} [checked_at] when the server last looked at a hosted stem
 * @property {'pending'|'growing'|'ready'|'failed'} state
 * @property {{code: string, message: string}|null} error
 * @property {number} [attempt] of a kept stem: another one is other sound
 * @property {number|null} [frames] length of a kept stem, if it has one of its own: silence after it
 * @property {number|null} [gain] by which a kept stem was multiplied before it was stored
 * @property {boolean} [truncated] its file was cut off or damaged: some sound is missing
 * @property {number} [available_frames]
 * @property {{url: string, frames_per_peak: number}|null} [peaks]
 * @property {Record<string, string>} [downloads] the whole stem as a file, by format
 * @property {Record<string, Rendition>} [renditions]
 * @property {string} [url] of a hosted stem: where its sound is
 * @property {string} [original_url] as its owner knows it
 * @property {number|null} [seconds] what the server found out about a hosted stem; the player believes what it reads itself
 * @property {number|null} [size] bytes
 * @property {boolean|null} [cors] false: not worth trying to read it
 * @property {boolean|null} [range] false: not worth trying to read a part of it
 *
 * @typedef {object} Manifest
 * @property {string} id
 * @property {string} title
 * @property {string} url
 * @property {string} embed_url
 * @property {'queued'|'running'|'done'|'failed'|'cancelled'} state
 * @property {boolean} [growing] sound will come to it, even when it is done
 * @property {'separate'|'import'} [job] what is or was to be done
 * @property {number} progress
 * @property {number|null} queue_position
 * @property {number|null} seconds_left
 * @property {boolean} [worker_seen]
 * @property {{code: string, message: string}|null} error
 * @property {number|null} sample_rate
 * @property {number|null} frames
 * @property {number|null} [gain] of all stems as they should sound together: the least of theirs
 * @property {boolean} exclusive
 * @property {number} revision
 * @property {number} attempt
 * @property {number} [tries] of the present job: more than one if a worker stopped half way
 * @property {boolean} [downloads] whether the owner offers files
 * @property {Record<string, string>} [zip] all stems as one file, by format
 * @property {boolean} [indexed] whether search engines may list it
 * @property {string|null} [expires_at]
 * @property {ManifestStem[]} stems
 */

export {}
