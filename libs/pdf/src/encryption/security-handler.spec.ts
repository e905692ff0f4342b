import { describe, expect, it } from '@jest/globals';
import { systemRandom } from '@cinnabar/core';
import { classicPdf, ONE_PAGE, sourceOf } from '../document/classic-pdf.fixture.ts';
import { PdfDocument } from '../document/pdf-document.ts';
import { PdfDictionary, PdfReference, PdfString } from '../objects/pdf-object.ts';
import { permissionsOf } from './permissions.ts';
import { rc4 } from './rc4.ts';
import { saslPrep } from './saslprep.ts';

/**
 * Encryption dictionaries and the string `Secret title` of object 2, encrypted by qpdf 11.3 with the user password
 * `contraseña` and the owner password `dueño` (`--static-id`).
 */
const ID = '31415926535897932384626433832795';
const AES_128 = '/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV2/Length 16>>>>/StmF/StdCF/StrF/StdCF/Length 128/V 4/R 4/P -4';
const AES_256 = '/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/StmF/StdCF/StrF/StdCF/Length 256/V 5/P -4';
const O_128 = '/O<a879c8a609b279c3f094551ce35eb3782b4a23b280221128d07ccbb2050616d8>';
const CASES: readonly (readonly [name: string, dictionary: string, title: string])[] = [
  [
    'RC4-40, revision 2',
    '/V 1/R 2/Length 40/P -4/O<d73a7536187d8109b58b1ba318bc7e915a6b089c24d9b3a5c718464678862a1a>/U<8e0448c36467b8c78656332a66cee0919e13cb0f1f2c8286a5240a00519e05af>',
    '7fc2e9e61db3a106405990d9',
  ],
  [
    'RC4-128, revision 3',
    `/V 2/R 3/Length 128/P -4${O_128}/U<955934e52ded43666c0f3e226ba257610122456a91bae5134273a6db134c87c4>`,
    '3ceecf6276ea701c29b1d656',
  ],
  [
    'AES-128, revision 4',
    `${AES_128}${O_128}/U<955934e52ded43666c0f3e226ba257610122456a91bae5134273a6db134c87c4>`,
    'bbee7754373e09b8094a07b22fa9601d8c3c244ecbdac254d8e9d0316c7e4f65',
  ],
  [
    'AES-128 with metadata in clear text',
    `${AES_128}/EncryptMetadata false${O_128}/U<5d3f766572adb1c0b58f83f8d5b848cf0122456a91bae5134273a6db134c87c4>`,
    '282d39b49e298e67785649c2afbed67c8c2fedc416198703ee1a53eabc984a26',
  ],
  [
    'AES-256, revision 5',
    `${AES_256}/R 5/O<325d1bcff21aac1dc8b68d24c29fc1cb0260858c195fea520170eabc0475b123b859554e51229278fad7084d00f2e19b>/OE<4584a9dd4fc1c739eeb8c79f18a5b84e9d48abfe8b9acb7b0bff4368892925df>/Perms<50d83b503a05517e7fbd4f5e0c052064>/U<5e4320424c12a110b5650909dfe060035e8e69e6299d9df84d257e063946f4a14272f1693cc3d830cd90091075407877>/UE<3b9fa2d08bf5a9b18f6ca801e3a9cb578091ebd887cd91cc2685dc2ece1d1b21>`,
    '9ee9e013663b93b3f59447cfce11f41732a73e6164679d77ef8b7915f5c6e6d6',
  ],
  [
    'AES-256, revision 6',
    `${AES_256}/R 6/O<b2c656d18154a47804bae3320a830cda860a119cf2da6ea7502247fdced2d6c9d3ef20294c58ba4f8a0c1344ca6db3ee>/OE<fbdc35076ea2e64969c6c64720306c7d1f5ed9bc0e84cbe7eaa9f8716079af58>/Perms<89c07746e7fcd25ac253f82e59197486>/U<6931a381417da33fd78f816f3f7e1fbcfb60819bb4fe5c20f40476ba1925e0a21b90dc4257ea916edcb78c221443ab88>/UE<0414f99f0b8a60aac8c4f90ef4462ff8b58a0e349f37a311007e63fddb0cd3b6>`,
    '256c65da524e6fdf043fb3529545fa6780a9c9442503d7439e91448e3bf2c6ff',
  ],
];

function encryptedPdf(dictionary: string, title = '00'): string {
  const objects = { ...ONE_PAGE, '2 0': `<</Title<${title}>>>`, '1 0': '<</Pages 4 0 R>>', '4 0': '<</Kids[3 0 R]>>' };
  const trailer = `/Root 1 0 R/Info 2 0 R/ID[<${ID}><${ID}>]/Encrypt<</Filter/Standard${dictionary}>>`;
  return classicPdf({ objects, trailer }).text;
}

const open = (text: string, password?: string) => PdfDocument.open(sourceOf(text), { password });

function titleOf(document: PdfDocument): string {
  const title = document.dictionary(document.trailer.get('Info'))?.get('Title');
  return title instanceof PdfString ? Buffer.from(title.bytes).toString('latin1') : '';
}

describe.each(CASES)('a document encrypted with %s', (_, dictionary, title) => {
  const text = encryptedPdf(dictionary, title);

  it.each(['contraseña', 'dueño'])('is opened by %s', (password) => {
    expect(titleOf(open(text, password))).toBe('Secret title');
  });

  it('says whether a password is wrong or missing, and nothing else', () => {
    expect(() => open(text, 'contrasena')).toThrow('document: its password is wrong');
    expect(() => open(text)).toThrow('document: it needs a password');
  });

  it('reads what it encrypts', () => {
    const security = open(text, 'contraseña').security;
    const owner = new PdfReference(70_000, 3);
    const bytes = Uint8Array.from(Buffer.from('något nytt'));
    const encrypted = security?.encryptString(owner, bytes, systemRandom) ?? bytes;
    expect(encrypted).not.toEqual(bytes);
    expect(Uint8Array.from(security?.decryptString(owner, encrypted) ?? [])).toEqual(bytes);
    const dictionaryOfStream = new PdfDictionary();
    const stream = security?.encryptStream(owner, dictionaryOfStream, bytes, systemRandom) ?? bytes;
    expect(Uint8Array.from(security?.decryptStream(owner, dictionaryOfStream, stream) ?? [])).toEqual(bytes);
  });
});

describe('an encrypted document', () => {
  const [, dictionary = ''] = CASES[5] ?? [];

  it.each([
    ['a public-key handler', '<</Filter/Adobe.PubSec/V 4/SubFilter/adbe.pkcs7.s5>>', 'not-supported'],
    ['an unknown handler', '<</Filter/Vendor.Secret/V 4>>', 'not-supported'],
    ['an unknown version', '<</Filter/Standard/V 3/R 3>>', 'not-supported'],
    ['a dictionary without /O', '<</Filter/Standard/V 2/R 3/U()/P -4>>', 'document-unreadable'],
    ['a crypt filter that is not there', `<</Filter/Standard${dictionary}/StrF/Other>>`, 'document-unreadable'],
  ])('with %s is refused', (_, encrypt, code) => {
    const { text } = classicPdf({ objects: ONE_PAGE, trailer: `/Root 1 0 R/Encrypt ${encrypt}` });
    expect(() => open(text, 'contraseña')).toThrow(expect.objectContaining({ code }));
  });

  it('of which only embedded files are encrypted is read without a password', () => {
    const text = encryptedPdf(`${dictionary}/StmF/Identity/StrF/Identity/EFF/StdCF`, '706c61696e');
    expect(titleOf(open(text))).toBe('plain');
  });

  it('is decrypted by the number of the object, in update and original alike', () => {
    const text = encryptedPdf(dictionary, CASES[5]?.[2]);
    const update = classicPdf({
      objects: { '2 0': '<</Title()>>' },
      trailer: `/Root 1 0 R/Info 2 0 R/ID[<${ID}><${ID}>]/Encrypt<</Filter/Standard${dictionary}>>`,
      previous: Number(/startxref\n(\d+)/.exec(text)?.[1]),
      start: text.length,
    });
    expect(titleOf(open(text + update.text, 'contraseña'))).toBe('');
  });
});

describe('permissions', () => {
  it('allow new fields by bits 4 and 6, and filling in by 6 or 9 (ISO 32000-1 table 22)', () => {
    const bit = (...positions: readonly number[]) =>
      positions.reduce((bits, position) => bits | (1 << (position - 1)), 0);
    expect(permissionsOf(bit(4, 6), 4)).toEqual({ mayFillForms: true, mayCreateFields: true });
    expect(permissionsOf(bit(6), 4)).toEqual({ mayFillForms: true, mayCreateFields: false });
    expect(permissionsOf(bit(9), 4)).toEqual({ mayFillForms: true, mayCreateFields: false });
    expect(permissionsOf(bit(4, 5, 10, 11, 12), 4)).toEqual({ mayFillForms: false, mayCreateFields: false });
    expect(permissionsOf(bit(9), 2)).toEqual({ mayFillForms: false, mayCreateFields: false });
  });

  it('do not bind the owner', () => {
    const [, rc440 = ''] = CASES[0] ?? [];
    expect(open(encryptedPdf(rc440), 'dueño').permissions).toEqual({ mayFillForms: true, mayCreateFields: true });
  });
});

describe('RC4', () => {
  it('is the cipher of RFC 6229', () => {
    const keystream = rc4(Uint8Array.of(1, 2, 3, 4, 5), new Uint8Array(32));
    expect(Buffer.from(keystream).toString('hex')).toBe(
      'b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919',
    );
    const longer = rc4(
      Uint8Array.from({ length: 16 }, (_, index) => index + 1),
      new Uint8Array(16),
    );
    expect(Buffer.from(longer).toString('hex')).toBe('9ac7cc9a609d1ef7b2932899cde41b97');
  });
});

describe('SASLprep', () => {
  it.each([
    // RFC 4013 3.
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['\u0007', undefined],
    ['a\u00a0b', 'a b'],
  ])('prepares %j', (password, prepared) => {
    expect(saslPrep(password)).toBe(prepared);
  });
});
