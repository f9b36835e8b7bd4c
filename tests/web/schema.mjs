/** As much of JSON Schema as docs/receipt.schema.json uses. */
import { readFileSync } from 'node:fs';

export const receiptSchema = JSON.parse(
  readFileSync(new URL('../../docs/receipt.schema.json', import.meta.url)),
);

const kindOf = (value) =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

function isType(type, value) {
  if (type === 'integer') return Number.isInteger(value);
  return kindOf(value) === type;
}

const known = new Set([
  ...['$schema', '$id', '$defs', '$ref', 'title', 'description', 'type'],
  ...['enum', 'const', 'minimum', 'pattern', 'properties', 'required'],
  ...['additionalProperties', 'items', 'minItems', 'maxItems', 'oneOf'],
]);

/** What is wrong with `value`, as sentences; none: it is valid. */
export function matches(schema, value, at = '$', root = schema) {
  const wrong = [];
  const say = (what) => wrong.push(`${at}: ${what}`);
  for (const word of Object.keys(schema))
    if (!known.has(word)) say(`the schema says '${word}', unknown here`);
  if (schema.$ref) {
    const name = schema.$ref.replace('#/$defs/', '');
    return matches(root.$defs[name], value, at, root);
  }
  if (schema.oneOf) {
    const fits = schema.oneOf.map((one) => matches(one, value, at, root));
    const n = fits.filter((list) => !list.length).length;
    if (n !== 1) say(`fits ${n} of its alternatives: ${fits.flat().join('; ')}`);
  }
  if (schema.type) {
    const types = [schema.type].flat();
    if (!types.some((type) => isType(type, value)))
      return [...wrong, `${at}: ${kindOf(value)} instead of ${types}`];
  }
  if (schema.enum && !schema.enum.includes(value))
    say(`${JSON.stringify(value)} is none of ${schema.enum}`);
  if ('const' in schema && schema.const !== value)
    say(`${JSON.stringify(value)} is not ${schema.const}`);
  if (typeof value === 'number' && value < (schema.minimum ?? -Infinity))
    say(`${value} is below ${schema.minimum}`);
  if (typeof value === 'string' && schema.pattern)
    if (!new RegExp(schema.pattern).test(value)) say(`'${value}' looks wrong`);
  if (kindOf(value) === 'array') {
    if (value.length < (schema.minItems ?? 0)) say('too few');
    if (value.length > (schema.maxItems ?? Infinity)) say('too many');
    value.forEach((item, i) =>
      wrong.push(...matches(schema.items ?? {}, item, `${at}[${i}]`, root)),
    );
  }
  if (kindOf(value) === 'object') {
    const properties = schema.properties ?? {};
    for (const name of schema.required ?? [])
      if (!(name in value)) say(`lacks ${name}`);
    for (const [name, item] of Object.entries(value))
      if (properties[name])
        wrong.push(...matches(properties[name], item, `${at}.${name}`, root));
      else if (schema.additionalProperties === false)
        say(`has ${name}, which is not described`);
  }
  return wrong;
}
