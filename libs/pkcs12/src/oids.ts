/** Content types (RFC 5652). */
export const ID_DATA = '1.2.840.113549.1.7.1';
export const ID_SIGNED_DATA = '1.2.840.113549.1.7.2';
export const ID_ENVELOPED_DATA = '1.2.840.113549.1.7.3';
export const ID_ENCRYPTED_DATA = '1.2.840.113549.1.7.6';

/** Bags (RFC 7292 4.2). */
export const ID_KEY_BAG = '1.2.840.113549.1.12.10.1.1';
export const ID_SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
export const ID_CERT_BAG = '1.2.840.113549.1.12.10.1.3';
export const ID_SAFE_CONTENTS_BAG = '1.2.840.113549.1.12.10.1.6';

/** Bag contents and attributes (RFC 2985, RFC 7292 4.2.3). */
export const ID_X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
export const ID_FRIENDLY_NAME = '1.2.840.113549.1.9.20';
export const ID_LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

/** Password-based schemes of PKCS #5 (RFC 8018 A). */
export const ID_PBES2 = '1.2.840.113549.1.5.13';
export const ID_PBKDF2 = '1.2.840.113549.1.5.12';
export const ID_PBMAC1 = '1.2.840.113549.1.5.14';
