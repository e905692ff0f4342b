export { decodeBase64 } from './base64.ts';
export { CodedError, type CodedErrorOptions, type ErrorCode, type Fault } from './errors.ts';
export { DIGEST_ALGORITHMS, DIGESTS, MD5_SHA1_LENGTH, type DigestAlgorithm } from './digest-algorithm.ts';
export type { Clock, Fetch, Random } from './ports.ts';
export { systemClock, systemRandom } from './system-ports.ts';
export { equalInConstantTime, zero } from './secrets.ts';
