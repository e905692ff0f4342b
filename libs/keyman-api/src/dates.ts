/** Users, certificates, certinfo: UTC, no zone, whole seconds (`2017-10-11T15:25:44`). */
export function toDateText(moment: Date): string {
  return moment.toISOString().slice(0, 19);
}
