import type { OperationDeclaration, RequestOf, ResponseOf } from '@cinnabar/keyman-api';
import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { OperationContext } from './operation-context.ts';

/** A handler: the business of one operation and nothing else. It throws CodedError and answers what its declaration says. */
export interface Operation<Declaration extends OperationDeclaration> {
  execute(request: RequestOf<Declaration>, context: OperationContext): Promise<ResponseOf<Declaration>>;

  /**
   * The same from what was read a moment ago (see ADR 006): an answer under a guard, or undefined where that is not
   * enough. It refuses nothing and changes nothing, and what it throws is only logged: `execute` has the say then.
   */
  executeFromMemory?(
    request: RequestOf<Declaration>,
    context: OperationContext,
  ): Promise<ResponseOf<Declaration> | undefined>;
}

export const HANDLES = Symbol('handles');

/** Marks a provider as the handler of a declared operation. */
export function Handles(declaration: OperationDeclaration): CustomDecorator<typeof HANDLES> {
  return SetMetadata(HANDLES, declaration.name);
}
