/** What tests and benches outside the page take of the GPU backend. */
export { GpuDevice, limitsOf } from './gpu_device.js';
export { GpuPlan } from './gpu.js';
export { GpuPhoto } from './gpu_photo.js';
export { Engine } from './engine.js';
export {
  canaryModel,
  canaryPhoto,
  canarySides,
  canarySpec,
} from './canary.js';
