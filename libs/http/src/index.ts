export { JsonBodyReader, type JsonBodyReaderOptions } from './json-body.ts';
export { sessionTokenOf } from './session-token.ts';
export { newTraceId } from './trace-id.ts';
