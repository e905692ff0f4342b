import { CodedError } from '@cinnabar/core';
import { type Certificate } from './certificate.ts';
import { isSameName } from './distinguished-name.ts';
import { isSignedBy } from './verify/verify-issued.ts';

/** More certificates than any chain with its cross-certificates has; bounds the signatures that are verified. */
const MAX_BAG = 32;

/**
 * Puts a bag of certificates in order: the leaf, its issuer, … as far towards a root as the bag goes. Certificates of
 * the bag that do not belong to the leaf are left out. Each link is a matching name (and key identifier, where both
 * have one) and a verified signature; dates and constraints are for whoever validates the path.
 *
 * Several certificates of one issuer (cross-certificates, renewals): a self-signed one ends the chain and is preferred,
 * then the one that is valid longest. More than 32 certificates are an `invalid-parameter` that names `member`.
 */
export function orderChain(leaf: Certificate, bag: readonly Certificate[], member = 'chain'): Certificate[] {
  if (bag.length > MAX_BAG) throw new CodedError('invalid-parameter', `${member}: more than ${MAX_BAG} certificates`);
  const chain = [leaf];
  const unused = new Set(bag.filter((candidate) => !isSameCertificate(candidate, leaf)));
  for (let last = leaf; !isSelfSigned(last);) {
    const issuer = findIssuer(last, [...unused]);
    if (!issuer) break;
    unused.delete(issuer);
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** A root: its own issuer by name and by signature. */
export function isSelfSigned(certificate: Certificate): boolean {
  return isIssuerByName(certificate, certificate) && verifiesQuietly(certificate, certificate);
}

function findIssuer(certificate: Certificate, candidates: readonly Certificate[]): Certificate | undefined {
  return candidates
    .filter((candidate) => isIssuerByName(certificate, candidate))
    .sort((left, right) => preference(right) - preference(left))
    .find((candidate) => verifiesQuietly(certificate, candidate));
}

/** A self-issued certificate comes before all others; no validity reaches this far (the year 9999 is 2.5e14 ms). */
const preference = (candidate: Certificate): number =>
  (candidate.isSelfIssued ? 1e15 : 0) + candidate.validToAt.getTime();

function isIssuerByName(certificate: Certificate, candidate: Certificate): boolean {
  if (!isSameName(certificate.issuer, candidate.subject)) return false;
  const { authorityKeyIdentifier } = certificate;
  const { subjectKeyIdentifier } = candidate;
  return !authorityKeyIdentifier || !subjectKeyIdentifier || authorityKeyIdentifier === subjectKeyIdentifier;
}

/** A candidate whose key cannot be used is not the issuer that we can prove. */
function verifiesQuietly(certificate: Certificate, candidate: Certificate): boolean {
  try {
    return isSignedBy(certificate, candidate);
  } catch (error) {
    if (CodedError.is(error, 'not-supported')) return false;
    throw error;
  }
}

const isSameCertificate = (left: Certificate, right: Certificate): boolean =>
  Buffer.compare(left.certificateDer, right.certificateDer) === 0;
