import type { OperationDeclaration, RequestOf, ResponseOf } from '@cinnabar/keyman-api';
import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { OperationContext } from './operation-context.ts';

/** A handler: the business of one operation and nothing else. It throws CodedError and answers what its declaration says. */
export interface Operation<Declaration extends OperationDeclaration> {
  execute(request: RequestOf<Declaration>, context: OperationContext): Promise<ResponseOf<Declaration>>;
}

export const HANDLES = Symbol('handles');

/** Marks a provider as the handler of a declared operation. */
export function Handles(declaration: OperationDeclaration): CustomDecorator<typeof HANDLES> {
  return SetMetadata(HANDLES, declaration.name);
}
