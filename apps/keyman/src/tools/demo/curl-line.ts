/** Members whose value is a secret; a person who repeats the command puts in his own. */
const SECRETS = new Set(['pass', 'pin', 'newpin', 'pfxpass', 'pwd']);
/** Members that hold a file. */
const FILES = new Set(['pfxdata', 'document']);

/** A request as a curl command that a person could repeat: secrets and files are placeholders. */
export function curlLine(url: string, operation: string, body: unknown): string {
  const json = JSON.stringify(body, (member, value: unknown) => {
    if (SECRETS.has(member)) return `<${member}>`;
    if (FILES.has(member)) return `<base64 of the ${member === 'document' ? 'PDF' : 'PFX'}>`;
    return value;
  });
  const token = operation === 'Auth/Login' ? '' : ` -H "Authentication: $TOKEN"`;
  return `curl ${url}/Keyman/rest/v3/${operation}${token} -H 'Content-Type: application/json' -d '${json.replaceAll("'", String.raw`'\''`)}'`;
}
