import assert from 'node:assert/strict'
import {test} from 'node:test'
import {cleanName} from '../../../../static/site/stems/names.js'

// As sharing/words.py has it; tests/sharing/test_titles.py says so of titles.
for (const [what, typed, kept] of [
  ['spaces around and between', '  Bass   guitar ', 'Bass guitar'],
  ['any white space', 'Bass\u00a0\u2003\tguitar\x1cand\x85drums', 'Bass guitar and drums'],
  ['accents that stand by themselves', 'Cafe\u0301', 'Caf\u00e9'],
  ['characters of no width', 'Ba\u200bss\ufeff\u202e', 'Bass'],
  ['joiners that a script is spelled with', 'می\u200cخواهم', 'می\u200cخواهم'],
  ['halves of a character and private ones', 'B\ud800a\ue000ss', 'Bass'],
  ['a name of nothing', ' \u200b ', ''],
  ['a name that is too long', '𝄞'.repeat(100), '𝄞'.repeat(80)],
  ['a name that ends in a space where it is cut', `${'a'.repeat(79)} b`, 'a'.repeat(79)],
]) {
  test(`${what}: a name is cleaned as the service does it`, () => {
    assert.equal(cleanName(String(typed)), kept)
  })
}
