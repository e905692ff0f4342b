import type { OperationShape } from '@cinnabar/keyman-api';

/** The names that WCF gave the vendor's service, by the pattern of its basicHttpBinding. */
export const SERVICE = 'KeymanServiceV3';
export const PORT_TYPE = 'IKeymanServiceV3';
export const PORT = 'BasicHttpBinding_IKeymanServiceV3';
export const SERVICE_PATH = '/Keyman/KeymanServiceV3.svc';

/** The SOAPAction of an operation, as WCF forms it from the namespace. */
export function soapActionOf(namespace: string, { method }: Pick<OperationShape, 'method'>): string {
  const separator = /[/:]$/.test(namespace) ? '' : namespace.startsWith('urn:') ? ':' : '/';
  return `${namespace}${separator}${PORT_TYPE}/${method}`;
}

export function isServicePath(url: string): boolean {
  return new RegExp(`^${SERVICE_PATH.replaceAll('.', '\\.')}/?(?:[?#]|$)`, 'i').test(url);
}
