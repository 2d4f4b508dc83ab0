import assert from 'node:assert/strict'
import {test} from 'node:test'
import {embedCode} from '../../../../static/site/stems/embed-code.js'

test('whatever the title is, the code is one frame', () => {
  assert.equal(
    embedCode('http://localhost/abc/embed', `A "song" </textarea>'&`, 248),
    '<iframe src="http://localhost/abc/embed" title="A &quot;song&quot; &lt;/textarea&gt;&#x27;&amp;" width="100%" height="248" loading="lazy"' +
      ' allow="autoplay; clipboard-write" style="border:0"></iframe>',
  )
})
