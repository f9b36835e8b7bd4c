/**
 * WebGPU in Node.js: npm's `webgpu` (Dawn) on the SwiftShader of Debian's
 * chromium, or on whatever VK_ICD_FILENAMES names. Dawn looks for the Vulkan
 * loader before any script can say where it is, so the process starts itself
 * again with the right environment.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

function chromiumFiles() {
  const packages = ['chromium', 'chromium-common'];
  const list = execFileSync('dpkg', ['-L', ...packages], { encoding: 'utf8' });
  const find = (name) =>
    list.split('\n').find((path) => path.endsWith(`/${name}`));
  return {
    driver: find('vk_swiftshader_icd.json'),
    loader: find('libvulkan.so.1'),
  };
}

/** Returns in a process where Vulkan is found. */
export function needVulkan() {
  if (process.env.VK_ICD_FILENAMES) return;
  const { driver, loader } = chromiumFiles();
  const path = [dirname(loader), process.env.LD_LIBRARY_PATH];
  const env = {
    ...process.env,
    VK_ICD_FILENAMES: driver,
    LD_LIBRARY_PATH: path.filter(Boolean).join(':'),
  };
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  process.exit(status ?? 1);
}

export async function dawn(...flags) {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  return create(flags);
}
