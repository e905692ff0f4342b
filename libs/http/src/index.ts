export { JsonBodyReader, type JsonBodyReaderOptions } from './json-body.ts';
export { addressKey, RateLimit, type RateLimitOptions } from './rate-limit.ts';
export { asPartOf, callerIdOf, currentTrace, type RequestTrace } from './request-trace.ts';
export { sessionTokenOf } from './session-token.ts';
export { newTraceId } from './trace-id.ts';
export type { XmlElement } from './xml/xml-element.ts';
export { XmlBodyReader, type XmlBodyReaderOptions } from './xml/xml-body.ts';
