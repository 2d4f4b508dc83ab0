import js from '@eslint/js'
import globals from 'globals'

/** Whatever has to be given back goes through a Scope, so that destroy() forgets nothing. */
const giveBack = [
  ['addEventListener', 'scope.listen()'],
  ['setTimeout', 'scope.timeout()'],
  ['setInterval', 'scope.interval()'],
  ['requestAnimationFrame', 'scope.frames()'],
].map(([name, better]) => ({
  selector: `CallExpression[callee.name='${name}'], CallExpression[callee.property.name='${name}']`,
  message: `Use ${better} of player/core/scope.js.`,
}))

export default [
  js.configs.recommended,
  {
    files: ['static/**/*.js'],
    languageOptions: {globals: globals.browser},
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-implicit-globals': 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'max-lines': ['error', {max: 400}],
      'no-restricted-properties': [
        'error',
        {property: 'innerHTML', message: 'Build elements: what comes from outside is text.'},
        {object: 'AbortSignal', property: 'any', message: 'Safari 16 lacks it: use anyOf() of player/core/any-of.js.'},
        {object: 'URL', property: 'canParse', message: 'Safari 16 lacks it.'},
      ],
    },
  },
  {
    files: ['static/player/**/*.js'],
    ignores: ['static/player/core/scope.js'],
    rules: {'no-restricted-syntax': ['error', ...giveBack]},
  },
  {files: ['tests/js/**/*.js'], languageOptions: {globals: globals.node}},
]
