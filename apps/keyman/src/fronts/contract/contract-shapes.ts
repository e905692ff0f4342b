import { ComplexTypes, shapeOf, type OperationDeclaration, type OperationShape } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { CONTRACT } from '../../ports.ts';

/** The contract as the fronts tell it. A declaration that cannot be told stops the start. */
@Injectable()
export class ContractShapes {
  readonly operations: readonly OperationShape[];
  /** SOAP's data contracts. */
  readonly types: ComplexTypes;
  private readonly byMethod: ReadonlyMap<string, OperationShape>;

  constructor(@Inject(CONTRACT) declarations: readonly OperationDeclaration[]) {
    this.operations = declarations.map((declaration) => shapeOf(declaration));
    this.types = new ComplexTypes(this.operations);
    this.byMethod = new Map(this.operations.map((each) => [each.method, each]));
    if (this.byMethod.size !== this.operations.length) throw new Error('two operations have one SOAP name');
  }

  /** By its SOAP name, exactly as written. */
  byMethodName(method: string): OperationShape | undefined {
    return this.byMethod.get(method);
  }
}
