/** For tests: a document of one page; objects are added or replaced by number, each of generation 0. */
export function onePagePdf(objects: Readonly<Record<number, string>> = {}, trailer = ''): string {
  const all: Record<number, string> = {
    1: '<</Type/Catalog/Pages 2 0 R>>',
    2: '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    3: '<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>',
    ...objects,
  };
  let text = '%PDF-1.7\n';
  let table = 'xref\n0 1\n0000000000 65535 f \n';
  for (const [number, content] of Object.entries(all)) {
    table += `${number} 1\n${String(text.length).padStart(10, '0')} 00000 n \n`;
    text += `${number} 0 obj\n${content}\nendobj\n`;
  }
  const size = Math.max(...Object.keys(all).map(Number)) + 1;
  return `${text}${table}trailer\n<</Root 1 0 R/Size ${size}${trailer}>>\nstartxref\n${text.length}\n%%EOF\n`;
}
