/** How many bytes of GPU buffers whatever runs in this worker holds. */
export const gpuBytes = { now: 0, most: 0 };

if (globalThis.GPUDevice) {
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  const alive = new WeakSet();
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    alive.add(buffer);
    gpuBytes.now += buffer.size;
    gpuBytes.most = Math.max(gpuBytes.most, gpuBytes.now);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    if (alive.delete(this)) gpuBytes.now -= this.size;
    return destroy.call(this);
  };
}

/** Answers {do, ...} by `verbs`, one message at a time. */
export function serve(verbs) {
  self.onmessage = async ({ data }) => {
    try {
      self.postMessage({ value: await verbs[data.do](data) });
    } catch (error) {
      const { message = String(error) } = error ?? {};
      self.postMessage({ error: message.split('\n')[0] || 'unknown' });
    }
  };
}
