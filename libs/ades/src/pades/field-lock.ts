import { PdfDictionary, type PdfDocument, PdfName, PdfString, type PdfValue, textOf } from '@cinnabar/pdf';

/** Which fields a signature locks (ISO 32000-1 tables 233 and 256). */
export interface FieldLock {
  readonly action: 'All' | 'Include' | 'Exclude';
  readonly fieldNames: readonly string[];
}

/** Reads /Action and /Fields, of a signature field lock dictionary or of the parameters of a FieldMDP transform. */
export function readFieldLock(document: PdfDocument, dictionary: PdfDictionary): FieldLock | undefined {
  const action = nameOf(document, dictionary, 'Action');
  if (action !== 'All' && action !== 'Include' && action !== 'Exclude') return undefined;
  const fieldNames = (document.array(dictionary.get('Fields')) ?? [])
    .map((each) => document.resolve(each))
    .flatMap((each) => (each instanceof PdfString ? [textOf(each)] : []));
  return { action, fieldNames };
}

/** Is a field locked? The name of a field above it locks it too. */
export function isLocked({ action, fieldNames }: FieldLock, fieldName: string): boolean {
  const isNamed = fieldNames.some((each) => fieldName === each || fieldName.startsWith(`${each}.`));
  return action === 'All' || (action === 'Include' ? isNamed : !isNamed);
}

/**
 * The signature references that a field's /Lock demands of its signature: a FieldMDP transform (12.8.2.4), and DocMDP
 * where /P limits all later changes (ISO 32000-2 table 236).
 */
export function lockReferences(document: PdfDocument, field: PdfDictionary): readonly PdfValue[] {
  const lock = document.dictionary(field.get('Lock'));
  if (!lock) return [];
  const references: PdfValue[] = [];
  const fieldLock = readFieldLock(document, lock);
  if (fieldLock) {
    const fields = fieldLock.action === 'All' ? undefined : lock.get('Fields');
    references.push(
      signatureReference(document, 'FieldMDP', { Action: new PdfName(fieldLock.action), Fields: fields }),
    );
  }
  const permission = document.resolve(lock.get('P'));
  if (typeof permission === 'number') references.push(signatureReference(document, 'DocMDP', { P: permission }));
  return references;
}

/** Signature reference dictionary (table 253). */
function signatureReference(
  document: PdfDocument,
  method: 'FieldMDP' | 'DocMDP',
  parameters: Readonly<Record<string, PdfValue | undefined>>,
): PdfDictionary {
  return PdfDictionary.of({
    Type: new PdfName('SigRef'),
    TransformMethod: new PdfName(method),
    TransformParams: PdfDictionary.of({
      Type: new PdfName('TransformParams'),
      V: new PdfName('1.2'),
      ...parameters,
    }),
    ...(method === 'FieldMDP' && { Data: document.catalogReference }),
  });
}

export function nameOf(document: PdfDocument, dictionary: PdfDictionary, key: string): string | undefined {
  const value = document.resolve(dictionary.get(key));
  return value instanceof PdfName ? value.value : undefined;
}
