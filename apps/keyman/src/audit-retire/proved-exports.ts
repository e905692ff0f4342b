import { type ProvedExport, publicKeyPem, verifyExport } from '@cinnabar/audit';
import { CodedError } from '@cinnabar/core';

/**
 * Proves each export under the audit's own key, and tells what they hold of each chain.
 * @throws CodedError with a sentence that names the file and its first bad line: none of it is believed then
 */
export async function provedExports(
  paths: readonly string[],
  publicKeySpkiDer: Uint8Array,
): Promise<ReadonlyMap<string, ProvedExport>> {
  const byChain = new Map<string, ProvedExport>();
  for (const path of paths) {
    const { intact, problems, chains, sha256 } = await verifyExport({
      path,
      publicKeyPem: publicKeyPem(publicKeySpkiDer),
    });
    if (!intact || sha256 === undefined) {
      throw new CodedError('refused-in-state', `${path} is not an export to rely on. ${problems[0]?.detail ?? ''}`);
    }
    for (const chain of chains) {
      const known = byChain.get(chain.chain);
      // Of several exports the one that reaches furthest counts.
      if (known?.unbroken === true && (!chain.unbroken || BigInt(known.last) >= BigInt(chain.last))) continue;
      byChain.set(chain.chain, { ...chain, sha256 });
    }
  }
  return byChain;
}
