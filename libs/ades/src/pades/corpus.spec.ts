import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CodedError, type ErrorCode, systemRandom } from '@cinnabar/core';
import { listFields, MemoryByteSource, PdfDocument } from '@cinnabar/pdf';
import { preparePades } from './prepare-pades.ts';
import { ANA, holds, signaturesIn, signWithAna } from './signed-pdf.fixture.ts';

/** Real-world documents that may stand beside the repository; without them these tests are skipped. */
const corpus = new URL('../../../../../shared/corpus/pdf-sign/', import.meta.url);
const isThere = existsSync(corpus);
const promise = isThere ? describe : describe.skip;
const LONGEST_MS = 5_000;

interface Row {
  readonly name: string;
  readonly passwords: readonly (string | undefined)[];
  readonly expected: string;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  K0008: 'refused-in-state',
  K0013: 'document-unreadable',
  K0017: 'not-supported',
};

function readRows(): readonly Row[] {
  const [, ...lines] = readFileSync(new URL('index.tsv', corpus), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const cells = line.split('\t');
    return { name: cells[0] ?? '', passwords: passwordsIn(cells[5] ?? ''), expected: cells[10] ?? '' };
  });
}

/** `user / owner`, `' ' (one space)`, `(empty)`, `needs private key` or the password with `\uXXXX` escapes. */
function passwordsIn(cell: string): readonly (string | undefined)[] {
  if (cell === '' || cell === '(empty)' || cell === 'needs private key') return [undefined];
  const quoted = /^'(.*)' \(/.exec(cell)?.[1];
  if (quoted !== undefined) return [quoted];
  return cell
    .split(' / ')
    .map((each) => each.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))));
}

const rows = isThere ? readRows() : [];
const read = (name: string) => readFileSync(new URL(name, corpus));

promise('the documents of the corpus (skipped without ../shared)', () => {
  it.each(rows.filter(({ expected }) => expected.startsWith('sign')))(
    'sign $name',
    async ({ name, passwords, expected }) => {
      const original = read(name);
      for (const password of passwords) {
        const startedAt = performance.now();
        const signed = await signWithAna(new MemoryByteSource(original), { password, reason: 'Prueba' }).catch(
          (error: unknown) => {
            // Damaged beyond what readers show: a clear refusal is an answer too.
            expect(expected).toBe('sign or refuse K0013');
            expect(error).toMatchObject({ code: 'document-unreadable' });
            return undefined;
          },
        );
        expect(performance.now() - startedAt).toBeLessThan(LONGEST_MS);
        if (signed) await expectGoodSignature(original, signed, password);
      }
    },
  );

  it.each(rows.filter(({ expected }) => expected.startsWith('refuse')))(
    'refuse $name',
    async ({ name, passwords, expected }) => {
      const code = CODES[expected.replace('refuse ', '')];
      expect(code).toBeDefined();
      for (const password of passwords) {
        await expect(signWithAna(new MemoryByteSource(read(name)), { password })).rejects.toMatchObject({ code });
      }
    },
  );

  it("whose permissions allow the author's own signature fields only, are signed there", async () => {
    const original = read('dss-restricted_fields.pdf');
    const document = PdfDocument.open(new MemoryByteSource(original));
    const form = document.dictionary(document.catalog.get('AcroForm'));
    const field =
      form && listFields(document, form).find(({ fieldType, isFilled }) => fieldType === 'Sig' && !isFilled);
    const signed = await signWithAna(new MemoryByteSource(original), { fieldName: field?.fullName });
    await expectGoodSignature(original, signed, undefined);
  });

  it('say that a password is needed, or wrong', async () => {
    const source = new MemoryByteSource(read('pyhanko-minimal-aes256.pdf'));
    await expect(signWithAna(source)).rejects.toMatchObject({ code: 'document-password' });
    await expect(signWithAna(source, { password: 'wrong' })).rejects.toMatchObject({ code: 'document-password' });
  });

  it('but for a few, need no looking through the whole document', () => {
    const repaired = rows
      .filter(({ expected }) => expected.startsWith('sign'))
      .filter(({ name, passwords }) => {
        try {
          return PdfDocument.open(new MemoryByteSource(read(name)), { password: passwords[0] }).isRepaired;
        } catch (error) {
          if (error instanceof CodedError) return true;
          throw error;
        }
      })
      .map(({ name }) => name);
    expect(repaired.length).toBeLessThan(10);
  });

  it('damaged at random, are signed or refused with a code, in bounded time', async () => {
    const random = pseudoRandom(20_260_304);
    for (const { name, passwords } of rows) {
      const original = read(name);
      for (const damage of DAMAGES) {
        const source = new MemoryByteSource(damage(original, random));
        const startedAt = performance.now();
        await preparePades(source, { ...ANA, password: passwords[0] }, systemRandom).catch((error: unknown) => {
          if (!CodedError.is(error) || error.code === 'internal') throw new Error(name, { cause: error });
        });
        expect(performance.now() - startedAt).toBeLessThan(LONGEST_MS);
      }
    }
  }, 120_000);
});

async function expectGoodSignature(original: Buffer, signed: Buffer, password: string | undefined): Promise<void> {
  expect(signed.subarray(0, original.length).equals(original)).toBe(true);
  const newest = signaturesIn(signed).at(-1);
  if (!newest) throw new Error('no signature was found');
  const [start = -1, length = 0, second = 0, rest = 0] = newest.byteRange;
  expect(start).toBe(0);
  expect(second + rest).toBe(signed.length);
  // What is left out is the value of /Contents and nothing else.
  expect(signed.toString('latin1', length, second)).toMatch(/^<[0-9a-f]+>$/);
  expect(await holds(newest)).toBe(true);
  const document = PdfDocument.open(new MemoryByteSource(signed), { password });
  expect(document.isRepaired).toBe(false);
  const form = document.dictionary(document.catalog.get('AcroForm'));
  const fields = form ? listFields(document, form) : [];
  expect(fields.filter(({ fieldType, isFilled }) => fieldType === 'Sig' && isFilled).length).toBeGreaterThan(0);
}

type Damage = (original: Buffer, random: () => number) => Buffer;
const DAMAGES: readonly Damage[] = [
  (original, random) => original.subarray(0, Math.floor(random() * original.length)),
  (original, random) => {
    const damaged = Buffer.from(original);
    for (let count = 0; count < 20; count++)
      damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
    return damaged;
  },
  (original, random) => {
    const at = Math.floor(random() * original.length);
    return Buffer.concat([original.subarray(0, at), original.subarray(at + Math.floor(random() * 300))]);
  },
  (original, random) => {
    const [from, to] = [Math.floor(random() * original.length), Math.floor(random() * original.length)];
    return Buffer.concat([original.subarray(0, to), original.subarray(from, from + 400), original.subarray(to)]);
  },
  // Numbers above all: offsets, lengths, object numbers.
  (original, random) => {
    const damaged = Buffer.from(original);
    for (let count = 0; count < 30; count++) {
      const from = Math.floor(random() * damaged.length);
      const at = damaged.subarray(from, from + 300).findIndex((byte) => byte >= 0x30 && byte <= 0x39);
      if (at >= 0) damaged[from + at] = 0x30 + Math.floor(random() * 10);
    }
    return damaged;
  },
];

/** The same numbers in each run: a failure can be repeated. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}
