export { prepareSignedAttributes, type SignedAttributes, type SignedAttributesInput } from './signed-attributes.ts';
export { assembleSignedData, type SignedDataParts } from './signed-data.ts';
export { estimateSignedDataLength, type SignedDataLengthInput } from './signed-data-length.ts';
export { type SignedDataToVerify, verifySignedData } from './verify-signed-data.ts';
export { encodeDigestAlgorithm, encodeSignatureAlgorithm } from './algorithm-identifiers.ts';
export { encodeSetOf } from './der-set-of.ts';
