import type { ErrorCode } from '@cinnabar/core';
import type { z } from 'zod';

/**
 * Who may call an operation at all; what of it he may see or touch is the handler's to say.
 * `anyone` needs no session.
 */
export type Access = 'anyone' | 'user' | 'admin';

/** A request's members before validation. */
export type RawRequest = Readonly<Record<string, unknown>>;

export interface OperationDeclaration<
  Name extends string = string,
  Request extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  /** `Category/Action`, as the manual writes it. */
  readonly name: Name;
  /** Audit category and REST path segment. */
  readonly category: string;
  /** Audit action and REST path segment. */
  readonly action: string;
  /** One sentence for documentation pages. */
  readonly summary: string;
  readonly access: Access;
  readonly request: Request;
  readonly response: Response;
  /** Errors that it can answer beyond those that follow from its access and its members (`errorCodesOf`). */
  readonly errors: readonly ErrorCode[];
  /** A request and its answer as JSON, for documentation; the test of all declarations demands one. */
  readonly example: OperationExample | undefined;
  /** Members answered beside the error when the operation fails (Cert/PinCheck: `result: false`). */
  readonly onFailure: RawRequest;
  /** Empty strings clear a value here (User/Set, Cert/Set); elsewhere they mean absent. */
  readonly emptyClears: boolean;
  /** Takes `multipart/form-data` with the document beside the request, and answers bytes where they are asked for. */
  readonly document: boolean;
  /** Reads past the slips of samples and clients: other spellings in, declared members out. */
  readonly adapt: (raw: RawRequest) => RawRequest;
}

export interface OperationExample {
  /** What a client sends; `byte[]` as base64. */
  readonly request: RawRequest;
  /** The answer's members without `error`. */
  readonly response: RawRequest;
}

interface OperationOptions<Request, Response> {
  readonly summary: string;
  readonly access: Access;
  readonly request: Request;
  readonly response: Response;
  readonly errors?: readonly ErrorCode[];
  readonly example?: OperationExample;
  readonly onFailure?: RawRequest;
  readonly emptyClears?: boolean;
  readonly document?: boolean;
  readonly adapt?: (raw: RawRequest) => RawRequest;
}

/** Declares an operation of the contract: route, validation, access, audit and documentation follow from it. */
export function operation<
  const Name extends `${string}/${string}`,
  Request extends z.ZodType,
  Response extends z.ZodType,
>(name: Name, options: OperationOptions<Request, Response>): OperationDeclaration<Name, Request, Response> {
  const [category = '', action = ''] = name.split('/');
  return {
    name,
    category,
    action,
    summary: options.summary,
    access: options.access,
    request: options.request,
    response: options.response,
    errors: options.errors ?? [],
    example: options.example,
    onFailure: options.onFailure ?? {},
    emptyClears: options.emptyClears ?? false,
    document: options.document ?? false,
    adapt: options.adapt ?? ((raw) => raw),
  };
}

/** What a handler receives: validated, with defaults. */
export type RequestOf<Declaration extends OperationDeclaration> = z.output<Declaration['request']>;
/** What a client sends. */
export type RequestInputOf<Declaration extends OperationDeclaration> = z.input<Declaration['request']>;
/** What a handler answers; the envelope's `error` is the pipeline's. */
export type ResponseOf<Declaration extends OperationDeclaration> = z.output<Declaration['response']>;
