import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { damaged } from './pfx-errors.ts';
import type { Bags, CertBag, KeyBag } from './safe-bags.ts';

export interface SelectedKey {
  readonly privateKey: KeyObject;
  readonly key: KeyBag;
  readonly certificate: CertBag;
}

interface ReadCertificate {
  readonly bag: CertBag;
  readonly x509: X509Certificate;
}

/**
 * The one private key of the file that has a certificate in it, and that certificate. What counts is that the public
 * keys are equal: key ids are labels that programs forget or copy. Among several certificates of one key (a renewal)
 * the one with the key's id comes first, then the one that is valid longest.
 */
export function selectKey({ certificates, keys }: Bags): SelectedKey {
  if (keys.length === 0) throw damaged('no private key in it');
  const read = certificates.map((bag) => ({ bag, x509: readCertificate(bag) }));
  const usable = keys.flatMap((key) => {
    const privateKey = readPrivateKey(key);
    const certificate = findCertificate(key, privateKey, read);
    return certificate ? [{ key, privateKey, certificate }] : [];
  });
  const [first, ...others] = usable;
  if (!first) throw damaged('no certificate of its private key in it');
  if (others.some(({ privateKey }) => !privateKey.equals(first.privateKey))) {
    throw damaged('more than one private key with a certificate in it');
  }
  return first;
}

function findCertificate(key: KeyBag, privateKey: KeyObject, certificates: readonly ReadCertificate[]) {
  const isPreferred = ({ bag }: ReadCertificate): boolean =>
    key.localKeyId !== undefined && bag.localKeyId === key.localKeyId;
  const [best] = certificates
    .filter(({ x509 }) => x509.checkPrivateKey(privateKey))
    .sort(
      (left, right) =>
        Number(isPreferred(right)) - Number(isPreferred(left)) ||
        right.x509.validToDate.getTime() - left.x509.validToDate.getTime(),
    );
  return best?.bag;
}

function readPrivateKey({ privateKeyInfo }: KeyBag): KeyObject {
  try {
    return createPrivateKey({
      key: Buffer.from(privateKeyInfo.buffer, privateKeyInfo.byteOffset, privateKeyInfo.byteLength),
      format: 'der',
      type: 'pkcs8',
    });
  } catch (cause) {
    throw damaged('its private key cannot be read', cause);
  }
}

function readCertificate({ certificateDer }: CertBag): X509Certificate {
  try {
    return new X509Certificate(certificateDer);
  } catch (cause) {
    throw damaged('a certificate in it cannot be read', cause);
  }
}
