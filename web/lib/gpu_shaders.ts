/** The shaders of src/gpu/shaders, as text in the page's own files. */
const files = import.meta.glob<string>('../../src/gpu/shaders/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const texts = new Map(
  Object.entries(files).map(([path, text]) => [
    path.replace(/^.*\/|\.wgsl$/g, ''),
    text,
  ]),
);

export const shaderSource = (name: string) => texts.get(name);
