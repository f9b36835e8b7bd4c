/** Turns results of replayAll into checks and a line of figures. */
import { check } from '../web/check.mjs';

export function tell(where, results) {
  const refused = results.filter((r) => r.refused);
  const ran = results.filter((r) => !r.refused);
  for (const { name, failed, error, most, where: at, got, want, ok } of ran)
    check(`${where}: ${name}`, ok,
      failed ?? `element ${at} is ${got}, not ${want}: ${error} > ${most}`);
  const operators = new Set(refused.map((r) => /\((\w+)\)/.exec(r.refused)?.[1]));
  for (const { name, refused: why } of refused)
    console.log(`refused: ${name}: ${why}`);
  console.log(`| ${where}: ${ran.length} lists ran, ${refused.length} refused ` +
    `(${[...operators].sort().join(', ')})`);
}
