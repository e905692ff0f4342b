import type { OperationShape } from '@cinnabar/keyman-api';
import type { ContractShapes } from '../contract/contract-shapes.ts';
import { schemaText } from './schema-text.ts';
import { PORT, PORT_TYPE, SERVICE, soapActionOf } from './service-names.ts';
import { xmlText } from './xml-text.ts';

/**
 * The WSDL 1.1 of the service, whole: schema and binding stand in it, so that one request gets it all.
 * It names SOAP 1.1 alone, as the vendor's basicHttpBinding: with two ports a .NET client would have to be told which.
 *
 * @param address where the service is, as the asking client reached it
 */
export function wsdlText(contract: ContractShapes, namespace: string, address: string): string {
  const { operations } = contract;
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<wsdl:definitions name="${SERVICE}" targetNamespace="${xmlText(namespace)}" xmlns:tns="${xmlText(namespace)}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl">`,
    '<wsdl:types>',
    schemaText(contract, namespace),
    '</wsdl:types>',
    ...operations.map((operation) => messages(operation)),
    `<wsdl:portType name="${PORT_TYPE}">`,
    ...operations.map((operation) => portOperation(operation, namespace)),
    '</wsdl:portType>',
    `<wsdl:binding name="${PORT}" type="tns:${PORT_TYPE}">`,
    '<soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>',
    ...operations.map((operation) => boundOperation(operation, namespace)),
    '</wsdl:binding>',
    `<wsdl:service name="${SERVICE}"><wsdl:port name="${PORT}" binding="tns:${PORT}"><soap:address location="${xmlText(address)}"/></wsdl:port></wsdl:service>`,
    '</wsdl:definitions>',
    '',
  ].join('\n');
}

const messageName = (method: string, direction: 'Input' | 'Output') => `${PORT_TYPE}_${method}_${direction}Message`;

function messages({ method }: OperationShape): string {
  const message = (direction: 'Input' | 'Output', element: string) =>
    `<wsdl:message name="${messageName(method, direction)}"><wsdl:part name="parameters" element="tns:${element}"/></wsdl:message>`;
  return message('Input', method) + message('Output', `${method}Response`);
}

/** Actions stand here as WCF writes them (WS-Addressing 1.0, WSDL binding, section 3.1): mono's svcutil reads no others. */
function portOperation(operation: OperationShape, namespace: string): string {
  const { method, declaration } = operation;
  const action = xmlText(soapActionOf(namespace, operation));
  const documentation = `<wsdl:documentation>${xmlText(declaration.summary)}</wsdl:documentation>`;
  return `<wsdl:operation name="${method}">${documentation}<wsdl:input wsaw:Action="${action}" message="tns:${messageName(method, 'Input')}"/><wsdl:output wsaw:Action="${action}Response" message="tns:${messageName(method, 'Output')}"/></wsdl:operation>`;
}

function boundOperation(operation: OperationShape, namespace: string): string {
  const action = xmlText(soapActionOf(namespace, operation));
  return `<wsdl:operation name="${operation.method}"><soap:operation soapAction="${action}" style="document"/><wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>`;
}
