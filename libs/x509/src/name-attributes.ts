/**
 * Short names of attribute types in printed names (RFC 4514 section 3 and, for the ones it lacks, what Windows and
 * OpenSSL print). A type that is not here is printed as its dotted OID.
 */
export const ATTRIBUTE_SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'T',
  '2.5.4.13': 'DESCRIPTION',
  '2.5.4.17': 'POSTALCODE',
  '2.5.4.42': 'G',
  '2.5.4.43': 'INITIALS',
  '2.5.4.46': 'DNQ',
  '2.5.4.65': 'PSEUDONYM',
  '1.2.840.113549.1.9.1': 'E',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
};

export const COMMON_NAME_OID = '2.5.4.3';
export const COUNTRY_NAME_OID = '2.5.4.6';
