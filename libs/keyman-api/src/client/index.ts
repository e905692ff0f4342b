export { KeymanClient } from './keyman-client.ts';
export type { CallOptions, Credentials, KeymanClientOptions, SecretSource } from './client-options.ts';
export {
  KeymanAbortError,
  KeymanAnswerError,
  KeymanClientError,
  KeymanConnectionError,
  KeymanDocumentError,
  KeymanError,
  KeymanTimeoutError,
  type OperationOutcome,
} from './client-errors.ts';
export type { DocumentSource } from './document-source.ts';
export type { OperationName, ReceivedAnswer, SentRequest } from './request-types.ts';
export { isSafe } from './safe-operations.ts';
export type { StreamedDocument } from './streamed-document.ts';
