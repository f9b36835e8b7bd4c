/**
 * The policy (src/session/policy*.c) with types: facts about this device go
 * in, an ordered list of routes with reasons comes out; a failure goes in, the
 * next route comes out. It is a small module of its own, which runs in every
 * browser that has WebAssembly, and everything here is synchronous once it is
 * loaded.
 *
 *     const policy = await loadPolicy();
 *     let state = policy.start({ webgpu: 'present', cores: 8, ... });
 *     while (state.choice) {
 *       try { return await attempt(state.choice, state.action); }
 *       catch (error) { state = policy.next(state, failureOf(error)); }
 *     }
 */
import type { Route as WasmRoute } from './capabilities.js';

export type PolicyRoute = 'webgpu-f16' | 'webgpu-f32' | WasmRoute;
export type Divisor = 1 | 2 | 4;

/** What can go wrong on a route. */
export const failures = [
  'device-lost',
  'no-device',
  'validation-error',
  'shader-compilation',
  'out-of-memory-gpu',
  'out-of-memory-wasm',
  'hang',
  'worker-crash',
  'wrong-result',
  'engine-error',
  'corrupt-model',
  'storage-failed',
  'network',
] as const;
export type Failure = (typeof failures)[number];

/** Failures of one kind on one route, as the browser keeps them. */
export interface Mark {
  route: PolicyRoute;
  divisor: number;
  failure: Failure;
  count: number;
  /** Since 1970. */
  day: number;
  environment: number;
}

export const canaryVerdicts = [
  'none',
  'passed',
  'slow',
  'wrong',
  'failed',
  'crashed',
] as const;
export type CanaryVerdict = (typeof canaryVerdicts)[number];
/** At full, half and quarter size. */
export type BySize = [number, number, number];

/** 0 means unknown, or the default that `policy.facts` names. */
export interface PolicyFacts {
  /** `absent`: no navigator.gpu. */
  webgpu: 'absent' | 'no-adapter' | 'present';
  /** `policy.adapter` tells. */
  adapter: 'unknown' | 'discrete' | 'integrated' | 'mobile' | 'software';
  fallback_adapter: boolean;
  shader_f16: boolean;
  subgroups: boolean;
  timestamp_query: boolean;
  max_buffer_bytes: number;
  max_binding_bytes: number;
  max_workgroup_bytes: number;
  max_invocations: number;
  max_storage_bindings: number;
  canary_f16: CanaryVerdict;
  canary_f32: CanaryVerdict;
  /** 2e-9 * multiply-adds of the direct convolution / seconds. */
  canary_f16_gflops: number;
  canary_f32_gflops: number;
  /** In days. */
  canary_age: number;
  simd: 'none' | 'simd128' | 'relaxed';
  cross_origin_isolated: boolean;
  /** SharedArrayBuffer and the atomic instructions. */
  shared_memory: boolean;
  cores: number;
  most_threads: number;
  /** Of one core with plain SIMD, when it was measured. */
  core_gflops: number;
  /** In GiB. */
  device_memory: number;
  platform: 'desktop' | 'android' | 'ios' | 'mobile';
  /** Goes first if it can run at all; the others stay in reserve. */
  asked_route: PolicyRoute | 'none';
  asked_divisor: 0 | Divisor;
  /** Nothing but what was asked for, not even as a fallback. */
  only_asked: boolean;
  fixed_size: boolean;
  gmac: number;
  need_workgroup_bytes: number;
  need_invocations: number;
  need_storage_bindings: number;
  /** In the order of `policy.routes`. */
  plan_bytes: BySize[];
  /** Of webgpu-f16 and webgpu-f32. */
  plan_buffer_bytes: BySize[];
  plan_binding_bytes: BySize[];
  /** Days since 1970, with fractions. */
  today: number;
  /** `policy.environment` tells. */
  environment: number;
  past: Mark[];
}

export interface Choice {
  route: PolicyRoute;
  /** Of the input size. */
  divisor: Divisor;
  chosen: boolean;
  reason: string;
  /** The reason as a sentence. */
  text: string;
  /** 0 on the GPU. */
  threads: number;
  /** Expected; 0 when unknown. */
  gflops: number;
  expected_ms: number;
}

export interface Plan {
  /** Every route at every size: those to try, in order, then the others. */
  choices: Choice[];
  chosen: Choice[];
  /** Why nothing was chosen. */
  none: { reason: string; text: string } | null;
  /** Routes whose canary should run, or run again. */
  canary: PolicyRoute[];
}

/** `again`, `refetch` and `no-storage` stay on the same choice: as it is, bad
 * chunks of the model first, with the model in memory only. */
export type Action = 'run' | 'again' | 'refetch' | 'no-storage' | 'give-up';

/** The attempts at one photo; plain data. */
export interface PolicyState {
  readonly facts: Partial<PolicyFacts>;
  readonly plan: Plan;
  readonly failures: readonly Failure[];
  readonly action: Action;
  /** What to try now; undefined once it is given up. */
  readonly choice: Choice | undefined;
}

interface Exports {
  memory: WebAssembly.Memory;
  web_policy_values(): number;
  web_policy_n_values(): number;
  web_policy_failures(): number;
  web_policy_input(): number;
  web_policy_n_input(): number;
  web_policy_describe(): number;
  web_policy_choose(): number;
  web_policy_next(nFailures: number): number;
  web_policy_remember(route: number, divisor: number, failure: number): number;
  web_policy_forgive(route: number, divisor: number): number;
  web_policy_environment(): number;
  web_policy_adapter(): number;
}

export interface FactDescription {
  name: Exclude<keyof PolicyFacts, 'past'>;
  kind: string;
  text: string;
  rows?: number;
  columns?: number;
}

interface Description {
  facts: FactDescription[];
  kinds: Record<string, string[]>;
  routes: PolicyRoute[];
  actions: Action[];
  failures: Record<Failure, string>;
  reasons: Record<string, string>;
  marks: number;
}

type RawPlan = {
  choices: Omit<Choice, 'text'>[];
  none: string | null;
  canary: PolicyRoute[];
};

function indexIn(list: readonly string[], value: unknown, what: string) {
  const index = list.indexOf(String(value));
  if (index >= 0) return index;
  throw new TypeError(
    `Expected one of ${list.join(', ')} for ${what} but received ${value}.`,
  );
}

export class Policy {
  /** The facts in words, for people. */
  readonly facts: readonly FactDescription[];
  readonly routes: readonly PolicyRoute[];
  /** Sentences, by name. */
  readonly failureTexts: Readonly<Record<Failure, string>>;
  readonly reasonTexts: Readonly<Record<string, string>>;
  private readonly about: Description;

  constructor(private readonly exports: Exports) {
    this.about = this.json<Description>(exports.web_policy_describe());
    this.facts = this.about.facts;
    this.routes = this.about.routes;
    this.failureTexts = this.about.failures;
    this.reasonTexts = this.about.reasons;
  }

  /** What to try on a device, in order. Facts that are not given are 0,
   * false, or the first of their values. */
  choose(facts: Partial<PolicyFacts>): Plan {
    this.write(facts);
    const raw = this.json<RawPlan>(this.exports.web_policy_choose());
    const choices = raw.choices.map((one) => ({
      ...one,
      text: this.reasonTexts[one.reason]!,
    }));
    const none = raw.none && {
      reason: raw.none,
      text: this.reasonTexts[raw.none]!,
    };
    const chosen = choices.filter((one) => one.chosen);
    return { choices, chosen, none: none || null, canary: raw.canary };
  }

  start(facts: Partial<PolicyFacts>): PolicyState {
    const copy = structuredClone(facts);
    return this.state(copy, this.choose(copy), []);
  }

  next(state: PolicyState, failure: Failure): PolicyState {
    const all = [...state.failures, failure];
    return this.state(state.facts, state.plan, all);
  }

  /** The marks to keep after a failure; `facts` tells today, environment and
   * the marks so far. */
  remember(
    facts: Pick<PolicyFacts, 'past' | 'today' | 'environment'>,
    choice: Pick<Choice, 'route' | 'divisor'>,
    failure: Failure,
  ): Mark[] {
    this.write(facts);
    const route = indexIn(this.routes, choice.route, 'route');
    const kind = indexIn(failures, failure, 'failure');
    return this.json(
      this.exports.web_policy_remember(route, choice.divisor, kind),
    );
  }

  /** The same after a success. */
  forgive(
    facts: Pick<PolicyFacts, 'past' | 'today' | 'environment'>,
    choice: Pick<Choice, 'route' | 'divisor'>,
  ): Mark[] {
    this.write(facts);
    const route = indexIn(this.routes, choice.route, 'route');
    return this.json(this.exports.web_policy_forgive(route, choice.divisor));
  }

  /** A number for what may heal a route: versions of browser, driver and
   * engine in one text. */
  environment(text: string): number {
    this.input(text);
    return this.exports.web_policy_environment();
  }

  /** The class of an adapter by the names that its GPUAdapterInfo has. */
  adapter(info: {
    vendor?: string;
    architecture?: string;
    device?: string;
    description?: string;
  }): PolicyFacts['adapter'] {
    const { vendor, architecture, device, description } = info;
    this.input([vendor, architecture, device, description].join(' '));
    const kinds = this.about.kinds['ADAPTER'] as PolicyFacts['adapter'][];
    return kinds[this.exports.web_policy_adapter()]!;
  }

  private state(
    facts: Partial<PolicyFacts>,
    plan: Plan,
    all: readonly Failure[],
  ): PolicyState {
    this.write(facts);
    const address = this.exports.web_policy_failures();
    const room = new Int32Array(this.exports.memory.buffer, address, 32);
    all.slice(0, 32).forEach((one, i) => {
      room[i] = indexIn(failures, one, 'failure');
    });
    const { action, choice } = this.json<{ action: Action; choice: number }>(
      this.exports.web_policy_next(all.length),
    );
    return { facts, plan, failures: all, action, choice: plan.choices[choice] };
  }

  private toNumber(kind: string, value: unknown, name: string): number {
    if (value === undefined || value === null) return 0;
    if (kind === 'ROUTE')
      return indexIn(['none', ...this.routes], value, name);
    const names = this.about.kinds[kind];
    return names ? indexIn(names, value, name) : Number(value);
  }

  /** Facts to numbers, in the order that the module tells. */
  private write(facts: Partial<PolicyFacts>): void {
    const values = new Float64Array(
      this.exports.memory.buffer,
      this.exports.web_policy_values(),
      this.exports.web_policy_n_values(),
    );
    let at = 0;
    for (const { name, kind, rows, columns } of this.facts) {
      const value = facts[name];
      if (rows === undefined || columns === undefined) {
        values[at++] = this.toNumber(kind, value, name);
        continue;
      }
      const table = (value ?? []) as number[][];
      for (let i = 0; i < rows * columns; i++)
        values[at++] = table[Math.floor(i / columns)]?.[i % columns] ?? 0;
    }
    for (const mark of (facts.past ?? []).slice(0, this.about.marks)) {
      values.set(this.markValues(mark), at);
      at += 6;
    }
  }

  /** What was kept by another version may have names that are gone. */
  private markValues(mark: Mark): number[] {
    const { divisor, count, day, environment } = mark;
    const route = this.routes.indexOf(mark.route);
    const failure = failures.indexOf(mark.failure);
    if (route < 0 || failure < 0) return [0, 0, 0, 0, 0, 0];
    return [route, divisor, failure, count, day, environment];
  }

  private input(text: string): void {
    const room = new Uint8Array(
      this.exports.memory.buffer,
      this.exports.web_policy_input(),
      this.exports.web_policy_n_input(),
    );
    room.fill(0);
    new TextEncoder().encodeInto(text, room.subarray(0, -1));
  }

  private json<T>(address: number): T {
    const bytes = new Uint8Array(this.exports.memory.buffer, address);
    const text = bytes.subarray(0, bytes.indexOf(0));
    return JSON.parse(new TextDecoder().decode(text)) as T;
  }
}

let loaded: Policy | undefined;

/** `source` is for those who have the module's bytes already. */
export async function loadPolicy(source?: BufferSource): Promise<Policy> {
  if (loaded && !source) return loaded;
  let bytes = source;
  if (!bytes) {
    const url = new URL('./wasm/cutout-policy.wasm', import.meta.url);
    const response = await fetch(url);
    if (!response.ok) throw new TypeError(`${url.href}: ${response.status}`);
    bytes = await response.arrayBuffer();
  }
  const { instance } = await WebAssembly.instantiate(bytes);
  loaded = new Policy(instance.exports as unknown as Exports);
  return loaded;
}
