/** Operations that only read: sent twice, they answer twice and change nothing but the audit. */
const READING = /^(Verify\/\w+|\w+\/(Get|CERGet|ChainGet|List|ListAvailable|Info|TokenCheck))$/;

/**
 * May an operation be sent again when nobody knows whether it took place? Whatever is not known to read, may not:
 * Cert/PinCheck counts a try, Sign/Hash makes a second signature.
 */
export function isSafe(operation: string): boolean {
  return READING.test(operation);
}
