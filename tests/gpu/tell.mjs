/** Turns results of replayAll into checks and a line of figures. */
import { check } from '../web/check.mjs';

export function tell(where, results) {
  const refused = results.filter((r) => r.refused);
  const ran = results.filter((r) => !r.refused);
  for (const { name, failed, error, most, where: at, got, want, ok } of ran)
    check(`${where}: ${name}`, ok,
      failed ?? `element ${at} is ${got}, not ${want}: ${error} > ${most}`);
  for (const { name, refused: why } of refused)
    console.log(`refused: ${name}: ${why}`);
  const cases = (list) => new Set(list.map(({ name }) => name.split(',')[0]));
  const which = [...cases(refused)].filter((name) => !cases(ran).has(name));
  console.log(`| ${where}: ${ran.length} lists of ${cases(ran).size} operator ` +
    `cases as the reference; refused: ${which.length} cases ` +
    `(${which.join(', ')})`);
}
