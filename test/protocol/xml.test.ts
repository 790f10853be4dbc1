import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AwsError } from '../../src/protocol/errors.ts'
import { decodeS3Xml, encodeS3Error } from '../../src/protocol/rest-xml.ts'
import { childText, parseXml, XmlError } from '../../src/protocol/xml.ts'
import { escapeXml, xmlDocument } from '../../src/protocol/xml-writer.ts'

test('reads the parts of a CompleteMultipartUpload of both SDKs, ETags quoted and escaped', () => {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    '<Part><ETag>"a"</ETag><PartNumber>1</PartNumber></Part>\n' +
    '<Part><ETag>&quot;b&quot;</ETag><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>'
  const element = decodeS3Xml(Buffer.from(body), 'CompleteMultipartUpload')
  assert.deepEqual(
    element.children.map((part) => [childText(part, 'PartNumber'), childText(part, 'ETag')]),
    [
      ['1', '"a"'],
      ['2', '"b"'],
    ],
  )
})

test('reads prefixes, attributes, comments, CDATA, empty elements and numeric references', () => {
  const text =
    '\uFEFF<?xml version="1.0"?><!-- c --><s:a xmlns:s="u" b=\'<not>\'></s:a>'.replace('<not>', '&lt;') +
    '<!-- end --> '
  assert.deepEqual(parseXml(text), { name: 'a', text: '', children: [] })
  assert.equal(parseXml('<a>&#x41;&#66;<![CDATA[<&>]]>&amp;</a>').text, 'AB<&>&')
  assert.deepEqual(
    parseXml('<a><b/><c /></a>').children.map(({ name }) => name),
    ['b', 'c'],
  )
})

const malformed: readonly (readonly [what: string, text: string])[] = [
  ['nothing', ''],
  ['text alone', 'abc'],
  ['an open element', '<a><b></b>'],
  ['crossed elements', '<a><b></a></b>'],
  ['two roots', '<a/><b/>'],
  ['text behind the root', '<a/>b'],
  ['an unknown entity', '<a>&nbsp;</a>'],
  ['a bare ampersand', '<a>&</a>'],
  ['a reference to no character', '<a>&#0;</a>'],
  ['a reference to half a character', '<a>&#xD800;</a>'],
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ['an attribute without quotes', '<a b=c/>'],
  ['a comment without end', '<a><!-- </a>'],
  ['an entity named like a member of every object', '<a>&valueOf;</a>'],
  ['more elements inside each other than allowed', '<a>'.repeat(17) + '</a>'.repeat(17)],
]

for (const [what, text] of malformed)
  test(`refuses ${what}`, () => {
    assert.throws(() => parseXml(text), XmlError)
  })

test('refuses documents that are too long or have too many elements', () => {
  const limits = { length: 40, depth: 3, elements: 3 }
  assert.throws(() => parseXml(`<a>${'x'.repeat(40)}</a>`, limits), XmlError)
  assert.throws(() => parseXml('<a><b/><b/><b/></a>', limits), XmlError)
  assert.equal(parseXml('<a><b/><b/></a>', limits).children.length, 2)
})

test('is linear in a long run of white space where a tag should end', () => {
  const started = performance.now()
  assert.throws(() => parseXml(`<a${' '.repeat(500_000)}`), XmlError)
  assert.ok(performance.now() - started < 2000)
})

test('answers MalformedXML for another root and for bytes that are not UTF-8', () => {
  assert.throws(() => decodeS3Xml(Buffer.from('<b/>'), 'a'), { name: 'AwsError', code: 'MalformedXML' })
  assert.throws(() => decodeS3Xml(Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]), 'a'), { code: 'MalformedXML' })
})

test('reads back every text that it has written', () => {
  const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))
  fc.assert(
    fc.property(text, (value) => {
      // What is no character in XML has no form in it.
      const writable = value.toWellFormed().replace(/[\ufffe\uffff]/g, '\ufffd')
      assert.equal(parseXml(`<a>${escapeXml(value)}</a>`).text, writable)
    }),
    { numRuns: 300 },
  )
})

test('writes members as elements, lists flattened or in members, and leaves out what is undefined', () => {
  const members = { A: 'x&y', B: [1, 2], C: undefined, D: { E: true }, F: [{ G: 1 }] }
  assert.equal(
    xmlDocument('R', 'urn:n', members),
    '<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="urn:n"><A>x&amp;y</A><B>1</B><B>2</B><D><E>true</E></D><F><G>1</G></F></R>',
  )
  assert.match(xmlDocument('R', 'n', { B: [1, 2] }, 'member'), /<B><member>1<\/member><member>2<\/member><\/B>/)
})

test('escapes control characters as S3 does', () => {
  assert.equal(escapeXml('a\u0001\r\n\t\u007f"'), 'a&#x1;&#xd;\n\t&#x7f;&quot;')
  assert.equal(escapeXml('\0\ud800x\uffff'), '\ufffd\ufffdx\ufffd')
})

test('writes the error document of S3 with its details, everything escaped', () => {
  const error = new AwsError('NoSuchKey', 'a < b', { status: 404, details: { Key: 'k&l' } })
  const text = encodeS3Error(error, { resource: '/b/k&l', requestId: 'r', hostId: 'h' })
  assert.equal(
    text,
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>a &lt; b</Message><Key>k&amp;l</Key>' +
      '<Resource>/b/k&amp;l</Resource><RequestId>r</RequestId><HostId>h</HostId></Error>',
  )
})
