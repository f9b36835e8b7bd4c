/**
 * What went wrong on this device, between visits: marks that the policy reads
 * and writes. They hold no picture and no name. Where the browser keeps
 * nothing, they last as long as the page.
 */
import { today } from './facts.js';
import type { Choice, Failure, Mark, Policy } from './policy.js';

const key = 'cutout.past';
let here: Mark[] = [];

type At = Pick<Choice, 'route' | 'divisor'>;

export function readPast(): Mark[] {
  try {
    const text = localStorage.getItem(key);
    const marks: unknown = text ? JSON.parse(text) : here;
    return Array.isArray(marks) ? marks.filter(isMark) : [];
  } catch {
    return here;
  }
}

/** Names are the policy's affair. */
function isMark(value: unknown): value is Mark {
  const { divisor, count, day, environment } = (value ?? {}) as Partial<Mark>;
  return [divisor, count, day, environment].every(Number.isFinite);
}

function writePast(marks: Mark[]): Mark[] {
  here = marks;
  try {
    if (marks.length) localStorage.setItem(key, JSON.stringify(marks));
    else localStorage.removeItem(key);
  } catch {
    // private windows and full disks keep nothing
  }
  return marks;
}

/** Another tab may have written meanwhile: always from what is stored. */
export function rememberFailure(
  policy: Policy,
  environment: number,
  at: At,
  failure: Failure,
): Mark[] {
  const facts = { past: readPast(), today: today(), environment };
  return writePast(policy.remember(facts, at, failure));
}

export function rememberSuccess(
  policy: Policy,
  environment: number,
  at: At,
): Mark[] {
  const past = readPast();
  if (!past.length) return past;
  return writePast(policy.forgive({ past, today: today(), environment }, at));
}

export function forgetPast(): void {
  writePast([]);
}
