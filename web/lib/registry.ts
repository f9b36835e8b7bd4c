/** The models that the page can be given: models/models.json. */
import type { ModelSpec } from './engine.js';
import type { ModelPlans } from './plans.js';
import registry from '../../models/models.json';

export interface ModelEntry {
  name: string;
  description: string;
  bytes: number;
  sha256: string;
  licence: { name: string; url: string; note: string };
  spec: ModelSpec;
  /** What runs hold, as far as it is known beforehand. */
  plans?: ModelPlans | undefined;
}

type Registered = (typeof registry.models)[number];
type Three = [number, number, number];

function toEntry(m: Registered): ModelEntry[] {
  if (!m.bytes || !m.sha256) return []; // brought by the user
  const { name, description, bytes, sha256, licence, plans } = m;
  const { width, height, mean, std } = m.input;
  const spec = {
    width,
    height,
    mean: mean as Three,
    std: std as Three,
    output: m.output.name,
  };
  return [{ name, description, bytes, sha256, licence, spec, plans }];
}

/** Those that a server can have. */
export const entries: ModelEntry[] = registry.models.flatMap(toEntry);

export const defaultModel = registry.default;

/** Adds a model that the server has and this page does not know of. */
export function register(entry: ModelEntry): void {
  const known = entries.findIndex(({ name }) => name === entry.name);
  if (known >= 0) entries.splice(known, 1);
  entries.push(entry);
}

/** Where chunks come from: beside the page. */
export const modelsUrl = () => new URL('models/', document.baseURI).href;
