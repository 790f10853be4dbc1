import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { METRIC_ENGINES, metricMatcher } from '../../src/telemetry/metric-matcher.ts'
import { MetricRegexError } from '../../src/telemetry/metric-regex-error.ts'
import { compileMetricRegex } from '../../src/telemetry/metric-regex.ts'

/** The value of a pattern in a line, which every engine that may run it agrees on. */
function value(pattern: string, line: string): number | undefined {
  const regex = compileMetricRegex(pattern)
  const engines = regex.engine === 'either' ? METRIC_ENGINES : [regex.engine]
  const values = engines.map((engine) =>
    metricMatcher({ ...regex, engine })
      .values(line)
      .at(-1),
  )
  assert.equal(new Set(values).size, 1, `${pattern} on ${line}: ${values.join(' and ')}`)
  if (values[0] !== undefined) assert.ok(line.includes(regex.literal))
  return values[0]
}

const NUMBER = '[-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?'

const VALUES: readonly (readonly [pattern: string, line: string, value: number | undefined])[] = [
  ['loss: ([0-9.]+)', 'epoch 3 loss: 0.25 acc: 0.5', 0.25],
  ['loss: ([0-9.]+)', 'loss: 1 loss: 2', 2],
  [`validation-error#011(${NUMBER})`, 'validation-error#0112.5e-1', 0.25],
  ["'learning_rate': ([0-9]+(.|e\\-)[0-9]+),?", "'learning_rate': 2.38095238095e-05,", Math.fround(2.38095238095)],
  ['acc=(\\S+)', 'acc=nan', undefined],
  ['acc=(\\S+)', 'acc=1e39', undefined],
  ['acc=(\\S+)', 'acc=0x10', undefined],
  ['acc=(.*?);', 'acc= .5 ;', 0.5],
  ['(?P<name>loss)=(?P<value>\\d+)', 'loss=7', undefined],
  ['(?P<value>\\d+) (?P<unit>ms|s)', '12 ms', 12],
  ['(?i)LOSS=(\\d+)', 'Loss=3', 3],
  ['(?i:LOSS)=(\\d+)', 'loss=3', 3],
  ['(?i)a(?-i:B)=(\\d+)', 'Ab=1 AB=2', 2],
  ['\\Aloss=(\\d+)\\Z', 'loss=3', 3],
  ['^loss=(\\d+)$', 'x loss=3', undefined],
  ['(?#the loss)loss=(\\d+)', 'loss=3', 3],
  ['a{,2}b=(\\d)', 'aab=1', 1],
  ['{"loss": (\\d+)}', '{"loss": 5}', 5],
  ['x{=(\\d)', 'x{=4', 4],
  ['[]x]=(\\d)', ']=4', 4],
  ['[^]x]=(\\d)', ']=4 y=5', 5],
  ['[[:alpha:]]=(\\d)', ':]=6', 6],
  ['[\\d.]+ ([\\d.]+)', '1.5 2.5', 2.5],
  ['[\\s-]([\\d]+)', '\u00a012', 12],
  ['[^\\S]([\\d]+)', '\u300012', 12],
  ['\\x6c\\u006fss=(\\d)', 'loss=8', 8],
  ['\\154oss=(\\d)', 'loss=8', 8],
  ['⏱ (\\d+)😀', '⏱ 12😀', 12],
  ['^.(\\d)', '😀1', 1],
  ['(?:(\\d)|x)*;', '1x;', 1],
  ['(\\d)\\1', '33', 3],
  ['(?P<d>\\d)(?P=d)', '33', 3],
  ['(?<=loss=)(\\d+)(?!\\d|%)', 'loss=50', 50],
  ['(\\d*)', 'a1', 1],
]

test('values are those that Python would capture, in every engine that may run the expression', () => {
  for (const [pattern, line, expected] of VALUES) assert.equal(value(pattern, line), expected, pattern)
})

test('a capture is rounded to 32 bits', () => {
  assert.equal(value('lr ([0-9.]+)', 'lr 0.0036'), 0.003599999938160181)
})

const REFUSED: readonly (readonly [pattern: string, reason: RegExp])[] = [
  ['loss: (', /missing \), unterminated subpattern at position 6/],
  ['loss)', /unbalanced parenthesis at position 4/],
  ['[a-', /unterminated character set at position 0/],
  ['[z-a]', /bad character range at position 1/],
  ['*a', /nothing to repeat at position/],
  ['a**', /multiple repeat at position/],
  ['a++', /possessive quantifiers are not supported at position 2/],
  ['(?>a)', /atomic groups are not supported at position 0/],
  ['(a)?(?(1)b)', /conditional groups are not supported at position 4/],
  ['(?x) a', /flags \(\?x\) are not supported/],
  ['(?P<a>b)(?P<a>c)', /redefinition of group name 'a'/],
  ['(?P<1>b)', /bad group name/],
  ['(?P=a)', /unknown group name 'a'/],
  ['\\2(a)', /invalid group reference 2/],
  ['\\q', /bad escape \\q at position 0/],
  ['\\', /unexpected end of pattern/],
  ['(?', /unexpected end of pattern/],
  ['(?#a', /unterminated comment/],
  ['a{3,2}', /min repeat greater than max repeat/],
  ['a{2000}', /more than 1000 repetitions are not supported/],
  ['((a{50}){50})', /more than 1000 repetitions are not supported/],
  ['^*', /Nothing to repeat/],
]

test('what cannot be used is refused with its reason and place', () => {
  for (const [pattern, reason] of REFUSED) {
    assert.throws(
      () => compileMetricRegex(pattern),
      (error) => {
        assert.ok(error instanceof MetricRegexError, pattern)
        assert.match(error.reason, reason)
        return true
      },
    )
  }
})

test('compiling never runs the expression', () => {
  const before = performance.now()
  for (const pattern of ['(a|a|)'.repeat(10), '(?:a|b|){30}(c)', '(?:(?:a*)*)*(b)']) compileMetricRegex(pattern)
  assert.ok(performance.now() - before < 1000)
})

test('the literal that must be there is the longest sure one', () => {
  const literals: readonly (readonly [string, string])[] = [
    ['loss: ([0-9.]+)', 'loss: '],
    ['(val_)?loss=(\\d+), acc', 'loss='],
    ['(?:val_)loss', 'val_loss'],
    ['a|b', ''],
    ['(?i)loss', ''],
    ['x(?i:loss)yy', 'yy'],
    ['ab+c', 'a'],
    ['(?=loss)x', 'x'],
    ['(abc)*de', 'de'],
    ['a\\.b', 'a.b'],
  ]
  for (const [pattern, literal] of literals) {
    assert.equal(compileMetricRegex(pattern).literal, literal, pattern)
  }
})

const atom = fc.constantFrom('a', 'b', '1', '.', '\\d', '\\w', '\\s', '\\S', '[ab]', '[^a1]', '[\\d.]', '\\b', ' ', '=')
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
  part: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'regex' },
    atom,
    fc
      .tuple(
        atom.filter((text) => text !== '\\b'),
        fc.constantFrom('*', '+', '?', '*?', '+?', '{2}', '{,2}'),
      )
      .map((parts) => parts.join('')),
    tie('pattern').map((inner) => `(${inner})`),
    fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}')).map(([inner, times]) => `(?:${inner})${times}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([left, right]) => `(?:${left}|${right})`),
  ),
}))
const line = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', '1', '2', '.', ' ', '=', 'é', '😀') })

test('V8 and RE2 find the same value in any line, and the literal is always in it', () => {
  fc.assert(
    fc.property(pattern, line, (expression, text) => void value(expression, text)),
    { numRuns: 2000 },
  )
})
