/** An address as it is shown to who may not know it: `a***@example.test`. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const [first = ''] = Array.from(address.slice(0, at));
  return `${first}***${address.slice(at)}`;
}
