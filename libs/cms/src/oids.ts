/** Content types (RFC 5652 4 and 5.1). */
export const ID_DATA = '1.2.840.113549.1.7.1';
export const ID_SIGNED_DATA = '1.2.840.113549.1.7.2';

/** Attributes. */
export const ID_CONTENT_TYPE = '1.2.840.113549.1.9.3'; // RFC 5652 11.1
export const ID_MESSAGE_DIGEST = '1.2.840.113549.1.9.4'; // RFC 5652 11.2
export const ID_SIGNING_TIME = '1.2.840.113549.1.9.5'; // RFC 5652 11.3
export const ID_SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'; // RFC 5035 3
export const ID_CMS_ALGORITHM_PROTECT = '1.2.840.113549.1.9.52'; // RFC 6211 2

/** Signature algorithms and the mask generation function of PSS (RFC 8017 A.2). */
export const ID_RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
export const ID_MGF1 = '1.2.840.113549.1.1.8';
export const ID_RSASSA_PSS = '1.2.840.113549.1.1.10';
