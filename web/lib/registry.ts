/** The models that the page can be given: models/models.json. */
import registry from '../../models/models.json';

export interface ModelEntry {
  name: string;
  description: string;
  bytes: number;
  sha256: string;
  licence: { name: string; url: string; note: string };
}

/** Those that a server can have; the others are brought by the user. */
export const entries: ModelEntry[] = registry.models.flatMap((m) =>
  m.bytes && m.sha256
    ? [{ ...m, bytes: m.bytes, sha256: m.sha256 }].map(
        ({ name, description, bytes, sha256, licence }) => ({
          name,
          description,
          bytes,
          sha256,
          licence,
        }),
      )
    : [],
);

export const defaultModel = registry.default;

export const entry = (name: string) => entries.find((e) => e.name === name);

/** Where chunks come from: beside the page. */
export const modelsUrl = () => new URL('models/', document.baseURI).href;
