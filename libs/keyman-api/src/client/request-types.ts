import type { OperationDeclaration, RequestInputOf, RequestOf, ResponseOf } from '../operation.ts';
import type { DeclaredOperation } from '../operations/index.ts';
import type { StoredDocument } from '../stored-document.ts';
import type { DocumentSource } from './document-source.ts';

/** The name of an operation of the contract: `'Sign/Hash'`. */
export type OperationName = DeclaredOperation['name'];

/** An operation by its name, or its declaration. */
export type DeclarationOf<Operation> = Operation extends OperationDeclaration
  ? Operation
  : Extract<DeclaredOperation, { name: Operation }>;

/** What a client sends: `byte[]` as Uint8Array, moments as Date (or ISO 8601 text), documents as a DocumentSource. */
export type SentRequest<Declaration extends OperationDeclaration> = Sent<
  RequestInputOf<Declaration>,
  RequestOf<Declaration>
>;

/** What a client receives: `byte[]` and documents as Uint8Array. */
export type ReceivedAnswer<Declaration extends OperationDeclaration> = Received<ResponseOf<Declaration>>;

/**
 * Validation turns some members into others (text into Date), and reads several forms where a client needs one: the
 * type is what validation hands on (`Out`); what may be left out is what it takes (`In`).
 */
type Sent<In, Out> = Out extends StoredDocument
  ? DocumentSource
  : Out extends Uint8Array
    ? Uint8Array
    : Out extends Date
      ? Date | string
      : Out extends readonly (infer Item)[]
        ? readonly Sent<ItemOf<In>, Item>[]
        : Out extends object
          ? SentObject<NonNullable<In>, Out>
          : Out;

type SentObject<In, Out> = {
  readonly [Key in keyof Out as MayBeAbsent<In, Out, Key> extends true ? never : Key]: Sent<Member<In, Key>, Out[Key]>;
} & {
  readonly [Key in keyof Out as MayBeAbsent<In, Out, Key> extends true ? Key : never]?:
    Sent<Member<In, Key>, Out[Key]> | undefined;
};

/** A member may be absent if validation says so, unless it is an object that has to have members itself. */
type MayBeAbsent<In, Out, Key extends keyof Out> = undefined extends Out[Key]
  ? true
  : Out[Key] extends Uint8Array | Date | readonly unknown[]
    ? AbsentIn<In, Key>
    : Out[Key] extends object
      ? NeedsNothing<SentObject<NonNullable<Member<In, Key>>, Out[Key]>>
      : AbsentIn<In, Key>;

type AbsentIn<In, Key> = Key extends keyof In ? NeedsNothing<Pick<In, Key>> : false;
type NeedsNothing<Value> = Partial<Value> extends Value ? true : false;
type Member<In, Key> = Key extends keyof In ? In[Key] : unknown;
type ItemOf<In> = In extends readonly (infer Item)[] ? Item : unknown;

type Received<Out> = Out extends Uint8Array | StoredDocument
  ? Uint8Array
  : Out extends Date
    ? Date
    : Out extends readonly (infer Item)[]
      ? Received<Item>[]
      : Out extends object
        ? { [Key in keyof Out]: Received<Out[Key]> }
        : Out;
