import type { OperationDeclaration } from '@cinnabar/keyman-api';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { CONTRACT } from '../ports.ts';
import { HANDLES, type Operation } from './operation.ts';

export interface RegisteredOperation {
  readonly declaration: OperationDeclaration;
  readonly handler: Operation<OperationDeclaration>;
}

/** Finds the handler of each declared operation; a declaration without one, or with two, stops the start. */
@Injectable()
export class OperationRegistry implements OnModuleInit {
  private readonly byName = new Map<string, RegisteredOperation>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
    @Inject(CONTRACT) private readonly operations: readonly OperationDeclaration[],
  ) {}

  onModuleInit(): void {
    const handlers = new Map<string, Operation<OperationDeclaration>>();
    for (const { instance, metatype } of this.discovery.getProviders()) {
      // Values and factories have no class to read from, whatever the types say.
      const name =
        typeof metatype === 'function' ? this.reflector.get<string | undefined>(HANDLES, metatype) : undefined;
      if (name === undefined) continue;
      if (handlers.has(name)) throw new Error(`${name} has two handlers`);
      handlers.set(name, instance as Operation<OperationDeclaration>);
    }
    for (const declaration of this.operations) {
      const handler = handlers.get(declaration.name);
      if (handler === undefined) throw new Error(`${declaration.name} has no handler`);
      this.byName.set(declaration.name.toLowerCase(), { declaration, handler });
      handlers.delete(declaration.name);
    }
    for (const name of handlers.keys()) throw new Error(`${name} is handled but not declared`);
  }

  /** `Category/Action` in any case. */
  find(name: string): RegisteredOperation | undefined {
    return this.byName.get(name.toLowerCase());
  }
}
