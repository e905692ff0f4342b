import { createHash, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CodedError, systemRandom } from '@cinnabar/core';
import { listFields, MemoryByteSource, PdfDocument, PdfName } from '@cinnabar/pdf';
import { createTestPki } from '@cinnabar/testing';
import { finishPades } from './finish-pades.ts';
import { onePagePdf } from './one-page.fixture.ts';
import { layOutPades, prepareHashedPades, preparePades } from './prepare-pades.ts';
import { ANA, holds, signaturesIn, signText, signWithAna } from './signed-pdf.fixture.ts';

const latin1 = (text: string) => new MemoryByteSource(Buffer.from(text, 'latin1'));
const open = (bytes: Buffer) => PdfDocument.open(new MemoryByteSource(bytes));
const fieldsOf = (document: PdfDocument) => {
  const form = document.dictionary(document.catalog.get('AcroForm'));
  return form ? listFields(document, form) : [];
};

const EMPTY_FIELD = '<</FT/Sig/T(Firma)/Type/Annot/Subtype/Widget/Rect[10 10 60 30]/P 3 0 R';
const withField = (field = `${EMPTY_FIELD}>>`, objects: Record<number, string> = {}) =>
  onePagePdf({
    1: '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/NeedAppearances true>>>>',
    5: field,
    ...objects,
  });

describe('a PAdES signature', () => {
  it('covers all but its own value, leaves the original as it is, and holds', async () => {
    const text = onePagePdf();
    const signed = await signText(text);
    expect(signed.subarray(0, text.length).toString('latin1')).toBe(text);
    const [signature, ...others] = signaturesIn(signed);
    expect(others).toEqual([]);
    expect(signature?.byteRange[0]).toBe(0);
    expect((signature?.byteRange[2] ?? 0) + (signature?.byteRange[3] ?? 0)).toBe(signed.length);
    expect(signature && (await holds(signature))).toBe(true);
    expect(open(signed).isRepaired).toBe(false);
  });

  it('tells its profile: CAdES without signing-time, or the older format with it', async () => {
    const signingTimeOid = Buffer.from('06092a864886f70d010905', 'hex');
    const [enhanced] = signaturesIn(await signText(onePagePdf()));
    expect(enhanced?.dictionary).toContain('/SubFilter /ETSI.CAdES.detached');
    expect(enhanced?.dictionary).toContain("/M (D:20260304050607+00'00')");
    expect(enhanced?.signedDataDer.includes(signingTimeOid)).toBe(false);
    const [basic] = signaturesIn(await signText(onePagePdf(), { profile: 'basic' }));
    expect(basic?.dictionary).toContain('/SubFilter /adbe.pkcs7.detached');
    expect(basic?.signedDataDer.includes(signingTimeOid)).toBe(true);
    expect(basic && (await holds(basic))).toBe(true);
  });

  it('says why, where and by whom', async () => {
    const [signature] = signaturesIn(
      await signText(onePagePdf(), {
        reason: 'Conforme (sí)',
        location: 'València',
        signerName: 'Ana',
        contactInfo: '',
      }),
    );
    expect(signature?.dictionary).toContain('/Name (Ana)');
    expect(signature?.dictionary).toContain(
      `/Location <feff${Buffer.from('València', 'utf16le').swap16().toString('hex')}>`,
    );
    expect(signature?.dictionary).not.toContain('/ContactInfo');
  });

  it('is made with keys of other kinds, and with other hashes', async () => {
    const clara = createTestPki().identity('clara');
    const source = latin1(onePagePdf());
    const parameters = { ...ANA, digestAlgorithm: 'SHA512', signatureScheme: 'ecdsa' } as const;
    const { signerCertificateDer, chainDer } = { signerCertificateDer: clara.certificateDer, chainDer: clara.chainDer };
    const prepared = await preparePades(source, { ...parameters, signerCertificateDer, chainDer }, systemRandom);
    const value = sign('sha512', prepared.toBeSigned, clara.privateKey);
    const { incrementBytes } = await finishPades(source, prepared.state, value);
    const [signature] = signaturesIn(Buffer.concat([source.read(0, source.length), incrementBytes]));
    expect(signature && (await holds(signature))).toBe(true);
  });

  it('can be followed by others: each holds, and each has a field of its own', async () => {
    const twice = await signWithAna(new MemoryByteSource(await signText(onePagePdf())));
    const signatures = signaturesIn(twice);
    expect(await Promise.all(signatures.map(holds))).toEqual([true, true]);
    expect(fieldsOf(open(twice)).map(({ fullName }) => fullName)).toEqual(['Signature1', 'Signature2']);
  });
});

describe('finish', () => {
  const source = latin1(onePagePdf());
  const prepare = () => preparePades(source, ANA, systemRandom);
  const valueFor = (toBeSigned: Uint8Array) => sign('sha256', toBeSigned, createTestPki().identity('ana').privateKey);

  it.each([
    ['a value made with another key', (value: Uint8Array) => value.map((byte) => byte ^ 1)],
    ['a value of another length', (value: Uint8Array) => value.subarray(1)],
  ])('refuses %s', async (_, change) => {
    const { state, toBeSigned } = await prepare();
    await expect(finishPades(source, state, change(valueFor(toBeSigned)))).rejects.toMatchObject({
      code: 'invalid-parameter',
    });
  });

  it('refuses another document, even of the same length', async () => {
    const { state, toBeSigned } = await prepare();
    const other = latin1(onePagePdf().replace('100 100', '100 200'));
    expect(other.length).toBe(source.length);
    for (const document of [other, latin1(`${onePagePdf()} `)]) {
      await expect(finishPades(document, state, valueFor(toBeSigned))).rejects.toThrow('not the one that was prepared');
    }
  });

  it('fails loudly where the room does not suffice', async () => {
    const { state, toBeSigned } = await prepare();
    await expect(finishPades(source, { ...state, capacity: 100 }, valueFor(toBeSigned))).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('a new field', () => {
  it('is an invisible widget on the first page, with an appearance, known to the form', async () => {
    const document = open(await signText(onePagePdf()));
    const [field] = fieldsOf(document);
    expect(field).toMatchObject({ fullName: 'Signature1', fieldType: 'Sig', isFilled: true });
    expect(field?.dictionary.get('Rect')).toEqual([0, 0, 0, 0]);
    expect(field?.dictionary.get('F')).toBe(132);
    expect(document.dictionary(field?.dictionary.get('AP'))?.has('N')).toBe(true);
    const page = document.dictionary(field?.dictionary.get('P'));
    expect(document.array(page?.get('Annots'))).toEqual([field?.reference]);
    expect(document.dictionary(document.catalog.get('AcroForm'))?.get('SigFlags')).toBe(3);
  });

  it('takes no name that exists, not even of a field above others', async () => {
    const objects = {
      1: '<</Pages 2 0 R/AcroForm 4 0 R>>',
      4: '<</Fields[5 0 R 6 0 R]/XFA(kept)>>',
      5: '<</T(Signature1)/Kids[7 0 R]>>',
      6: '<</T(Signature2)/FT/Tx>>',
      7: '<</T(inner)/FT/Tx/Parent 5 0 R>>',
    };
    const document = open(await signText(onePagePdf(objects)));
    expect(fieldsOf(document).map(({ fullName }) => fullName)).toEqual([
      'Signature1.inner',
      'Signature2',
      'Signature3',
    ]);
    expect(document.dictionary(document.catalog.get('AcroForm'))?.has('XFA')).toBe(true);
  });

  it('goes into arrays where they stand, and changes nothing around them', async () => {
    const objects = {
      1: '<</Pages 2 0 R/AcroForm 4 0 R>>',
      3: '<</Type/Page/Parent 2 0 R/Annots 8 0 R>>',
      4: '<</Fields 9 0 R/SigFlags 3>>',
      8: '[10 0 R]',
      9: '[]',
      10: '<</Subtype/Link>>',
    };
    const text = onePagePdf(objects);
    const signed = (await signText(text)).toString('latin1').slice(text.length);
    expect([...signed.matchAll(/^(\d+) 0 obj/gm)].map(([, number]) => Number(number)).sort((a, b) => a - b)).toEqual([
      8, 9, 11, 12, 13,
    ]);
  });

  it.each([
    ['a form without fields', { 1: '<</Pages 2 0 R/AcroForm<<>>>>' }],
    ['fields that are no array', { 1: '<</Pages 2 0 R/AcroForm<</Fields 17>>>>' }],
    ['annotations that are no array', { 3: '<</Type/Page/Parent 2 0 R/Annots(x)>>' }],
    [
      'a form tree that leads to itself',
      {
        1: '<</Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>',
        5: '<</T(a)/Kids[5 0 R 6 0 R]>>',
        6: '<</T(b)/Kids[5 0 R]>>',
      },
    ],
  ])('is made in spite of %s', async (_, objects) => {
    const document = open(await signText(onePagePdf(objects)));
    expect(fieldsOf(document).filter(({ isFilled }) => isFilled)).toHaveLength(1);
  });

  it('names the order of tabs in a tagged document, unless it is signed already', async () => {
    const pageOf = (document: PdfDocument) => document.dictionary(fieldsOf(document).at(-1)?.dictionary.get('P'));
    const tagged = { 1: '<</Pages 2 0 R/StructTreeRoot 6 0 R/AcroForm<</Fields[]>>>>', 6: '<</Type/StructTreeRoot>>' };
    expect(pageOf(open(await signText(onePagePdf(tagged))))?.get('Tabs')).toEqual(new PdfName('S'));
    const signedBefore = {
      ...tagged,
      1: '<</Pages 2 0 R/StructTreeRoot 6 0 R/AcroForm<</Fields[7 0 R]>>>>',
      7: '<</FT/Sig/T(x)/V<</Type/Sig>>>>',
    };
    expect(pageOf(open(await signText(onePagePdf(signedBefore))))?.has('Tabs')).toBe(false);
  });
});

describe('signfieldname', () => {
  it('signs an existing empty field and keeps what its author said of it', async () => {
    const signed = await signText(withField(`${EMPTY_FIELD}/StructParent 4/MK<</R 90>>>>`), { fieldName: 'Firma' });
    const document = open(signed);
    const fields = fieldsOf(document);
    expect(fields).toHaveLength(1);
    expect(fields[0]).toMatchObject({ isFilled: true });
    expect(fields[0]?.dictionary.get('StructParent')).toBe(4);
    expect(fields[0]?.dictionary.get('Rect')).toEqual([10, 10, 60, 30]);
    expect(fields[0]?.dictionary.has('AP')).toBe(true);
    expect(document.dictionary(document.catalog.get('AcroForm'))?.get('NeedAppearances')).toBe(true);
    expect(await Promise.all(signaturesIn(signed).map(holds))).toEqual([true]);
  });

  it('finds a field by its full name, also where its type is inherited', async () => {
    const objects = {
      5: '<</T(Partes)/FT/Sig/Kids[6 0 R 7 0 R]>>',
      6: '<</T(uno)/Parent 5 0 R>>',
      7: '<</T(dos)/Parent 5 0 R>>',
    };
    const document = open(await signText(withField(objects[5], objects), { fieldName: 'Partes.dos' }));
    expect(fieldsOf(document).map(({ fullName, isFilled }) => [fullName, isFilled])).toEqual([
      ['Partes.uno', false],
      ['Partes.dos', true],
    ]);
  });

  it.each([
    ['is not there', withField(), 'Otra', 'the document has no such field'],
    ['is no signature field', withField('<</FT/Tx/T(Firma)>>'), 'Firma', 'the field is no signature field'],
    ['is signed', withField(`${EMPTY_FIELD}/V<</Type/Sig>>>>`), 'Firma', 'the field is signed already'],
  ])('is refused where the field %s', async (_, text, fieldName, reason) => {
    await expect(signText(text, { fieldName })).rejects.toThrow(`signfieldname: ${reason}`);
  });

  it("turns the field's lock into transforms of its signature", async () => {
    const field = `${EMPTY_FIELD}/Lock<</Type/SigFieldLock/Action/Include/Fields[(Total)]/P 2>>>>`;
    const [signature] = signaturesIn(await signText(withField(field), { fieldName: 'Firma' }));
    expect(signature?.dictionary).toMatch(/\/TransformMethod \/FieldMDP[^]*\/Action \/Include\n\/Fields \[\(Total\)\]/);
    expect(signature?.dictionary).toMatch(/\/TransformMethod \/DocMDP[^]*\/P 2\n/);
  });
});

describe('what the author or an earlier signer forbids', () => {
  const transform = (method: string, parameters: string) =>
    `<</Type/Sig/Reference[<</TransformMethod/${method}/TransformParams<<${parameters}>>>>]>>`;

  it('is refused: a document that was certified without changes', async () => {
    const certified = (parameters: string) =>
      onePagePdf({ 1: '<</Pages 2 0 R/Perms<</DocMDP 6 0 R>>>>', 6: transform('DocMDP', parameters) });
    await expect(signText(certified('/P 1'))).rejects.toMatchObject({ code: 'refused-in-state' });
    await expect(signText(certified('/P 2'))).resolves.toBeDefined();
    await expect(signText(certified(''))).resolves.toBeDefined();
  });

  it.each([
    ['/Action/All', true],
    ['/Action/Include/Fields[(Firma)]', true],
    ['/Action/Include/Fields[(Otra)]', false],
    ['/Action/Exclude/Fields[(Firma)]', false],
    ['/Action/Exclude/Fields[(Otra)]', true],
  ])('a field that an earlier signature locks by %s: %s', async (parameters, isRefused) => {
    const objects = {
      1: '<</Pages 2 0 R/AcroForm<</Fields[5 0 R 7 0 R]>>>>',
      7: `<</FT/Sig/T(Antes)/V 8 0 R>>`,
      8: transform('FieldMDP', parameters),
    };
    const signing = signText(withField(`${EMPTY_FIELD}>>`, objects), { fieldName: 'Firma' });
    if (isRefused) await expect(signing).rejects.toMatchObject({ code: 'refused-in-state' });
    else await expect(signing).resolves.toBeDefined();
  });
});

describe('prepare', () => {
  it('gives the same for a document that was hashed before, whose bytes it does not read again', async () => {
    const bytes = Buffer.from(onePagePdf(), 'latin1');
    const source = new MemoryByteSource(bytes);
    const parameters = { ...ANA, digestAlgorithm: 'SHA384' as const };
    const hash = createHash('sha384').update(bytes);
    const layout = structuredClone(layOutPades(source, parameters, systemRandom));
    // A hash can be used more than once: a try that failed may be made again.
    for (let times = 0; times < 2; times++)
      expect(prepareHashedPades(layout, parameters, hash)).toEqual(
        await preparePades(source, parameters, systemRandom),
      );
  });

  it('refuses what is no document with a coded error', async () => {
    await expect(signText('hello')).rejects.toThrow(CodedError);
    await expect(signText('hello')).rejects.toMatchObject({ code: 'document-unreadable' });
  });
});
