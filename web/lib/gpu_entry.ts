/** What tests and benches outside the page take of the GPU backend. */
export { GpuDevice } from './gpu_device.js';
export { GpuPlan } from './gpu.js';
export { GpuPhoto } from './gpu_photo.js';
