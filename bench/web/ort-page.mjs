// The peer as a page would use it: model from Cache storage, photo decoded and
// scaled by the browser, mask scaled and applied through a canvas.
import * as ort from '/ort/ort.wasm.bundle.min.mjs';

const side = 1024;
ort.env.wasm.wasmPaths = '/ort/';
ort.env.logLevel = 'error';

async function modelBytes() {
  const cache = await caches.open('bench');
  let hit = await cache.match('/model.onnx');
  if (!hit) {
    await cache.add('/model.onnx');
    hit = await cache.match('/model.onnx');
  }
  return hit.arrayBuffer();
}

async function photoTensor(url) {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  const x = new Float32Array(3 * side * side);
  for (let i = 0; i < side * side; i++)
    for (let c = 0; c < 3; c++) x[c * side * side + i] = (data[4 * i + c] - 128) / 256;
  return { bitmap, x };
}

async function cut(bitmap, mask) {
  const small = new OffscreenCanvas(side, side);
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) image.data[4 * i + 3] = Math.round(mask[i] * 255);
  small.getContext('2d').putImageData(image, 0, 0);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0);
  context.globalCompositeOperation = 'destination-in';
  context.drawImage(small, 0, 0, bitmap.width, bitmap.height);
  return canvas.convertToBlob({ type: 'image/png' });
}

globalThis.bench = async (threads, runs) => {
  ort.env.wasm.numThreads = threads;
  const start = performance.now();
  const session = await ort.InferenceSession.create(await modelBytes(), {
    executionProviders: ['wasm'],
  });
  const loadMs = performance.now() - start;
  const { bitmap, x } = await photoTensor('/photo.png');
  const ms = [];
  let firstResultMs = 0;
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    const feed = { input: new ort.Tensor('float32', x, [1, 3, side, side]) };
    const { output } = await session.run(feed, ['output']);
    ms.push(performance.now() - begin);
    if (i === 0) {
      await cut(bitmap, output.data);
      firstResultMs = performance.now(); // since the page was opened
    }
  }
  return { load_ms: loadMs, first_result_ms: firstResultMs, run_ms: ms };
};
globalThis.ready = true;
