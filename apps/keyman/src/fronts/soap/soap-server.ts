import { Server, WSDL, type IServices } from 'soap';
import type { ContractShapes } from '../contract/contract-shapes.ts';
import { PORT, SERVICE, SERVICE_PATH, soapActionOf } from './service-names.ts';
import { SOAP_1_1, SOAP_1_2, type SoapVersion } from './soap-version.ts';
import { wsdlText } from './wsdl-text.ts';

/** Makes the XML of an operation's answer, wrapper and all. */
type Answer = () => Promise<string>;

/** soap's view of our WSDL, with its reader taken out: messages come read (docs/adr/010 says what its own does with hostile ones). */
class ReadMessages extends WSDL {
  override xmlToObject(message: unknown): unknown {
    return message;
  }
}

/** The `soap` package behind our own HTTP: it reads our WSDL at start, finds the operation of a message and dresses its answer. */
export class SoapServer {
  private readonly servers: ReadonlyMap<string, Server>;
  private readonly actions: ReadonlyMap<string, string>;

  private constructor(servers: ReadonlyMap<string, Server>, actions: ReadonlyMap<string, string>) {
    this.servers = servers;
    this.actions = actions;
  }

  /** @throws Error where soap cannot read the WSDL */
  static async open(contract: ContractShapes, namespace: string): Promise<SoapServer> {
    const wsdl = wsdlText(contract, namespace, `http://localhost${SERVICE_PATH}`);
    const methods = contract.operations.map(({ method }) => method);
    const servers = await Promise.all(
      [SOAP_1_1, SOAP_1_2].map(async (version) => [version.name, await serverFor(wsdl, methods, version)] as const),
    );
    return new SoapServer(
      new Map(servers),
      new Map(contract.operations.map((operation) => [operation.method, soapActionOf(namespace, operation)])),
    );
  }

  /** @returns the whole envelope */
  async envelope(method: string, version: SoapVersion, answer: Answer): Promise<string> {
    const server = this.servers.get(version.name);
    if (server === undefined) throw new Error(`no server for SOAP ${version.name}`);
    let failure: { readonly error: unknown } | undefined;
    // soap would put the text of what is thrown into a fault.
    const guarded: Answer = () =>
      answer().catch((error: unknown) => {
        failure = { error };
        return '';
      });
    const message = { Body: { [method]: { answer: guarded } } };
    const { body } = await server.processRequest(message as never, {
      headers: { soapaction: this.actions.get(method) ?? '' },
      url: SERVICE_PATH,
    });
    if (failure !== undefined) throw failure.error;
    return body;
  }
}

async function serverFor(wsdl: string, methods: readonly string[], version: SoapVersion): Promise<Server> {
  const service = Object.fromEntries(
    methods.map((method) => [method, async ({ answer }: { answer: Answer }) => ({ _xml: await answer() })]),
  );
  const services = { [SERVICE]: { [PORT]: service } } as unknown as IServices;
  const read = new ReadMessages(wsdl, SERVICE_PATH, { forceSoap12Headers: version.name === '1.2' });
  return new Promise((resolve, reject) => {
    const server: Server = new Server(null, SERVICE_PATH, services, read, {
      path: SERVICE_PATH,
      services,
      suppressStack: true,
      callback: (error: unknown) => {
        if (error instanceof Error) reject(error);
        else setImmediate(() => resolve(server));
      },
    });
  });
}
